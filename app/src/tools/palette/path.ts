/** A way through the square: drawn freehand or by its waypoints, and the places along it that are heard. */

import { sameNotes } from "../../music/score";
import type { Piece } from "../../music/join";
import type { Place } from "./square";

export const MOST_POINTS = 40;
const SLACK = 0.012; // how far a drawn line may lie from its waypoints, as a share of the side
const SPACING = 0.035; // between two places that are tried, unless so many are too many

export function distance(a: Place, b: Place): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

export function lengthOf(points: readonly Place[]): number {
  return points.slice(1).reduce((sum, point, k) => sum + distance(points[k]!, point), 0);
}

/** So many places along the way, evenly apart, both ends included. */
export function resampled(points: readonly Place[], count: number): Place[] {
  const whole = lengthOf(points);
  if (points.length < 2 || count < 2 || whole === 0) return points.length ? Array.from({ length: Math.max(1, count) }, () => points[0]!) : [];
  const found: Place[] = [];
  let walked = 0;
  let k = 0;
  for (let i = 0; i < count; i += 1) {
    const wanted = (whole * i) / (count - 1);
    while (k < points.length - 2 && walked + distance(points[k]!, points[k + 1]!) < wanted - 1e-12) {
      walked += distance(points[k]!, points[k + 1]!);
      k += 1;
    }
    const [a, b] = [points[k]!, points[k + 1]!];
    const gap = distance(a, b);
    const share = gap === 0 ? 0 : Math.min(1, Math.max(0, (wanted - walked) / gap));
    found.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
  }
  found[count - 1] = points[points.length - 1]!; // exactly: a corner is the user's own notes
  return found;
}

/** How many places are tried along a way, so that no loop on it is missed. */
export function placesFor(points: readonly Place[], most: number): number {
  if (points.length < 2) return points.length;
  return Math.min(most, Math.max(points.length, Math.ceil(lengthOf(points) / SPACING) + 1));
}

/** The fewest of the points that lie close to all of them (Ramer, Douglas and Peucker), at most `MOST_POINTS`. */
export function simplified(points: readonly Place[]): Place[] {
  let slack = SLACK;
  let kept = thinned(points, slack);
  while (kept.length > MOST_POINTS) {
    slack *= 1.5;
    kept = thinned(points, slack);
  }
  return kept;
}

function thinned(points: readonly Place[], slack: number): Place[] {
  if (points.length < 3) return [...points];
  const [first, last] = [points[0]!, points[points.length - 1]!];
  let farthest = 0;
  let apart = -1;
  points.forEach((point, k) => {
    const off = offLine(point, first, last);
    if (k > 0 && k < points.length - 1 && off > apart) [farthest, apart] = [k, off];
  });
  if (apart <= slack) return [first, last];
  return [...thinned(points.slice(0, farthest + 1), slack).slice(0, -1), ...thinned(points.slice(farthest), slack)];
}

function offLine(point: Place, a: Place, b: Place): number {
  const gap = distance(a, b);
  if (gap === 0) return distance(point, a);
  const share = Math.min(1, Math.max(0, ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / (gap * gap)));
  return distance(point, [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
}

/** Without the loops that repeat the one before them: each plays once where the way stays long enough. */
export function distinct<T extends Piece>(loops: readonly T[]): T[] {
  return loops.filter((loop, k) => k === 0 || loop.quarters !== loops[k - 1]!.quarters || !sameNotes(loop.score, loops[k - 1]!.score));
}

/** Puts point `place` one earlier (-1) or later (1). */
export function reordered(points: readonly Place[], place: number, by: -1 | 1): Place[] {
  const to = place + by;
  if (to < 0 || to >= points.length) return [...points];
  const next = [...points];
  [next[place], next[to]] = [next[to]!, next[place]!];
  return next;
}
