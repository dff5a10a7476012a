/** What the hand does to one note. */

import { DRUMS, drumClass, ROWS_FROM_TOP } from "../music/drums";
import { DEFAULT_VELOCITY, type Note, type Track } from "../music/score";

/** In quarter notes. */
export const GRID = 0.25;

/** The note `time` quarter notes later and `up` semitones (of drums: rows) higher, inside of the score. */
export function moved(note: Note, time: number, up: number, drum: boolean, quarters: number): Note {
  const start = Math.min(Math.max(0, quarters - Math.min(note[1], GRID)), Math.max(0, note[0] + time));
  const pitch = drum ? drumMoved(note[2], up) : Math.min(127, Math.max(0, note[2] + up));
  return [start, Math.min(note[1], quarters - start), pitch, note[3]];
}

function drumMoved(pitch: number, up: number): number {
  const found = drumClass(pitch);
  if (found === null || !up) return pitch;
  const row = ROWS_FROM_TOP.indexOf(found) - up;
  return DRUMS[ROWS_FROM_TOP[Math.min(ROWS_FROM_TOP.length - 1, Math.max(0, row))]!]!.pitches[0]!;
}

/** The note longer by `time` quarter notes, down to a step of the grid; where `time` is finer than that, down to a twelfth of it. */
export function resized(note: Note, time: number, quarters: number): Note {
  const least = Math.abs(time) < GRID - 1e-9 ? GRID / 12 : Math.min(GRID, note[1]);
  return [note[0], Math.min(quarters - note[0], Math.max(least, note[1] + time)), note[2], note[3]];
}

/** A note after the last one of a track, or its last moment where there is no more room. */
export function nextFree(track: Track | undefined, quarters: number): Note {
  const last = track?.notes.reduce((a, b) => (b[0] + b[1] > a[0] + a[1] ? b : a), track.notes[0]!);
  if (!last) return [0, track?.drum ? GRID : 1, track?.drum ? 36 : 60, DEFAULT_VELOCITY];
  const start = Math.min(last[0] + last[1], Math.max(0, quarters - GRID));
  return [start, Math.min(last[1], quarters - start), last[2], last[3]];
}
