/** Geometry of the map: which point is meant, what lies within, how it fits the picture. Places are in the map's unit, y upwards. */

import type { Point } from "./laid";

/** Pixels = offset + scale * place; y is turned round. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export function onScreen(view: View, [x, y]: Point): Point {
  return [view.x + view.scale * x, view.y - view.scale * y];
}

export function onMap(view: View, [x, y]: Point): Point {
  return [(x - view.x) / view.scale, (view.y - y) / view.scale];
}

/** The view in which all points are seen, with a margin. */
export function fit(points: readonly Point[], width: number, height: number): View {
  if (!points.length) return { x: width / 2, y: height / 2, scale: 1 };
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  const scale = 0.9 * Math.min(width / Math.max(right - left, 1e-9), height / Math.max(top - bottom, 1e-9), 1e9);
  return { scale, x: width / 2 - (scale * (left + right)) / 2, y: height / 2 + (scale * (bottom + top)) / 2 };
}

/** The view after zooming by `factor` around a place of the screen. */
export function zoomed(view: View, factor: number, [x, y]: Point): View {
  return { x: x + (view.x - x) * factor, y: y + (view.y - y) * factor, scale: view.scale * factor };
}

/** The point nearest to a place, at most `reach` away; -1 where there is none. */
export function nearest(points: readonly Point[], [x, y]: Point, reach = Infinity): number {
  let [best, least] = [-1, reach * reach];
  for (let k = 0; k < points.length; k += 1) {
    const away = (points[k]![0] - x) ** 2 + (points[k]![1] - y) ** 2;
    if (away <= least) [best, least] = [k, away];
  }
  return best;
}

export type Direction = "up" | "down" | "left" | "right";

/** The nearest point that lies in a direction: within 45 degrees of it. The same point where none does. */
export function inDirection(points: readonly Point[], from: number, direction: Direction): number {
  const [x, y] = points[from]!;
  let [best, least] = [from, Infinity];
  for (let k = 0; k < points.length; k += 1) {
    const [right, up] = [points[k]![0] - x, points[k]![1] - y];
    const ahead = { up, down: -up, left: -right, right }[direction];
    const aside = Math.abs(direction === "up" || direction === "down" ? right : up);
    if (ahead <= 0 || aside > ahead) continue;
    const away = right * right + up * up;
    if (away < least) [best, least] = [k, away];
  }
  return best;
}

/** Whether a place lies within a closed line (even-odd). */
export function within(line: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (let k = 0, last = line.length - 1; k < line.length; last = k, k += 1) {
    const [[ax, ay], [bx, by]] = [line[k]!, line[last]!];
    if (ay > y !== by > y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  }
  return inside;
}

/** The points within a closed line. */
export function lassoed(points: readonly Point[], line: readonly Point[]): number[] {
  if (line.length < 3) return [];
  return points.flatMap((point, k) => (within(line, point) ? [k] : []));
}

/** The points that are seen. */
export function seen(points: readonly Point[], view: View, width: number, height: number): number[] {
  return points.flatMap((point, k) => {
    const [x, y] = onScreen(view, point);
    return x >= 0 && y >= 0 && x <= width && y <= height ? [k] : [];
  });
}

/** `count` places on the straight line from one to the other, both ends among them. */
export function along([ax, ay]: Point, [bx, by]: Point, count: number): Point[] {
  return Array.from({ length: count }, (_, k): Point => {
    const share = count === 1 ? 0 : k / (count - 1);
    return [ax + share * (bx - ax), ay + share * (by - ay)];
  });
}

/** The `count` points nearest to any of some places, each once. */
export function around(points: readonly Point[], places: readonly Point[], count: number): number[] {
  const found = new Set<number>();
  for (const [x, y] of places) {
    const away = points.map(([px, py], k) => [(px - x) ** 2 + (py - y) ** 2, k] as const).sort((a, b) => a[0] - b[0]);
    for (const [, k] of away.slice(0, count)) found.add(k);
  }
  return [...found].sort((a, b) => a - b);
}
