/** Phrases of the map as they are heard. */

import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import { complain } from "../../ui/announce";
import { playOrStop } from "../../ui/play";
import type { Score } from "../../music/score";
import { laid } from "./state";

const QUIET = 0.5; // of the velocities

export function keyOf(k: number): string {
  return `map-${k}`;
}

/** The phrase that sounds; null where none of the map does. */
export function sounding(): number | null {
  const found = /^map-(\d+)$/.exec(playing.value?.key ?? "");
  return found ? Number(found[1]) : null;
}

export function hear(k: number): void {
  const held = laid();
  if (held) playOrStop({ key: keyOf(k), score: held.scores[k]!, quarters: held.quarters });
}

/** Plays a phrase once and softly, unless something else of the user's plays. */
export function overhear(k: number): void {
  const held = laid();
  if (!held || (playing.value && sounding() === null) || sounding() === k) return;
  player.play({ key: keyOf(k), score: quiet(held.scores[k]!), quarters: held.quarters }, { loop: false }).catch(complain);
}

function quiet(score: Score): Score {
  const soft = (velocity: number) => Math.max(1, Math.round(velocity * QUIET));
  return { ...score, tracks: score.tracks.map((track) => ({ ...track, notes: track.notes.map(([start, length, pitch, velocity]) => [start, length, pitch, soft(velocity)] as const) })) };
}
