/** A score as a small picture. */

import { useMemo } from "preact/hooks";
import type { Score } from "../music/score";
import { rowsOf, trackColour, trackPath } from "./rows";

export function MiniRoll({ score, quarters }: { score: Score; quarters: number }) {
  const [rows, paths] = useMemo(() => {
    const made = rowsOf([score], { spare: 1, least: 14 });
    return [made.rows.length || 1, score.tracks.map((track) => trackPath(track, made))] as const;
  }, [score]);
  return (
    <svg class="mini-roll" viewBox={`0 0 ${Math.max(quarters, 1)} ${rows}`} preserveAspectRatio="none" aria-hidden="true">
      {paths.map((path, number) => path && <path key={number} d={path} style={{ fill: trackColour(score, number) }} />)}
    </svg>
  );
}
