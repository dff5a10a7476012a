/** Where the beats and bars of a score lie: for the metronome and for what waits for the next one. */

import type { Score } from "../music/score";

const NEAR = 1e-9;

export interface Metre {
  readonly start: number;
  readonly above: number;
  readonly below: number;
}

export function metreAt(score: Score, time: number): Metre {
  let found: Metre = { start: 0, above: 4, below: 4 };
  for (const [start, above, below] of score.metres) if (start <= time + NEAR) found = { start, above, below };
  return found;
}

/** The length of a beat in quarter notes: a dotted quarter in 6/8, 9/8 and 12/8, else what the metre counts in. */
export function beatLength({ above, below }: Metre): number {
  const compound = below >= 8 && above > 3 && above % 3 === 0;
  return ((compound ? 3 : 1) * 4) / below;
}

export interface Beat {
  readonly time: number;
  /** Whether it begins a bar. */
  readonly first: boolean;
}

/** The beats of [from, to), in quarter notes. */
export function beats(score: Score, from: number, to: number): Beat[] {
  const found: Beat[] = [];
  const changes = score.metres.map(([start]) => start).filter((start) => start > NEAR);
  const starts = [0, ...changes];
  starts.forEach((start, k) => {
    const end = Math.min(to, starts[k + 1] ?? Infinity);
    const metre = metreAt(score, start);
    const beat = beatLength(metre);
    const inBar = Math.max(1, Math.round((4 * metre.above) / metre.below / beat));
    for (let n = Math.max(0, Math.floor((from - start) / beat)); start + n * beat < end - NEAR; n++) {
      const time = start + n * beat;
      if (time >= from - NEAR) found.push({ time, first: n % inBar === 0 });
    }
  });
  return found;
}
