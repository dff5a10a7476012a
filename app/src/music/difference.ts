/** Which notes of a score another one does not have. */

import type { Note, Score } from "./score";

/** In quarter notes: a little over half a sixteenth, by which a played note and the same note on the grid differ at most. */
const NEAR = 0.13;

export interface Difference {
  /** Of the second score, as `${track}:${noteIndex}`: notes that begin where the first has none of that pitch. */
  readonly fresh: ReadonlySet<string>;
  /** How many notes of the first score the second has no more. */
  readonly gone: number;
}

/**
 * Compares notes by where they begin and their pitch, drums apart from other parts; which track they stand on is all the same.
 *
 * Each note answers for one, so that of two that begin together one can be new.
 */
export function difference(before: Score, after: Score): Difference {
  const waiting = new Map<string, number[]>();
  for (const { drum, notes } of before.tracks) for (const note of notes) push(waiting, keyOf(drum, note), note[0]);
  const fresh = new Set<string>();
  after.tracks.forEach(({ drum, notes }, track) => notes.forEach((note, index) => {
    const times = waiting.get(keyOf(drum, note)) ?? [];
    const place = times.findIndex((time) => Math.abs(time - note[0]) < NEAR);
    if (place < 0) fresh.add(`${track}:${index}`);
    else times.splice(place, 1);
  }));
  const gone = [...waiting.values()].reduce((sum, times) => sum + times.length, 0);
  return { fresh, gone };
}

/** How many notes begin in the ranges (start, end), in quarter notes. */
export function notesIn(score: Score, marked: readonly (readonly [number, number])[]): number {
  return score.tracks.reduce((sum, track) => sum + track.notes
    .filter(([start]) => marked.some(([from, to]) => start >= from - 1e-6 && start < to - 1e-6)).length, 0);
}

function keyOf(drum: boolean | undefined, note: Note): string {
  return `${drum ? "drum" : "note"} ${note[2]}`;
}

function push(map: Map<string, number[]>, key: string, time: number): void {
  const found = map.get(key);
  if (found) found.push(time);
  else map.set(key, [time]);
}
