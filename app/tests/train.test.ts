import { describe, expect, test } from "vitest";
import { CHARTS, collapse, curvesOf, pathOf, scaleOf, spread, type Figures } from "../src/tools/train/curves";

const chart = (name: string) => CHARTS.find((each) => each.name === name)!;
const LINES: Figures[] = [
  { step: 10, kind: "train", loss: 60, reconstruction: 58, kl: 3, accuracy: 0.1 },
  { step: 20, kind: "train", loss: 50, reconstruction: 47, kl: 6, accuracy: 0.2 },
  { step: 20, kind: "held-out", loss: 51, nll: 55, reconstruction: 48, kl: 7, next_step_accuracy: 0.25, accuracy: 0.05, active_dimensions: 5 },
];

describe("curves", () => {
  test("are one in training and one on held-out phrases", () => {
    expect(curvesOf(chart("reconstruction"), LINES)).toEqual([
      { kind: "train", places: [[10, 58], [20, 47]] }, { kind: "held-out", places: [[20, 48]] },
    ]);
    expect(curvesOf(chart("active"), LINES)).toEqual([{ kind: "held-out", places: [[20, 5]] }]);
    expect(curvesOf(chart("kl"), [{ step: 1, kind: "train", loss: 3 }])).toEqual([]);
  });

  test("the ELBO is minus the bound, or made of its two parts", () => {
    expect(curvesOf(chart("elbo"), LINES)).toEqual([
      { kind: "train", places: [[10, -61], [20, -53]] }, { kind: "held-out", places: [[20, -55]] },
    ]);
  });

  test("of a model without z show the loss", () => {
    expect(curvesOf(chart("reconstruction"), [{ step: 1, kind: "train", loss: 3 }])[0]!.places).toEqual([[1, 3]]);
  });
});

describe("scales", () => {
  test("have round ticks that hold every value", () => {
    expect(scaleOf([0.12, 0.48], true)).toEqual({ low: 0, high: 0.6, ticks: [0, 0.2, 0.4, 0.6] });
    expect(scaleOf([47, 58], false)).toEqual({ low: 45, high: 60, ticks: [45, 50, 55, 60] });
    for (const values of [[3], [0, 0], [-61, -53], [1e-6, 2e-6], [12_345, 99_999]]) {
      const { low, high, ticks } = scaleOf(values, false);
      expect(low).toBeLessThanOrEqual(Math.min(...values));
      expect(high).toBeGreaterThanOrEqual(Math.max(...values));
      expect(high).toBeGreaterThan(low);
      expect(ticks.length).toBeLessThanOrEqual(7);
    }
    expect(scaleOf([0, 0], true)).toMatchObject({ low: 0, high: 1 });
    expect(scaleOf([], false).ticks).toEqual([0, 1]);
  });

  test("paths run from the left bottom to the right top", () => {
    const unit = { low: 0, high: 10, ticks: [] };
    expect(pathOf([[0, 0], [5, 10], [10, 5]], unit, unit, 100, 50)).toBe("M0.0 50.0L50.0 0.0L100.0 25.0");
  });
});

describe("collapse", () => {
  const at = (step: number, kl: number, active: number): Figures[] => [{ step, kind: "held-out", kl, active_dimensions: active }];
  test("is told by its figures, once the run has settled", () => {
    expect(collapse(at(200, 0.2, 3), 256, 200)).toMatch(/^3 of 256 dimensions in use: the KL is 0.20 nats/);
    expect(collapse(at(200, 9, 0), 256, 200)).toMatch(/^0 of 256/);
    expect(collapse(at(200, 9, 40), 256, 200)).toBeNull();
    expect(collapse(at(20, 0.2, 3), 256, 10_000)).toBeNull();
    expect(collapse([], 256, 100)).toBeNull();
    expect(collapse(at(200, 9, 0), 256, 200, 1)).toBeNull();
    expect(collapse(at(200, 0.2, 0), 256, 200, 1)).toMatch(/^z is hardly used/);
  });
});

test("tables show at most so many lines, the last among them", () => {
  expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
  expect(spread(Array.from({ length: 101 }, (_, k) => k), 5)).toEqual([0, 25, 50, 75, 100]);
});
