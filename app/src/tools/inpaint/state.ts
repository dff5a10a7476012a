/** What the tool keeps, and what follows from it and the shelf. */

import { barsIn, placeOf, ranges, spellBars, type Range } from "../../music/bars";
import { barLength, barStarts, wholeBars, type Score } from "../../music/score";
import type { Take } from "../../server/api";
import type { Item } from "../../state/session";
import { changeTool, itemById, selected, toolState } from "../../state/store";

export type Way = "bars" | "insert" | "extend";
export type Keep = "rhythm" | "contour";

/** A note of the song that stays. */
export type Lock = readonly [track: number, start: number, pitch: number];

/** One way to write what is missing. */
export type Alternative = Omit<Take, "z">;

export interface Written {
  /** The song's item. */
  readonly of: string;
  /** As in "bars 5-8 anew". */
  readonly what: string;
  /** The song, as it was. */
  readonly song: Score;
  readonly quarters: number;
  readonly way: Way;
  /** How many were asked for; no two are the same, so there may be fewer. */
  readonly wanted: number;
  readonly takes: readonly Alternative[];
  /** Number of the take that is shown; null = the song as it was. */
  readonly chosen: number | null;
  /** Numbers of the takes that are on the shelf, with their items. */
  readonly kept: readonly (readonly [index: number, item: string])[];
}

export interface InpaintState {
  /** null = whatever is selected on the shelf. */
  readonly item: string | null;
  readonly space: string | null;
  readonly way: Way;
  /** The item that `bars` and `locked` belong to. */
  readonly of: string | null;
  readonly bars: readonly number[];
  readonly locked: readonly Lock[];
  /** How many bars to insert or to go on for. */
  readonly count: number;
  /** Insert after this bar; 0 = before the first. */
  readonly after: number;
  readonly keep: readonly Keep[];
  /** "" = free, "key", "heard" or a name such as "D dorian". */
  readonly scale: string;
  /** From 1; null = the melody, as the space finds it. */
  readonly track: number | null;
  readonly temperature: number;
  readonly n: number;
  /** null = a new one each time. */
  readonly seed: number | null;
  readonly written: Written | null;
}

export const FIRST: InpaintState = {
  item: null, space: null, way: "bars", of: null, bars: [], locked: [], count: 4, after: 0,
  keep: [], scale: "", track: null, temperature: 1, n: 4, seed: null, written: null,
};

export const now = (): InpaintState => toolState("inpaint", FIRST);

export function set(label: string, part: Partial<InpaintState>, merge: string | null = null): void {
  changeTool<InpaintState>(label, "inpaint", part, merge);
}

export function songOf(state: InpaintState): Item | null {
  return itemById(state.item) ?? selected.value;
}

export function barCount(song: Item): number {
  return barStarts(song.score, song.quarters).length;
}

/** The chosen bars that the song has. */
export function barsOf(state: InpaintState, song: Item): ReadonlySet<number> {
  const count = barCount(song);
  return new Set(state.of === song.id ? state.bars.filter((bar) => bar <= count) : []);
}

/** The locked notes that the song has, as the roll names them. */
export function locksOf(state: InpaintState, song: Item): ReadonlySet<string> {
  if (state.of !== song.id) return new Set();
  return new Set(state.locked.flatMap(([track, start, pitch]) => {
    const index = song.score.tracks[track]?.notes.findIndex((note) => note[0] === start && note[2] === pitch) ?? -1;
    return index < 0 ? [] : [`${track}:${index}`];
  }));
}

export function chooseBars(song: Item, bars: ReadonlySet<number>, merge = "choose bars"): void {
  const state = now();
  const rest = state.of === song.id ? {} : { locked: [], of: song.id };
  set("choose bars", { bars: ranges(bars).flatMap(([first, last]) => [...barsIn([[first, last]])]), ...rest, ...unshown(state) }, merge);
}

export function toggleLock(song: Item, key: string): void {
  const state = now();
  const [track, index] = key.split(":").map(Number) as [number, number];
  const note = song.score.tracks[track]?.notes[index];
  if (!note) return;
  const others = state.of === song.id ? state.locked.filter((each) => !(each[0] === track && each[1] === note[0] && each[2] === note[2])) : [];
  const had = state.of === song.id && others.length < state.locked.length;
  const named = pitchedTracks(song.score).length > 1 && !had ? { track: track + 1 } : {};
  const bars = state.of === song.id ? {} : { bars: [], of: song.id };
  set(had ? "unlock a note" : "lock a note", { locked: had ? others : [...others, [track, note[0], note[2]]], ...named, ...bars });
}

