/** A row of tiles between anchors: where the anchors stand, what of a row goes over into the next, and how it sounds. */

import { silenced, type Piece } from "../../music/join";
import { sameNotes } from "../../music/score";
import type { TakeInfo } from "../../state/session";
import type { Part } from "../../state/joined";

export interface Tile extends Piece {
  /** How it came here: on the line itself, as a variation of what stood here, or from the shelf. */
  readonly from: "line" | "vary" | "shelf";
  /** Of a tile of the line, without what went in: `wholeTake` puts that back. */
  readonly take?: TakeInfo | undefined;
  readonly name?: string | undefined;
  /** How often it plays. */
  readonly times: 1 | 2;
  readonly muted: boolean;
}

export const FEWEST = 2;
export const MOST = 16;
export const LETTERS = ["A", "B", "C", "D"] as const;

/** At which tiles (from 0) the anchors stand; halves go to the even number, as in Python. */
export function stations(anchors: number, steps: number): number[] {
  return Array.from({ length: anchors }, (_, k) => roundHalfEven((k * (steps - 1)) / (anchors - 1)));
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 ? below + 1 : below;
}

/** Whether the user did something to a tile. */
export function touched(tile: Tile): boolean {
  return tile.from !== "line" || tile.times > 1 || tile.muted;
}

/** What the user did to a tile of another row: the tile itself where it is not of the line, how often it plays, whether it is mute. */
export interface Touch {
  readonly tile: Tile | null;
  readonly times: 1 | 2;
  readonly muted: boolean;
}

/** What the user did to the tiles of a row, by where it goes in a row of so many: the nearest place; the ends stay ends. */
export function touches(old: readonly (Tile | null)[], steps: number): ReadonlyMap<number, Touch> {
  const found = new Map<number, Touch>();
  old.forEach((tile, k) => {
    if (!tile || !touched(tile) || old.length < 2) return;
    const at = Math.round((k * (steps - 1)) / (old.length - 1));
    if (!found.has(at)) found.set(at, { tile: tile.from === "line" ? null : tile, times: tile.times, muted: tile.muted });
  });
  return found;
}

/** A row that is still to be made, with the tiles that are not of the line. */
export function blankRow(steps: number, done: ReadonlyMap<number, Touch>): (Tile | null)[] {
  return Array.from({ length: steps }, (_, k) => done.get(k)?.tile ?? null);
}

/** The row with a tile of the line at its place, unless something stands there. */
export function placed(row: readonly (Tile | null)[], place: number, tile: Tile, done: ReadonlyMap<number, Touch>): (Tile | null)[] {
  const touch = done.get(place);
  return row.map((each, k) => (k !== place || each ? each : touch ? { ...tile, times: touch.times, muted: touch.muted } : tile));
}

/** Pairs of tiles (from 0) beside each other with the same notes. */
export function repeats(tiles: readonly (Tile | null)[]): number[] {
  return tiles.flatMap((tile, k) => {
    const next = tiles[k + 1];
    return tile && next && sameNotes(tile.score, next.score) ? [k] : [];
  });
}

/** What is heard of the row, in order: a tile twice where it repeats, silence of the same length where it is muted. */
export function partsOf(tiles: readonly (Tile | null)[], takeOf: (tile: Tile) => TakeInfo | undefined): { readonly part: Part; readonly tile: number }[] {
  return tiles.flatMap((tile, k) => {
    if (!tile) return [];
    const part: Part = tile.muted ? silenced(tile) : { score: tile.score, quarters: tile.quarters, take: takeOf(tile) };
    return Array.from({ length: tile.times }, () => ({ part, tile: k }));
  });
}

/** Which part of a line sounds at `time` (quarter notes), and how much of it is over; `offsets` as of `offsetsOf`. */
export function partAt(offsets: readonly number[], time: number): { readonly part: number; readonly share: number } {
  const last = offsets.length - 2;
  const part = Math.max(0, Math.min(last, offsets.findLastIndex((offset) => offset <= time + 1e-9)));
  const length = offsets[part + 1]! - offsets[part]!;
  return { part, share: Math.min(1, Math.max(0, (time - offsets[part]!) / length)) };
}
