/** Where the beats stand that are no bar lines. */

import { barLength, type Score } from "../music/score";

/** Up to `quarters`, in quarter notes; a beat is the metre's denominator. */
export function beatLines(score: Score, starts: readonly number[], quarters: number): number[] {
  const lines: number[] = [];
  starts.forEach((start, i) => {
    const below = [...score.metres].reverse().find(([at]) => at <= start + 1e-9)?.[2] ?? 4;
    const end = Math.min(starts[i + 1] ?? quarters, start + barLength(score, start));
    for (let x = start + 4 / below; x < end - 1e-6; x += 4 / below) lines.push(Math.round(x * 1000) / 1000);
  });
  return lines;
}
