/** The matrix: which rows it has, which steps, and what the hand does to the notes on it. */

import { DRUMS, drumClass, ROWS_FROM_TOP } from "../../music/drums";
import { pitchClasses } from "../../music/scales";
import { DEFAULT_VELOCITY, pitchName, type Note } from "../../music/score";

/** In quarter notes. */
export const STEP = 0.25;
export const METRES = ["4/4", "3/4", "6/8"] as const;
export const MOST_BARS = 4;
const REACH = { scale: 24, chromatic: 17 }; // semitones upwards from the lowest row

export interface GridRow {
  readonly label: string;
  /** What is written on it. */
  readonly pitch: number;
  /** Outside the scale; shown because notes stand there. */
  readonly outside: boolean;
}

/** Length of a bar in quarter notes. */
export function barOf(metre: string): number {
  const [above = 4, below = 4] = metre.split("/").map(Number);
  return (4 * above) / below;
}

/** How many steps lie between two thicker lines. */
export function stepsPerBeat(metre: string): number {
  return metre.endsWith("/8") ? 6 : 4;
}

/** Rows from the top for the scale upwards from `low`, and for every note that stands elsewhere. */
export function melodyRows(notes: readonly Note[], low: number, tonic: number | null, scale: string): GridRow[] {
  const inside = pitchClasses(tonic, scale);
  const pitches = new Set<number>(notes.map((note) => note[2]));
  const reach = inside.size === 12 ? REACH.chromatic : REACH.scale;
  for (let pitch = low; pitch <= Math.min(127, low + reach); pitch += 1) if (inside.has(pitch % 12)) pitches.add(pitch);
  return [...pitches].sort((a, b) => b - a).map((pitch) => ({ label: pitchName(pitch), pitch, outside: !inside.has(pitch % 12) }));
}

export function drumRows(): GridRow[] {
  return ROWS_FROM_TOP.map((c) => ({ label: DRUMS[c]!.name, pitch: DRUMS[c]!.pitches[0]!, outside: false }));
}

/** Whether a note lies on a row. */
export function onRow(row: GridRow, note: Note, drum: boolean): boolean {
  return drum ? drumClass(note[2]) === drumClass(row.pitch) : note[2] === row.pitch;
}

/** The lowest pitch of the rows: the tonic at or below `about`. */
export function lowFor(tonic: number | null, about: number): number {
  return about - ((((about - (tonic ?? 0)) % 12) + 12) % 12);
}

/** The place of the note that sounds on a step of a row; -1 for none. */
export function noteAt(notes: readonly Note[], row: GridRow, step: number, drum: boolean): number {
  const time = step * STEP;
  return notes.findIndex((note) => onRow(row, note, drum)
    && (Math.floor(note[0] / STEP + 1e-6) === step || (!drum && note[0] <= time + 1e-6 && note[0] + note[1] > time + 1e-6)));
}

/** With a note from one step to another, both included; what it covers on its row gives way. */
export function painted(notes: readonly Note[], row: GridRow, from: number, to: number, drum: boolean, velocity = DEFAULT_VELOCITY): Note[] {
  const start = Math.min(from, to) * STEP;
  const end = (Math.max(from, to) + 1) * STEP;
  const kept = notes.flatMap((note): Note[] => {
    if (!onRow(row, note, drum) || note[0] >= end - 1e-6 || note[0] + (drum ? STEP : note[1]) <= start + 1e-6) return [note];
    return note[0] < start - 1e-6 && !drum ? [[note[0], start - note[0], note[2], note[3]]] : [];
  });
  return ordered([...kept, [start, drum ? STEP : end - start, row.pitch, velocity]]);
}

export function erased(notes: readonly Note[], row: GridRow, step: number, drum: boolean): readonly Note[] {
  const place = noteAt(notes, row, step, drum);
  return place < 0 ? notes : notes.filter((_, i) => i !== place);
}

/** With the note at `place` changed; null leaves it out. */
export function withNote(notes: readonly Note[], place: number, note: Note | null): Note[] {
  return note ? notes.map((old, i) => (i === place ? note : old)) : notes.filter((_, i) => i !== place);
}

export function ordered(notes: readonly Note[]): Note[] {
  return [...notes].sort((a, b) => a[0] - b[0] || a[2] - b[2]);
}

/** Without what begins after the end; what sounds over it is cut. */
export function trimmed(notes: readonly Note[], end: number): readonly Note[] {
  return notes.filter((note) => note[0] < end - 1e-6).map((note): Note => [note[0], Math.min(note[1], end - note[0]), note[2], note[3]]);
}

/** All notes octaves higher or lower; as they were where one would leave 0-127. */
export function shifted(notes: readonly Note[], octaves: number): readonly Note[] {
  const moved = notes.map((note): Note => [note[0], note[1], note[2] + 12 * octaves, note[3]]);
  return moved.every((note) => note[2] >= 0 && note[2] <= 127) ? moved : notes;
}
