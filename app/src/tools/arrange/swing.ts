/** Swing written into the notes. */

import type { Score } from "../../music/score";
import { swung } from "../../sound/tempo";

/** A score with its notes where they sound when it swings, for programs that know no swing. */
export function baked(score: Score, swing: number): Score {
  if (!swing) return score;
  const late = (time: number) => swung(score, time, swing);
  return {
    ...score,
    tracks: score.tracks.map((track) => ({
      ...track,
      notes: track.notes.map(([start, duration, pitch, velocity]) => [late(start), late(start + duration) - late(start), pitch, velocity] as const),
    })),
  };
}
