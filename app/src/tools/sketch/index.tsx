/** Sketch: draw a melody or a beat on a matrix, and hear what a space makes of it. */

import { useMemo } from "preact/hooks";
import { SCALES, TONICS } from "../../music/scales";
import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import { change, session } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { playOrStop } from "../../ui/play";
import type { Tool } from "../tool";
import { barOf, drumRows, lowFor, melodyRows, METRES, STEP } from "./grid";
import { busy, keep, sampleNew, thicken, vary } from "./making";
import { Ideas } from "./Ideas";
import { Matrix } from "./Matrix";
import { barsOf, drawOn, metreOf, newSketch, notesOf, otherItem, page, set, setBars, setMetre, shiftOctave, sketch, write } from "./state";
import "./sketch.css";

function Sketch() {
  const state = sketch();
  const { tonic, scale } = session.value.settings;
  const item = page();
  const notes = notesOf(item);
  const drum = state.kind === "drums";
  const metre = metreOf(item);
  const low = lowFor(tonic, state.low);
  const rows = useMemo(() => (drum ? drumRows() : melodyRows(notes, low, tonic, scale)), [drum, notes, low, tonic, scale]);
  return (
    <div class="sketch">
      <Setting />
      <Matrix rows={rows} notes={notes} drum={drum} bars={barsOf(item)} barSteps={barOf(metre) / STEP} metre={metre} tonic={tonic} mode={state.mode}
        label={`${item.name || "New sketch"}: ${drum ? "drums" : "pitches"} by steps; Enter draws or erases, Shift and arrows change the length, plus and minus the velocity`}
        playKey={item.id} onNotes={(label, next, merge) => write(`${label} in ${item.name || "the sketch"}`, { notes: next }, merge)}
        onHear={(pitch) => { if (!playing.value) player.note(pitch, item.score.tracks[0]?.program ?? 0, drum, 0.25); }} />
      <Strokes />
      <Ideas />
    </div>
  );
}

/** What is drawn on: kind, length, metre, scale. */
function Setting() {
  const { kind } = sketch();
  const item = page();
  const { tonic, scale } = session.value.settings;
  const put = (label: string, part: { tonic?: number | null; scale?: string }) => change(label, (now) => ({ ...now, settings: { ...now.settings, ...part } }));
  const sounds = playing.value?.key === item.id;
  return (
    <div class="row sketch-setting">
      <button type="button" class="button primary" onClick={() => playOrStop({ key: item.id, score: item.score, quarters: item.quarters })}>
        <Icon name={sounds ? "stop" : "play"} size={16} />{sounds ? "Stop" : "Play"}
      </button>
      <div class="segments" role="group" aria-label="What to draw">
        {(["melody", "drums"] as const).map((each) => (
          <button key={each} type="button" aria-pressed={kind === each} onClick={() => set(`draw ${each}`, { kind: each, space: null })}>{each === "melody" ? "Melody" : "Drums"}</button>
        ))}
      </div>
      <div class="segments" role="group" aria-label="Bars">
        {[1, 2, 3, 4].map((bars) => <button key={bars} type="button" aria-label={`${bars} bar${bars === 1 ? "" : "s"}`} aria-pressed={barsOf(item) === bars} onClick={() => setBars(bars)}>{bars}</button>)}
      </div>
      <span class="soft small">bars</span>
      <select aria-label="Metre" value={metreOf(item)} onChange={(event) => setMetre(event.currentTarget.value)}>
        {METRES.map((metre) => <option key={metre}>{metre}</option>)}
      </select>
      {kind === "melody" && (
        <>
          <select aria-label="Tonic" value={tonic ?? ""} onChange={(event) => put("change the tonic", { tonic: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}>
            <option value="">all 12 pitches</option>
            {TONICS.map((name, i) => <option key={name} value={i}>{name}</option>)}
          </select>
          {tonic !== null && (
            <select aria-label="Scale" value={scale} onChange={(event) => put("change the scale", { scale: event.currentTarget.value })}>
              {Object.keys(SCALES).map((name) => <option key={name}>{name}</option>)}
            </select>
          )}
        </>
      )}
    </div>
  );
}

function Strokes() {
  const { mode, kind } = sketch();
  const item = page();
  const notes = notesOf(item);
  const other = otherItem();
  return (
    <div class="row sketch-strokes">
      <div class="segments" role="group" aria-label="What a stroke does">
        {(["draw", "erase", "velocity"] as const).map((each) => (
          <button key={each} type="button" aria-pressed={mode === each} onClick={() => set(`${each} strokes`, { mode: each }, "mode")}>{each === "draw" ? "Draw" : each === "erase" ? "Erase" : "Velocity"}</button>
        ))}
      </div>
      {kind === "melody" && <button type="button" class="button" onClick={() => shiftOctave(-1)}>Octave down</button>}
      {kind === "melody" && <button type="button" class="button" onClick={() => shiftOctave(1)}>Octave up</button>}
      <button type="button" class="button" disabled={!notes.length} onClick={() => write(`clear ${item.name}`, { notes: [] })}>Clear</button>
      <button type="button" class="button" disabled={!item.name} onClick={newSketch}>New sketch</button>
      {other && <button type="button" class="button" onClick={() => drawOn(other)}>Draw on {other.name}</button>}
    </div>
  );
}

export const SKETCH_TOOL: Tool = {
  name: "sketch",
  title: "Sketch",
  what: "Draw a melody or a beat, then hear variations of it.",
  View: Sketch,
  actions: () => {
    const { ideas, chosen } = sketch();
    return [
      { name: "Vary the sketch", key: "v", run: () => void vary() },
      { name: "New phrases", key: "n", run: () => void sampleNew() },
      { name: "Denser", key: ".", run: () => void thicken(1) },
      { name: "Sparser", key: ",", run: () => void thicken(-1) },
      { name: "Strokes erase, or draw", key: "e", run: () => set("strokes", { mode: sketch().mode === "erase" ? "draw" : "erase" }, "mode") },
      { name: "Begin a new sketch", run: newSketch },
      ...(ideas.length ? [
        { name: "Keep the alternative", key: "k", run: () => keep(chosen) },
      ] : []),
      ...(busy.value ? [{ name: "Stop", key: "Escape", run: () => busy.value?.stop() }] : []),
    ];
  },
};
