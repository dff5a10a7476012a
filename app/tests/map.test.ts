import { describe, expect, test } from "vitest";
import { along, around, fit, inDirection, lassoed, nearest, onMap, onScreen, seen, within, zoomed } from "../src/tools/map/geometry";
import { colours, legend } from "../src/tools/map/colours";
import type { Laid, Point } from "../src/tools/map/laid";

const SQUARE: Point[] = [[0, 0], [10, 0], [10, 10], [0, 10]];

describe("the view", () => {
  test("shows all points and turns y round", () => {
    const view = fit(SQUARE, 200, 100);
    expect(onScreen(view, [5, 5])).toEqual([100, 50]);
    expect(onScreen(view, [0, 10])[1]).toBeLessThan(onScreen(view, [0, 0])[1]);
    expect(seen(SQUARE, view, 200, 100)).toEqual([0, 1, 2, 3]);
    expect(onMap(view, onScreen(view, [3, 7]))).toEqual([expect.closeTo(3), expect.closeTo(7)]);
  });

  test("zooms around a place", () => {
    const view = zoomed(fit(SQUARE, 100, 100), 4, [50, 50]);
    expect(onMap(view, [50, 50])).toEqual([expect.closeTo(5), expect.closeTo(5)]);
    expect(seen([...SQUARE, [5, 5]], view, 100, 100)).toEqual([4]);
  });

  test("of one point or none is still a view", () => {
    expect(Number.isFinite(onScreen(fit([[3, 3]], 100, 100), [3, 3])[0])).toBe(true);
    expect(fit([], 100, 100).scale).toBe(1);
  });
});

test("the nearest point within reach is meant", () => {
  expect(nearest(SQUARE, [9, 1])).toBe(1);
  expect(nearest(SQUARE, [5, 5], 2)).toBe(-1);
});

test("arrows go to the nearest point in their direction", () => {
  const points: Point[] = [[0, 0], [1, 5], [5, 1], [-4, 1], [1, -3], [9, 0]];
  expect((["up", "right", "left", "down"] as const).map((way) => inDirection(points, 0, way))).toEqual([1, 2, 3, 4]);
  expect(inDirection(points, 2, "right")).toBe(5);
  expect(inDirection(points, 5, "right")).toBe(5);
});

test("a lasso holds what lies within its line, bends and all", () => {
  const bent: Point[] = [[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]];
  expect(within(bent, [1, 5])).toBe(true);
  expect(within(bent, [5, 6])).toBe(false);
  expect(lassoed([[1, 5], [5, 6], [9, 5], [20, 5]], bent)).toEqual([0, 2]);
  expect(lassoed([[1, 5]], [[0, 0], [1, 1]])).toEqual([]);
});

test("places on a line, and the points around them", () => {
  expect(along([0, 0], [4, 2], 3)).toEqual([[0, 0], [2, 1], [4, 2]]);
  expect(around(SQUARE, [[0, 1], [10, 1]], 1)).toEqual([0, 1]);
});

test("colours run from the lowest to the highest, or differ by name", () => {
  const laid = { names: ["a", "b", "a"], attributes: { density: { unit: "notes a bar", values: [1, 3, 2] } } } as unknown as Laid;
  const [low, high, middle] = colours(laid, "density");
  expect(new Set([low, high, middle]).size).toBe(3);
  expect(legend(laid, "density")).toEqual({ kind: "range", low: 1, high: 3, unit: "notes a bar" });
  const byName = colours(laid, "name");
  expect(byName[0]).toBe(byName[2]);
  expect(byName[0]).not.toBe(byName[1]);
  expect(colours(laid, "gone")).toEqual([]);
});
