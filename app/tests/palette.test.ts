import { describe, expect, it } from "vitest";
import { melody } from "../src/music/score";
import { Recent } from "../src/tools/palette/cache";
import { Newest } from "../src/tools/palette/newest";
import { distinct, lengthOf, MOST_POINTS, placesFor, reordered, resampled, simplified } from "../src/tools/palette/path";
import { cellAt, cellPlace, coarseToFine, describeNotes, describePlace, drawnAt, isCell, placeAt, rounded, weights, type Place } from "../src/tools/palette/square";

describe("places in the square", () => {
  it.each([3, 5, 9])("come back from where they are drawn in a pad of %i cells", (size) => {
    for (const share of [0, 0.25, 0.5, 0.731, 1]) expect(placeAt(drawnAt(share, size), size)).toBeCloseTo(share, 12);
    expect(placeAt(0, size)).toBe(0);
    expect(placeAt(1, size)).toBe(1);
  });

  it("lie in cells", () => {
    expect(cellAt([0.5, 0.9], 5)).toEqual({ row: 4, column: 2 });
    expect(isCell(cellPlace(1, 2, 4), 4)).toBe(true);
    expect(isCell([0.4, 0.4], 5)).toBe(false);
    expect(rounded([0.123456, -1])).toEqual([0.12, 0]);
  });

  it("have shares of the corners that sum to 1", () => {
    expect(weights([0.25, 0.5]).reduce((sum, share) => sum + share)).toBeCloseTo(1);
    expect(describePlace([1, 0])).toBe("100 % top right");
    expect(describePlace([0.8, 0.2])).toBe("64 % top right");
    expect(describePlace([0.5, 0])).toBe("halfway between top left and top right");
    expect(describePlace([0.5, 0.5])).toBe("the middle");
  });

  it("are told with their notes", () => {
    expect(describeNotes(melody([[0, 1, 60, 80], [1, 1, 79, 80]]))).toBe("2 notes, C4 to G5");
    expect(describeNotes({ ...melody([]), tracks: [{ notes: [[0, 0.25, 36, 80]], drum: true }] })).toBe("1 stroke");
  });

  it.each([3, 4, 5, 6, 9])("come coarse ones first: %i cells a side", (size) => {
    const cells = coarseToFine(size);
    expect(new Set(cells.map(({ row, column }) => `${row},${column}`)).size).toBe(size * size);
    expect(cells.slice(0, 4)).toEqual([[0, 0], [0, size - 1], [size - 1, 0], [size - 1, size - 1]].map(([row, column]) => ({ row, column })));
    const middle = Math.floor((size - 1) / 2);
    expect(cells.slice(4, 9)).toContainEqual({ row: middle, column: middle });
  });
});

