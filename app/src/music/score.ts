/**
 * Scores as the server writes them (`scorespace.space.provenance.pack`): tracks of notes in quarter notes.
 *
 * Time 0 is a bar line. A score is never changed in place: every function here gives a new one.
 */

/** Start and duration in quarter notes, MIDI pitch 0-127, velocity 1-127. */
export type Note = readonly [start: number, duration: number, pitch: number, velocity: number];

export interface Track {
  readonly notes: readonly Note[];
  readonly name?: string;
  /** General MIDI, counted from 0. */
  readonly program?: number;
  readonly drum?: boolean;
}

export interface Score {
  readonly tracks: readonly Track[];
  /** Start in quarter notes, quarter notes a minute; the first stands at 0. */
  readonly tempos: readonly (readonly [number, number])[];
  /** Start, numerator, denominator; the first stands at 0. */
  readonly metres: readonly (readonly [number, number, number])[];
  /** Start, sharps (-7 to 7), mode. */
  readonly keys?: readonly (readonly [number, number, string])[];
  readonly chords?: readonly (readonly [number, string])[];
  readonly title?: string;
}

export const DEFAULT_VELOCITY = 80;

export function melody(notes: readonly Note[], qpm = 120, metre: readonly [number, number] = [4, 4]): Score {
  return { tracks: [{ notes, name: "melody" }], tempos: [[0, qpm]], metres: [[0, ...metre]] };
}

/** Where the last note ends, in quarter notes; 0 for silence. */
export function endOf(score: Score): number {
  let end = 0;
  for (const track of score.tracks) for (const [start, duration] of track.notes) end = Math.max(end, start + duration);
  return end;
}

export function noteCount(score: Score): number {
  return score.tracks.reduce((sum, track) => sum + track.notes.length, 0);
}

export function qpmOf(score: Score): number {
  return score.tempos[0]?.[1] ?? 120;
}

/** Length of a bar of the metre that holds at `time`, in quarter notes. */
export function barLength(score: Score, time = 0): number {
  let length = 4;
  for (const [start, above, below] of score.metres) if (start <= time + 1e-9) length = (4 * above) / below;
  return length;
}

/** Where each bar begins, up to and including the one in which `end` lies; at least one. */
export function barStarts(score: Score, end = endOf(score)): number[] {
  const starts = [0];
  for (;;) {
    const last = starts[starts.length - 1]!;
    const changes = score.metres.map(([start]) => start).filter((start) => start > last + 1e-9);
    const next = Math.min(last + barLength(score, last), ...changes);
    if (next >= end - 1e-9) return starts;
    starts.push(next);
  }
}

/** Length in quarter notes up to the end of the last bar in which a note sounds. */
export function wholeBars(score: Score): number {
  const starts = barStarts(score);
  const last = starts[starts.length - 1]!;
  return last + barLength(score, last);
}

/** The score with other notes in one of its tracks. */
export function withTrack(score: Score, number: number, notes: readonly Note[]): Score {
  return { ...score, tracks: score.tracks.map((track, i) => (i === number ? { ...track, notes } : track)) };
}

export function sameNotes(a: Score, b: Score): boolean {
  const notes = (score: Score) => JSON.stringify(score.tracks.map((t) => [t.drum ?? false, t.program ?? 0, t.notes]));
  return notes(a) === notes(b);
}

/** Lowest and highest pitch of the tracks that are no drums; null where there is none. */
export function pitchRange(score: Score): [number, number] | null {
  let [low, high] = [128, -1];
  for (const track of score.tracks) {
    for (const [, , pitch] of track.drum ? [] : track.notes) {
      low = Math.min(low, pitch);
      high = Math.max(high, pitch);
    }
  }
  return high < 0 ? null : [low, high];
}

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** "C4" for 60. */
export function pitchName(pitch: number): string {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}
