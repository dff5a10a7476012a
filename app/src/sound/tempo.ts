/** From a score's time to the time that sounds: swing bends the quavers of a beat, tempos turn quarter notes into seconds. */

import type { Score } from "../music/score";
import { metreAt } from "./beats";

export const SLOWEST = 10;
export const FASTEST = 400;
/** Beyond it a swung semiquaver is too short to be heard as one. */
export const MOST_SWING = 0.6;

/**
 * Where a moment of the score sounds, in quarter notes: the off-beat quaver comes later by `swing` of a quaver, and what lies
 * between is moved in proportion. Beats and bar lines stay. Metres in quavers (6/8) have no off-beat quaver and stay straight.
 */
export function swung(score: Score, time: number, swing: number): number {
  return bent(score, time, 0.5, 0.5 * (1 + kept(swing)));
}

/** The other way round: `unswung(score, swung(score, t, s), s)` is t. */
export function unswung(score: Score, time: number, swing: number): number {
  return bent(score, time, 0.5 * (1 + kept(swing)), 0.5);
}

function kept(swing: number): number {
  return Math.min(MOST_SWING, Math.max(0, swing));
}

function bent(score: Score, time: number, knee: number, to: number): number {
  if (knee === to || time < 0) return time;
  const metre = metreAt(score, time);
  if (metre.below > 4) return time;
  const beat = metre.start + Math.floor(time - metre.start);
  const share = time - beat;
  return beat + (share < knee ? (share * to) / knee : 1 - ((1 - share) * (1 - to)) / (1 - knee));
}

/** A line of straight pieces from positions (quarter notes) to seconds. */
export interface TempoMap {
  /** Seconds from position 0. */
  seconds(position: number): number;
  position(seconds: number): number;
}

/** @param tempos position and quarter notes a minute, sorted; the first holds from the beginning */
export function tempoMap(tempos: readonly (readonly [number, number])[]): TempoMap {
  const pieces: { at: number; seconds: number; rate: number }[] = [];
  for (const [at, qpm] of tempos) {
    const last = pieces[pieces.length - 1];
    const rate = 60 / Math.min(FASTEST * 4, Math.max(1, qpm));
    pieces.push(last ? { at, seconds: last.seconds + (at - last.at) * last.rate, rate } : { at: 0, seconds: 0, rate });
  }
  if (!pieces.length) pieces.push({ at: 0, seconds: 0, rate: 0.5 });
  const piece = (holds: (start: (typeof pieces)[number]) => boolean) => {
    let k = pieces.length - 1;
    while (k > 0 && !holds(pieces[k]!)) k--;
    return pieces[k]!;
  };
  return {
    seconds(position) {
      const { at, seconds, rate } = piece((start) => start.at <= position);
      return seconds + (position - at) * rate;
    },
    position(time) {
      const { at, seconds, rate } = piece((start) => start.seconds <= time);
      return at + (time - seconds) / rate;
    },
  };
}

/** Quarter notes a minute from the times (ms) of taps: of the last ones that follow one another closely; null for less than two. */
export function tapped(times: readonly number[]): number | null {
  let first = times.length - 1;
  while (first > 0 && times.length - first < 6 && times[first]! - times[first - 1]! < 2000) first--;
  const between = (times[times.length - 1]! - times[first]!) / (times.length - 1 - first);
  return between > 0 ? Math.round(Math.min(FASTEST, Math.max(SLOWEST, 60_000 / between))) : null;
}
