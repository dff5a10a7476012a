/** What Interpolate keeps, and what follows from it. */

import { computed } from "@preact/signals";
import { join, offsetsOf } from "../../music/join";
import { qpmOf } from "../../music/score";
import type { SpaceInfo } from "../../server/api";
import { spacesWith } from "../../server/spaces";
import { suiting } from "../../server/suits";
import type { Item, TakeInfo } from "../../state/session";
import { changeTool, itemById, session } from "../../state/store";
import { LETTERS, partsOf, type Tile } from "./line";

export interface Row {
  /** What it was made of: `rowKey`. */
  readonly key: string;
  /** The scores that went in, as each take's provenance names them. */
  readonly inputs: readonly unknown[];
  /** Null where a tile is not made yet. */
  readonly tiles: readonly (Tile | null)[];
}

export interface InterpolateState {
  /** Two to four; null where none was chosen yet. */
  readonly anchors: readonly (Item | null)[];
  /** Null = the one that suits the anchors. */
  readonly space: string | null;
  /** A style of the user's own in that space; passed over in another space. */
  readonly style: string | null;
  readonly steps: number;
  readonly method: "slerp" | "linear";
  readonly temperature: number;
  readonly seed: number;
  readonly row: Row | null;
}

const FIRST: InterpolateState = { anchors: [null, null], space: null, style: null, steps: 8, method: "slerp", temperature: 0, seed: 1, row: null };

export const ROW_KEY = "interpolate row";

const kept = computed(() => session.value.tools.interpolate);
const whole = computed<InterpolateState>(() => ({ ...FIRST, ...(kept.value as Partial<InterpolateState> | undefined) }));

export function now(): InterpolateState {
  return whole.value;
}

export function set(label: string, part: Partial<InterpolateState>, merge: string | null = null): void {
  changeTool<InterpolateState>(label, "interpolate", part, merge);
}

/** The anchors that were chosen, each as it was when it was put there. */
export function chosen(state: InterpolateState): Item[] {
  return state.anchors.filter((anchor) => anchor !== null);
}

export function letterOf(place: number): string {
  return LETTERS[place]!;
}

export function spaceOf(state: InterpolateState): SpaceInfo | null {
  const known = spacesWith("interpolate");
  return known.find((space) => space.name === state.space) ?? suiting(known, chosen(state));
}

export function styleOf(state: InterpolateState): string | null {
  return state.style !== null && spaceOf(state)?.styles.includes(state.style) ? state.style : null;
}

const anchors = computed(() => now().anchors);
const anchorNotes = computed(() => JSON.stringify(anchors.value.map((anchor) => anchor && [anchor.id, anchor.score.tracks, qpmOf(anchor.score)])));

const key = computed(() => {
  const state = now();
  const count = chosen(state).length;
  const space = spaceOf(state);
  if (count < 2 || !space || state.steps < count) return null;
  const chance = state.temperature > 0 ? state.seed : "";
  return [space.name, styleOf(state), state.steps, state.method, state.temperature, chance, shortened(anchorNotes.value)].join(" ");
});

/** What the row is a function of; null while it cannot be made. */
export function rowKey(): string | null {
  return key.value;
}

/** A text that differs where the long one does: two 32-bit hashes (FNV-1a, forwards and backwards) and the length. */
export function shortened(text: string): string {
  let [a, b] = [0x811c9dc5, 0x811c9dc5];
  for (let i = 0; i < text.length; i += 1) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return `${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}-${text.length}`;
}

export const tiles = computed<readonly (Tile | null)[]>(() => now().row?.tiles ?? []);

/** The take of a tile with all that is needed to make it again. */
export function wholeTake(tile: Tile): TakeInfo | undefined {
  if (tile.from !== "line" || !tile.take) return tile.take;
  return { ...tile.take, provenance: { ...tile.take.provenance, inputs: now().row?.inputs ?? [] } };
}

/** The row as it is heard; null where there is nothing. */
export const heard = computed(() => {
  const parts = partsOf(tiles.value, wholeTake);
  if (!parts.length) return null;
  const offsets = offsetsOf(parts.map(({ part }) => part));
  return { parts, offsets, score: join(parts.map(({ part }) => part)), quarters: offsets[offsets.length - 1]! };
});

export function nameOf(state: InterpolateState): string {
  const names = chosen(state).map((anchor) => itemById(anchor.id)?.name ?? anchor.name);
  return `${names.join(" to ")}, ${state.row?.tiles.length ?? state.steps} steps`;
}