describe("a path", () => {
  const corner: Place[] = [[0, 0], [1, 0], [1, 1]];

  it("is resampled evenly, ends included", () => {
    expect(resampled(corner, 5)).toEqual([[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1]]);
    expect(resampled(corner, 2)).toEqual([[0, 0], [1, 1]]);
  });

  it("of one place, or none, is no trouble", () => {
    expect(resampled([[0.3, 0.3]], 3)).toEqual([[0.3, 0.3], [0.3, 0.3], [0.3, 0.3]]);
    expect(resampled([[0.3, 0.3], [0.3, 0.3]], 2)).toEqual([[0.3, 0.3], [0.3, 0.3]]);
    expect(resampled([], 3)).toEqual([]);
    expect(placesFor([], 64)).toBe(0);
  });

  it("has steps of the same length wherever its points are", () => {
    const uneven: Place[] = [[0, 0], [0.01, 0], [0.02, 0.01], [0.5, 0.5], [0.5, 0.5], [1, 0.2]];
    const points = resampled(uneven, 40);
    expect(points).toHaveLength(40);
    expect(lengthOf(points)).toBeLessThanOrEqual(lengthOf(uneven) + 1e-9);
    expect(points[0]).toEqual([0, 0]);
    expect(points[39]).toEqual([1, 0.2]);
  });

  it("is simplified to few points close by", () => {
    const drawn = Array.from({ length: 200 }, (_, k): Place => [k / 199, 0.5 + 0.3 * Math.sin(k / 20)]);
    const kept = simplified(drawn);
    expect(kept.length).toBeLessThan(30);
    expect(kept[0]).toEqual(drawn[0]);
    expect(kept[kept.length - 1]).toEqual(drawn[199]);
    expect(simplified([[0, 0], [0.5, 0.001], [1, 0]])).toEqual([[0, 0], [1, 0]]);
    const noisy = Array.from({ length: 500 }, (_, k): Place => [k / 499, (k * 7919) % 97 / 96]);
    expect(simplified(noisy).length).toBeLessThanOrEqual(MOST_POINTS);
  });

  it("plays a loop once where it stays, and again where it comes back", () => {
    const loop = (pitch: number) => ({ score: melody([[0, 1, pitch, 80]]), quarters: 8 });
    const heard = distinct([60, 60, 61, 61, 61, 60].map(loop)).map(({ score }) => score.tracks[0]!.notes[0]![2]);
    expect(heard).toEqual([60, 61, 60]);
  });

  it("has waypoints in another order", () => {
    expect(reordered(corner, 0, 1)).toEqual([[1, 0], [0, 0], [1, 1]]);
    expect(reordered(corner, 0, -1)).toEqual(corner);
    expect(reordered(corner, 2, 1)).toEqual(corner);
  });
});

describe("the last values", () => {
  it("forget the one that was asked for longest ago", () => {
    const recent = new Recent<number>(2);
    recent.set("a", 1);
    recent.set("b", 2);
    expect(recent.get("a")).toBe(1);
    recent.set("c", 3);
    expect([recent.get("a"), recent.get("b"), recent.get("c"), recent.size]).toEqual([1, undefined, 3, 2]);
  });
});

describe("work for a hand that moves", () => {
  function desk() {
    const begun: { what: number; signal: AbortSignal; end: () => void }[] = [];
    const errors: unknown[] = [];
    const newest = new Newest<number>((what, signal) => new Promise((end, fail) => {
      begun.push({ what, signal, end });
      signal.addEventListener("abort", () => fail(new DOMException("", "AbortError")));
    }), (error) => errors.push(error));
    return { begun, errors, newest };
  }
  const turn = () => new Promise<void>((done) => setTimeout(done));

  it("lets what runs finish and then does only the newest", async () => {
    const { begun, newest } = desk();
    newest.ask(1);
    newest.ask(2);
    newest.ask(3);
    expect(begun.map(({ what }) => what)).toEqual([1]);
    begun[0]!.end();
    await turn();
    expect(begun.map(({ what }) => what)).toEqual([1, 3]);
    begun[1]!.end();
    await turn();
    expect(newest.current).toBeNull();
  });

  it("gives up all that is older where the hand rests", async () => {
    const { begun, errors, newest } = desk();
    newest.ask(1);
    newest.ask(2);
    newest.settle(3);
    expect(begun.map(({ what, signal }) => [what, signal.aborted])).toEqual([[1, true], [3, false]]);
    begun[1]!.end();
    await turn();
    expect(begun).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it("can be content with what runs", async () => {
    const { begun, newest } = desk();
    newest.ask(1);
    newest.ask(2);
    expect(newest.current).toBe(1);
    newest.hold();
    begun[0]!.end();
    await turn();
    expect(begun).toHaveLength(1);
  });

  it("tells of errors and goes on", async () => {
    const errors: unknown[] = [];
    const newest = new Newest<number>((what) => (what === 1 ? Promise.reject(new Error("no")) : Promise.resolve()), (error) => errors.push(error));
    newest.ask(1);
    await turn();
    expect([errors.length, newest.current]).toEqual([1, null]);
  });
});
