/** Places in the square: x from the left and y from the top, 0 to 1. Cells have their places at their centres. */

import { noteCount, pitchName, pitchRange, type Score } from "../../music/score";

export type Place = readonly [x: number, y: number];

export const CORNERS = ["top left", "top right", "bottom left", "bottom right"] as const;
export const CORNER_PLACES: readonly Place[] = [[0, 0], [1, 0], [0, 1], [1, 1]];
const FINENESS = 100; // places are rounded to so many parts of a side, so that coming back finds what was heard

export function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}

export function rounded([x, y]: Place): Place {
  return [Math.round(clamped(x) * FINENESS) / FINENESS, Math.round(clamped(y) * FINENESS) / FINENESS];
}

export function placeKey([x, y]: Place): string {
  return `${x},${y}`;
}

export function cellPlace(row: number, column: number, size: number): Place {
  return [column / (size - 1), row / (size - 1)];
}

/** The cell in which a place lies. */
export function cellAt([x, y]: Place, size: number): { readonly row: number; readonly column: number } {
  return { row: Math.round(y * (size - 1)), column: Math.round(x * (size - 1)) };
}

export function isCell(place: Place, size: number): boolean {
  const { row, column } = cellAt(place, size);
  const [x, y] = cellPlace(row, column, size);
  return Math.abs(x - place[0]) < 1e-9 && Math.abs(y - place[1]) < 1e-9;
}

/** Where a place is drawn in a pad of so many cells a side, as a share of its width: corners lie half a cell from the edge. */
export function drawnAt(share: number, size: number): number {
  return (0.5 + share * (size - 1)) / size;
}

/** The place at a share of the pad's width. */
export function placeAt(share: number, size: number): number {
  return clamped((share * size - 0.5) / (size - 1));
}

/** The share of each corner, in order tl, tr, bl, br; they sum to 1. */
export function weights([x, y]: Place): readonly number[] {
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

/** All cells with the coarse ones first: corners, then the middle of what is there, and so on. */
export function coarseToFine(size: number): readonly { readonly row: number; readonly column: number }[] {
  const level = levels(size);
  const cells = Array.from({ length: size * size }, (_, k) => ({ row: Math.floor(k / size), column: k % size }));
  return cells.sort((a, b) => Math.max(level[a.row]!, level[a.column]!) - Math.max(level[b.row]!, level[b.column]!));
}

/** In which round each line of cells comes, when every round halves the gaps. */
function levels(size: number): number[] {
  const level = Array<number>(size).fill(0);
  const halve = (from: number, to: number, round: number) => {
    if (to - from < 2) return;
    const middle = Math.floor((from + to) / 2);
    level[middle] = round;
    halve(from, middle, round + 1);
    halve(middle, to, round + 1);
  };
  halve(0, size - 1, 1);
  return level;
}

/** "62 % top right". */
export function describePlace(place: Place): string {
  const shares = weights(place);
  const most = shares.indexOf(Math.max(...shares));
  const ties = shares.filter((share) => Math.abs(share - shares[most]!) < 1e-9).length;
  if (ties === 4) return "the middle";
  if (ties === 2) return `halfway between ${CORNERS[most]} and ${CORNERS[shares.lastIndexOf(Math.max(...shares))]}`;
  return `${Math.round(100 * shares[most]!)} % ${CORNERS[most]}`;
}

/** "14 notes, C4 to G5". */
export function describeNotes(score: Score): string {
  const count = noteCount(score);
  const range = pitchRange(score);
  const drums = score.tracks.some((track) => track.drum);
  return [`${count} ${drums && !range ? "stroke" : "note"}${count === 1 ? "" : "s"}`, range && `${pitchName(range[0])} to ${pitchName(range[1])}`].filter(Boolean).join(", ");
}
