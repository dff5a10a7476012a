/** What Palette keeps, and what follows from it. */

import { computed, signal } from "@preact/signals";
import { join, offsetsOf } from "../../music/join";
import { qpmOf } from "../../music/score";
import type { SpaceInfo } from "../../server/api";
import { spacesWith } from "../../server/spaces";
import { suiting } from "../../server/suits";
import { wholeOf, type Bare, type Whole } from "../../state/bare";
import type { Item } from "../../state/session";
import { changeTool, session } from "../../state/store";
import { shortened } from "../interpolate/state";
import { distinct } from "./path";
import { cellAt, cellPlace, isCell, placeKey, type Place } from "./square";

/** Loops of one square by their places. */
export interface Loops {
  /** What the square is made of: `squareKey`. */
  readonly key: string;
  /** The four scores that went in. */
  readonly inputs: readonly unknown[];
  readonly at: Readonly<Record<string, Bare>>;
}

export interface Walk extends Pick<Loops, "key" | "inputs"> {
  /** Which places were tried, and the loop at each. */
  readonly places: readonly Place[];
  readonly loops: readonly (Bare | null)[];
}

export interface PaletteState {
  /** tl, tr, bl, br. */
  readonly corners: readonly (Item | null)[];
  /** Null = the one that suits the corners. */
  readonly space: string | null;
  /** A style of the user's own in that space; passed over in another space. */
  readonly style: string | null;
  readonly size: number;
  readonly method: "slerp" | "linear";
  readonly temperature: number;
  readonly seed: number;
  readonly cells: Loops | null;
  /** Where the puck is, and the loop there when it lies between the cells. */
  readonly puck: Place;
  readonly spot: Loops | null;
  /** When another loop comes in. */
  readonly when: "now" | "beat" | "bar";
  readonly mode: "puck" | "path";
  readonly path: readonly Place[];
  /** Bars that the path takes; null = every loop on it once. */
  readonly fit: number | null;
  readonly walk: Walk | null;
}

const FIRST: PaletteState = {
  corners: [null, null, null, null], space: null, style: null, size: 5, method: "slerp", temperature: 0, seed: 1, cells: null, puck: [0.5, 0.5], spot: null,
  when: "beat", mode: "puck", path: [], fit: null, walk: null,
};

export const SMALLEST = 3;
export const LARGEST = 9;
export const SPOT_KEY = "palette spot";
export const PATH_KEY = "palette path";

/** Where the puck is while a drag goes on; the session hears of it when it is over. */
export const dragged = signal<Place | null>(null);

const kept = computed(() => session.value.tools.palette);
const whole = computed<PaletteState>(() => ({ ...FIRST, ...(kept.value as Partial<PaletteState> | undefined) }));

export function now(): PaletteState {
  return whole.value;
}

export function set(label: string, part: Partial<PaletteState>, merge: string | null = null): void {
  changeTool<PaletteState>(label, "palette", part, merge);
}

export function chosen(state: PaletteState): Item[] {
  return state.corners.filter((corner) => corner !== null);
}

export function spaceOf(state: PaletteState): SpaceInfo | null {
  const known = spacesWith("palette");
  return known.find((space) => space.name === state.space) ?? suiting(known, chosen(state));
}

export function styleOf(state: PaletteState): string | null {
  return state.style !== null && spaceOf(state)?.styles.includes(state.style) ? state.style : null;
}

const corners = computed(() => now().corners);
const cornerNotes = computed(() => JSON.stringify(corners.value.filter((corner) => corner !== null).map((corner) => [corner.id, corner.score.tracks, qpmOf(corner.score)])));

const key = computed(() => {
  const state = now();
  const space = spaceOf(state);
  if (!space || chosen(state).length < 4) return null;
  return [space.name, styleOf(state), state.method, state.temperature, state.temperature > 0 ? state.seed : "", shortened(cornerNotes.value)].join(" ");
});

/** What the loops of the square are a function of, beside their place; null while corners are missing. */
export function squareKey(): string | null {
  return key.value;
}

export function withStyle(state: PaletteState): { style?: string } {
  const style = styleOf(state);
  return style === null ? {} : { style };
}

/** The arguments of the verb, beside the places. */
export function bodyOf(state: PaletteState): Record<string, unknown> {
  return {
    space: spaceOf(state)?.name, inputs: chosen(state).map((corner) => corner.score), method: state.method, temperature: state.temperature,
    ...(state.temperature > 0 ? { seed: state.seed } : {}), ...withStyle(state),
  };
}

/** The loop of a cell; null where it is not made yet. */
export function cellLoop(state: PaletteState, row: number, column: number): Bare | null {
  if (!state.cells || state.cells.key !== squareKey()) return null;
  return state.cells.at[placeKey(cellPlace(row, column, state.size))] ?? null;
}

/** The loop at a place, where the session has it. */
export function knownLoop(state: PaletteState, place: Place): Whole | null {
  const mine = squareKey();
  if (isCell(place, state.size) && state.cells?.key === mine) {
    const { row, column } = cellAt(place, state.size);
    const found = cellLoop(state, row, column);
    if (found) return wholeOf(found, state.cells.inputs);
  }
  const spot = state.spot?.key === mine ? state.spot.at[placeKey(place)] : undefined;
  return spot ? wholeOf(spot, state.spot!.inputs) : null;
}

export function isBlended(state: PaletteState): boolean {
  return squareKey() !== null && Array.from({ length: state.size ** 2 }, (_, k) => cellLoop(state, Math.floor(k / state.size), k % state.size)).every(Boolean);
}

/** What is heard of the path: the places with a loop of their own, and all of it as one score. */
export const line = computed(() => {
  const state = now();
  const { walk } = state;
  if (!walk || walk.key !== squareKey() || !walk.loops.length || walk.loops.some((loop) => loop === null)) return null;
  const all = walk.loops.map((loop, k) => ({ ...wholeOf(loop!, walk.inputs), place: walk.places[k]! }));
  const loops = state.fit === null ? distinct(all) : all;
  const offsets = offsetsOf(loops);
  return { loops, offsets, score: join(loops), quarters: offsets[offsets.length - 1]! };
});
