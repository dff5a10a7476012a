/** From keys played along with the clock to a score. */

import type { Note, Score } from "../music/score";
import { barLength } from "../music/score";

export interface Played {
  /** In quarter notes since the clock began. */
  readonly on: number;
  readonly off: number;
  readonly pitch: number;
  readonly velocity: number;
}

const STEP = 1 / 4;

/**
 * The notes that were played, each begun and ended at the nearest quarter of a quarter note.
 *
 * @param clock the score that was heard, for its metre and key
 * @returns the score, from the bar in which the first note lies, and its length in whole bars; null where nothing was played
 */
export function recorded(played: readonly Played[], clock: Score, qpm: number, program = 0): { score: Score; quarters: number } | null {
  if (!played.length) return null;
  const bar = barLength(clock);
  const placed = played.map(({ on, off, pitch, velocity }): Note => {
    const start = Math.max(0, Math.round(on / STEP) * STEP);
    return [start, Math.max(STEP, Math.round((off - on) / STEP) * STEP), pitch, velocity];
  });
  const first = Math.floor(Math.min(...placed.map(([start]) => start)) / bar) * bar;
  const seen = new Map<string, Note>();
  for (const [start, duration, pitch, velocity] of placed) {
    const key = `${start} ${pitch}`;
    const other = seen.get(key);
    seen.set(key, [start - first, Math.max(duration, other?.[1] ?? 0), pitch, Math.max(velocity, other?.[3] ?? 0)]);
  }
  const notes = [...seen.values()].sort((a, b) => a[0] - b[0] || a[2] - b[2]);
  const end = Math.max(...notes.map(([start, duration]) => start + duration));
  const [, above, below] = clock.metres[0] ?? [0, 4, 4];
  const keys = clock.keys?.length ? { keys: [clock.keys[0]!] } : {};
  return {
    score: { tracks: [{ notes, name: "recorded", program }], tempos: [[0, qpm]], metres: [[0, above, below]], ...keys },
    quarters: Math.max(bar, Math.ceil(end / bar - 1e-9) * bar),
  };
}

/** Beats to play along with, where nothing else sounds: two bars, begun again and again. */
export function beatsOnly(qpm: number): Score {
  const notes = Array.from({ length: 8 }, (_, k): Note => [k, 1 / 4, k % 4 ? 42 : 37, k % 4 ? 60 : 90]);
  return { tracks: [{ notes, name: "beat", drum: true }], tempos: [[0, qpm]], metres: [[0, 4, 4]] };
}
