/** Stretches of a score. */

import type { Score } from "./score";

/** What sounds from `from` to `to` (quarter notes), moved to begin at 0; notes that go beyond are shortened. */
export function cut(score: Score, from: number, to: number): Score {
  const since = <T extends readonly [number, ...unknown[]]>(map: readonly T[]): T[] => {
    const before = map.findLast(([at]) => at <= from + 1e-9);
    const after = map.filter(([at]) => at > from + 1e-9 && at < to - 1e-9);
    return [...(before ? [before] : []), ...after].map(([at, ...rest]) => [Math.max(0, at - from), ...rest] as unknown as T);
  };
  return {
    ...score,
    tracks: score.tracks.map((track) => ({
      ...track,
      notes: track.notes.filter(([start, duration]) => start < to - 1e-9 && start + duration > from + 1e-9)
        .map(([start, duration, pitch, velocity]) => {
          const begin = Math.max(start, from);
          return [begin - from, Math.min(start + duration, to) - begin, pitch, velocity] as const;
        }),
    })),
    tempos: since(score.tempos),
    metres: since(score.metres),
    ...(score.keys ? { keys: since(score.keys) } : {}),
    ...(score.chords ? { chords: since(score.chords) } : {}),
  };
}
