/** What plays and how: always in reach at the foot of the page. */

import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { SCALES, TONICS } from "../music/scales";
import { asleep, sounds, wake } from "../sound/device";
import { qpmNow } from "../sound/engine";
import { beats, metreAt } from "../sound/beats";
import { playhead, playing } from "../sound/player";
import { FASTEST, MOST_SWING, SLOWEST } from "../sound/tempo";
import { session } from "../state/store";
import { Icon } from "../ui/Icon";
import "../sound/hook";
import { MidiPorts } from "./MidiPorts";
import { Parts } from "./Parts";
import { playOrStopSelected, set, setTempo, tap } from "./transportActions";
import "./transport.css";

export { transportActions } from "./transportActions";

export function Transport() {
  const [open, setOpen] = useState(false);
  const wide = useMedia("(min-width: 1100px)");
  const small = useMedia("(max-width: 620px)");
  return (
    <section class="transport" aria-label="Transport" onKeyDown={(event) => { if (event.key === "Escape" && open) setOpen(false); }}>
      <div class="transport-bar">
        <PlayButton />
        <Toggle name="Loop" path="M7 7h9a4 4 0 0 1 4 4m-3-7-1 .1L19 7l-3 3M17 17H8a4 4 0 0 1-4-4m4 1-3 3 3 3" on={session.value.settings.loop} onClick={(loop) => set("loop", { loop })} />
        <Toggle name="Metronome" path="M9 4h6l4 16H5zM7.500 14h9M12 14l5.500-8" on={session.value.settings.metronome} onClick={(metronome) => set("metronome", { metronome })} />
        <Position />
        <Tempo small={small} />
        {wide && <><Swing /><KeyLock /></>}
        {!small && <Volume />}
        <button type="button" class="button quiet transport-more" aria-expanded={open} aria-controls="transport-panel" onClick={() => setOpen(!open)}>
          <Icon name="gear" /> {wide ? "MIDI, parts" : <span class="hidden-text">More of the transport</span>}
        </button>
      </div>
      {open && (
        <div class="transport-panel" id="transport-panel">
          {small && <><TempoButtons /><Volume /></>}
          {!wide && <><Swing /><KeyLock /></>}
          <Parts />
          <MidiPorts />
        </div>
      )}
    </section>
  );
}

function useMedia(wanted: string): boolean {
  const [query] = useState(() => matchMedia(wanted));
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const listen = () => setMatches(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, [query]);
  return matches;
}

function PlayButton() {
  const on = playing.value !== null;
  if (asleep.value) return <button type="button" class="button primary" onClick={() => void wake()}>Click to hear</button>;
  return (
    <button type="button" class="button primary transport-play" aria-label={on ? "Stop" : "Play"} aria-keyshortcuts="Space" onClick={playOrStopSelected}>
      <Icon name={on ? "stop" : "play"} size={22} />
    </button>
  );
}

function Toggle({ name, path, on, onClick }: { name: string; path: string; on: boolean; onClick: (on: boolean) => void }) {
  return (
    <button type="button" class="button icon" aria-label={name} title={name} aria-pressed={on} onClick={() => onClick(!on)}>
      <svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d={path} /></svg>
    </button>
  );
}

/** Bar and beat, with a light on each beat; written past the components, sixty times a second. */
function Position() {
  const text = useRef<HTMLSpanElement>(null);
  const light = useRef<HTMLElement>(null);
  useEffect(() => effect(() => {
    const what = playing.value;
    const { bar, beat, share } = what ? place(what.score, playhead.value) : { bar: 0, beat: 0, share: 1 };
    const shown = what ? `${bar} · ${beat}` : "– · –";
    if (text.current && text.current.textContent !== shown) text.current.textContent = shown;
    light.current?.classList.toggle("on", share < 0.3);
    light.current?.classList.toggle("first", beat === 1);
  }), []);
  return (
    <span class="transport-position" title="Bar and beat" aria-hidden="true">
      <i ref={light} class="transport-light" /><span ref={text}>– · –</span>
      {playing.value && sounds.value === "plain" && <small class="soft">loading sounds</small>}
    </span>
  );
}

function place(score: Parameters<typeof metreAt>[0], time: number): { bar: number; beat: number; share: number } {
  let bar = 0, beat = 0, last = 0;
  const found = beats(score, 0, time + 1e-6);
  for (const { time: at, first } of found) {
    [bar, beat, last] = first ? [bar + 1, 1, at] : [bar, beat + 1, at];
  }
  return { bar, beat, share: time - last };
}

function Tempo({ small }: { small: boolean }) {
  const typed = (text: string) => {
    const value = Number(text);
    if (text && Number.isFinite(value)) setTempo(value);
  };
  return (
    <div class="transport-group" role="group" aria-label="Tempo">
      {!small && <span class="transport-label" aria-hidden="true">Tempo</span>}
      <input type="number" aria-label="Tempo, quarter notes a minute" title="Quarter notes a minute" min={SLOWEST} max={FASTEST} step={1}
        value={shownTempo()} onChange={(event) => typed(event.currentTarget.value)} />
      {!small && <TempoButtons />}
    </div>
  );
}

function shownTempo(): number {
  return Math.round(qpmNow.value * 10) / 10;
}

function TempoButtons() {
  const { qpm } = session.value.settings;
  return (
    <div class="transport-group">
      <button type="button" class="button" aria-keyshortcuts="T" aria-label="Tap the tempo" onClick={tap}>Tap</button>
      <button type="button" class="button" aria-pressed={qpm === null} aria-label="Tempo as written" title="The tempo of each score" onClick={() => set("tempo as written", { qpm: qpm === null ? shownTempo() : null })}>As written</button>
    </div>
  );
}

function Swing() {
  const { swing } = session.value.settings;
  const percent = Math.round(swing * 100);
  return (
    <label class="transport-slider"><span>Swing</span>
      <input type="range" min={0} max={Math.round(MOST_SWING * 100)} step={1} value={percent} aria-valuetext={`${percent} per cent; 33 is triplets`}
        onInput={(event) => set("swing", { swing: Number(event.currentTarget.value) / 100 }, "swing")} />
      <output>{percent} %</output>
    </label>
  );
}

function KeyLock() {
  const { tonic, scale } = session.value.settings;
  return (
    <div class="transport-group" role="group" aria-label="Key and scale">
      <label class="transport-label" for="transport-key">Keep to</label>
      <select id="transport-key" value={tonic ?? ""} onChange={(event) => set("key", { tonic: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}>
        <option value="">any key</option>
        {TONICS.map((name, k) => <option key={name} value={k}>{name}</option>)}
      </select>
      <select aria-label="Scale" value={scale} disabled={tonic === null} onChange={(event) => set("scale", { scale: event.currentTarget.value })}>
        {Object.keys(SCALES).map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </div>
  );
}

function Volume() {
  const { volume } = session.value.settings;
  const percent = Math.round(volume * 100);
  return (
    <label class="transport-slider transport-volume"><span>Volume</span>
      <input type="range" min={0} max={100} step={1} value={percent} aria-valuetext={`${percent} per cent`}
        onInput={(event) => set("volume", { volume: Number(event.currentTarget.value) / 100 }, "volume")} />
    </label>
  );
}