/** Shows the song again instead of an alternative. */
export function unshown(state: InpaintState): Partial<InpaintState> {
  return state.written && state.written.chosen !== null ? { written: { ...state.written, chosen: null } } : {};
}

/** Numbers, from 0, of the tracks with notes that are no drums. */
export function pitchedTracks(score: Score): number[] {
  return score.tracks.flatMap((track, i) => (!track.drum && track.notes.length ? [i] : []));
}

/** "bars 5-8 anew", "4 bars more after bar 8"; null where nothing is chosen. */
export function whatOf(state: InpaintState, song: Item): string | null {
  const counted = `${state.count} bar${state.count === 1 ? "" : "s"} more`;
  if (state.way === "extend") return `${counted} at the end`;
  if (state.way === "insert") return state.after ? `${counted} after bar ${state.after}` : `${counted} at the beginning`;
  const bars = barsOf(state, song);
  return bars.size ? `${spellBars(bars)} anew` : null;
}

/** The gaps in bars of the song with room made for them, and how many bars that has. */
export function gapsOf(state: InpaintState, song: Item): { gaps: Range[]; count: number } {
  const count = barCount(song);
  if (state.way === "bars") return { gaps: ranges(barsOf(state, song)), count };
  const after = state.way === "extend" ? count : Math.min(state.after, count);
  return { gaps: [[after + 1, after + state.count]], count: count + state.count };
}

/** What the verb is asked, as its Python method takes it; without space, seed and inputs. */
export function argumentsOf(state: InpaintState, song: Item): Record<string, unknown> {
  const { temperature, n, scale, track, count } = state;
  const rest = { temperature, n, ...(scale ? { scale } : {}), ...(track === null ? {} : { track: Math.min(track, song.score.tracks.length) }) };
  if (state.way === "extend") return { extend: count, ...rest };
  if (state.way === "insert") return { insert: [[count, Math.min(state.after, barCount(song))]], ...rest };
  const bars = barsOf(state, song);
  return { bars: ranges(bars).map((range) => [...range]), keep: state.keep, lock: placesOf(state, song, bars), ...rest };
}

/** (bar, beat) in the middle of each locked note of the chosen bars: there it sounds, whatever grid it is heard on. */
function placesOf(state: InpaintState, song: Item, bars: ReadonlySet<number>): [number, number][] {
  const found: [number, number][] = [];
  for (const key of locksOf(state, song)) {
    const [track, index] = key.split(":").map(Number) as [number, number];
    const note = song.score.tracks[track]!.notes[index]!;
    const place = placeOf(song.score, note[0] + note[1] / 2);
    if (bars.has(place[0]) && (state.track === null || state.track === track + 1)) found.push(place);
  }
  return found;
}

/** From one bar before the first new note to one bar after the last, in quarter notes of the take. */
export function inContext(take: Pick<Alternative, "score" | "quarters" | "marked">): [from: number, to: number] {
  const marked = take.marked ?? [];
  const first = Math.min(...marked.map(([from]) => from), take.quarters);
  const last = Math.max(...marked.map(([, to]) => to), 0);
  const starts = barStarts(take.score, take.quarters);
  const before = starts.findLast((start) => start < first - 1e-6) ?? 0;
  return [before, Math.min(take.quarters, last + barLength(take.score, last))];
}

/** Where the song sounds in the place of a take: the same stretch, or where the new bars would come. */
export function originalContext(written: Pick<Written, "song" | "quarters" | "way">, take: Alternative): [from: number, to: number] {
  const [from, to] = inContext(take);
  const end = Math.max(written.quarters, wholeBars(written.song));
  if (written.way === "bars") return [from, Math.min(to, end)];
  const added = take.quarters - written.quarters;
  return [Math.min(from, Math.max(0, end - barLength(written.song, end))), Math.min(end, Math.max(to - added, from + barLength(written.song, from)))];
}

/** The likeliest first; of equals the one that was drawn first. */
export function ranked(takes: readonly Alternative[]): Alternative[] {
  const nats = (take: Alternative) => (typeof take.provenance.nats === "number" ? take.provenance.nats : -Infinity);
  return [...takes].sort((a, b) => nats(b) - nats(a) || a.index - b.index);
}
