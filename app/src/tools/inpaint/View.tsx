/** The song, what of it is to be written, and the alternatives. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { heardAround, ranges, spellBars, stretchOf } from "../../music/bars";
import { barStarts } from "../../music/score";
import { spaceNamed } from "../../server/spaces";
import type { Item } from "../../state/session";
import { say } from "../../ui/announce";
import { Busy } from "../../ui/Busy";
import { Roll } from "../../ui/Roll";
import { SpacePicker } from "../../ui/SpacePicker";
import { Well } from "../../ui/Well";
import { Alternatives, readyIn } from "./Alternatives";
import { keyOf } from "./hearing";
import { Options } from "./Options";
import { barsOf, chooseBars, gapsOf, locksOf, now, set, songOf, toggleLock, whatOf, type InpaintState, type Written } from "./state";
import { WhatToWrite } from "./WhatToWrite";
import { cancel, coming, problem, shownOf, spaceOf, write } from "./writing";
import "./inpaint.css";

export function View() {
  const state = now();
  const song = songOf(state);
  const written = shownOf(state, song);
  useEffect(() => () => { cancel(); }, []);
  return (
    <div class="inpaint stack">
      <div class="inpaint-top">
        <Well label="Song" item={song} onItem={(item) => set("choose the song", { item: item.id })}
          onClear={state.item ? () => set("follow the shelf", { item: null }) : undefined} />
        <div class="card stack">
          <SpacePicker verb="inpaint" value={spaceOf(state)} onChange={(space) => set("choose a space", { space })} />
          {song && <WhatToWrite state={state} song={song} />}
        </div>
      </div>
      {song ? <Picture state={state} song={song} written={written} /> : <p class="empty">Put a song here: drop a MIDI, ABC or MusicXML file, or choose one from the shelf.</p>}
      <Run state={state} song={song} />
      <p class="hidden-text" role="status">{readyIn(written)}</p>
      {written && song && <Alternatives written={written} />}
    </div>
  );
}

function Run({ state, song }: { state: InpaintState; song: Item | null }) {
  const what = song && whatOf(state, song);
  const trouble = problem.value;
  const working = coming.value;
  const more = working ? state.n - working.takes.length : 0;
  return (
    <div class="stack">
      <div class="row">
        <button type="button" class="button primary inpaint-write" onClick={() => void write()} disabled={!song}>
          {what ? `Write ${what}` : "Write"} <kbd>F</kbd>
        </button>
        {working && <Busy what={working.takes.length ? `${more} more to come` : "Writing"} onCancel={cancel} />}
        {song && !what && !trouble && <span class="small soft">Choose bars on the ruler: drag, Shift-click, or arrow keys and Space; [ and ] for fewer and more.</span>}
      </div>
      <Options state={state} song={song} />
      {trouble && (
        <p class="inpaint-problem" role="alert"><strong>{trouble.message}</strong>{trouble.hint && ` ${trouble.hint}`}</p>
      )}
    </div>
  );
}

function Picture({ state, song, written }: { state: InpaintState; song: Item; written: Written | null }) {
  const take = written?.takes.find((each) => each.index === written.chosen) ?? null;
  const score = take?.score ?? song.score;
  const quarters = take?.quarters ?? song.quarters;
  const heard = useHeard(state, song, !!take);
  const bars = useMemo(() => shownBars(state, song), [state, song]);
  const locks = useMemo(() => locksOf(state, song), [state.locked, state.of, song]);
  const moved = !!take && written!.way !== "bars";
  const lock = useRef((_: string) => {});
  lock.current = (key) => (take ? lockIn(song, take.score, key) : toggleLock(song, key));
  return (
    <div class="stack">
      <Roll score={score} quarters={quarters} label={take ? `${song.name}, an alternative` : song.name} playKey={written ? keyOf(take) : song.id}
        marked={take?.marked} ghost={take && !moved ? written!.song : null} heard={heard.stretches}
        bars={moved || state.way === "extend" ? undefined : bars} onBars={moved || state.way === "extend" ? undefined : (chosen) => onBars(state, song, chosen)}
        locked={take ? NONE : locks} onLock={useMemo(() => (key: string) => lock.current(key), [])} />
      <p class="small soft">{heard.text} {state.way === "bars" && "A click, or Space, on a note in the chosen bars locks it."}</p>
    </div>
  );
}

const NONE: ReadonlySet<never> = new Set();

function shownBars(state: InpaintState, song: Item): ReadonlySet<number> {
  if (state.way === "bars") return barsOf(state, song);
  return state.way === "insert" && state.after ? new Set([state.after]) : NONE;
}

function onBars(state: InpaintState, song: Item, chosen: ReadonlySet<number>): void {
  if (state.way === "bars") return chooseBars(song, chosen);
  const last = Math.max(0, ...chosen);
  if (last !== state.after) set("insert elsewhere", { after: last }, "insert after");
}

/** A note of an alternative that the song has too is locked in the song. */
function lockIn(song: Item, shown: Item["score"], key: string): void {
  const [track, index] = key.split(":").map(Number) as [number, number];
  const note = shown.tracks[track]?.notes[index];
  const own = song.score.tracks[track]?.notes.findIndex((each) => each[0] === note?.[0] && each[2] === note[2]) ?? -1;
  if (own >= 0) toggleLock(song, `${track}:${own}`);
  else say("This note is new: keep the alternative and go on with it, then the note can be locked.");
}

/** What the space hears of what is shown, in quarter notes, and in words. */
function useHeard(state: InpaintState, song: Item, take: boolean): { stretches: [number, number][] | undefined; text: string } {
  const size = spaceNamed(spaceOf(state))?.bars ?? 0;
  return useMemo(() => {
    const { gaps, count } = gapsOf(state, song);
    if (!size || !gaps.length) return { stretches: undefined, text: "" };
    const starts = barStarts(song.score, song.quarters);
    const added = count - starts.length;
    const [first, last] = stretchOf(song.score, Math.min(gaps[0]![0], starts.length), starts);
    const all = heardAround(gaps, [first, last + added], size);
    const gap = gaps[0]!;
    const own = [...all].flatMap((bar) => (!added || bar < gap[0] ? [bar] : bar > gap[1] ? [bar - added] : []));
    const around = own.filter((bar) => added || !gaps.some(([a, b]) => bar >= a && bar <= b));
    const text = around.length ? `While it writes, the space hears ${spellBars(around)}.` : "There is nothing around it to hear: it is written freely.";
    const stretches = ranges(own).map(([a, b]): [number, number] => [starts[a - 1]!, starts[b] ?? song.quarters]);
    return { stretches: take && added ? undefined : stretches, text };
  }, [state.way, state.bars, state.of, state.count, state.after, song, size, take]);
}
