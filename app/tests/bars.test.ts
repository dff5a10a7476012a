import { describe, expect, it } from "vitest";
import { heardAround, placeOf, ranges, resized, spellBars, stretchOf, type Range } from "../src/music/bars";
import { barStarts, melody, type Score } from "../src/music/score";

describe("chosen bars", () => {
  it("are ranges, in order and apart from each other", () => {
    expect(ranges([8, 5, 6, 7, 12, 12])).toEqual([[5, 8], [12, 12]]);
    expect(ranges([])).toEqual([]);
    expect([spellBars([5, 6, 7, 8]), spellBars([3]), spellBars([9, 1, 2])]).toEqual(["bars 5-8", "bar 3", "bars 1-2, 9"]);
  });

  it.each([
    [[5], 1, [5, 6]], [[5, 6], 1, [5, 6, 7, 8]], [[5, 6, 7], 1, [5, 6, 7, 8]], [[5, 6, 7], -1, [5, 6]], [[5, 6], -1, [5]], [[5], -1, [5]],
    [[2, 3, 4, 5, 6, 7, 8, 9], 1, [2, 3, 4, 5, 6, 7, 8, 9]],
  ] as const)("%j grow or shrink by %i to %j", (bars, way, wanted) => {
    expect([...resized(bars, way, 16)]).toEqual(wanted);
  });

  it("stay in the score: they grow backwards at its end", () => {
    expect([...resized([16], 1, 16)]).toEqual([15, 16]);
    expect([...resized([2, 3], 1, 3)]).toEqual([1, 2, 3]);
    expect([...resized([1], 1, 1)]).toEqual([1]);
  });

  it("grow range by range, and become one where they meet", () => {
    expect([...resized([1, 9], 1, 16)]).toEqual([1, 2, 9, 10]);
    expect(ranges(resized([1, 3], 1, 16))).toEqual([[1, 4]]);
  });

  it("begin with the first bar where none is chosen", () => {
    expect([...resized([], 1, 16)]).toEqual([1]);
    expect([...resized([], -1, 16)]).toEqual([]);
  });
});

describe("what is heard around a gap", () => {
  // as scorespace.space.inpainting makes its views
  const cases: [Range[], number, number, Range[]][] = [
    [[[5, 8]], 16, 16, [[1, 16]]],
    [[[5, 8]], 32, 16, [[1, 16]]],
    [[[20, 23]], 32, 16, [[14, 29]]],
    [[[1, 4]], 40, 16, [[1, 16]]],
    [[[37, 40]], 40, 16, [[25, 40]]],
    [[[5, 20]], 40, 16, [[1, 24]]],
    [[[3, 4], [30, 31]], 40, 16, [[1, 16], [23, 38]]],
    [[[2, 2]], 8, 16, [[1, 8]]],
    [[[10, 12]], 40, 5, [[9, 13]]],
  ];
  it.each(cases)("gaps %j of %i bars, %i at a time: %j", (gaps, count, size, wanted) => {
    expect(ranges(heardAround(gaps, [1, count], size))).toEqual(wanted);
  });

  it("stays in the stretch of one metre", () => {
    expect(ranges(heardAround([[10, 11]], [9, 12], 16))).toEqual([[9, 12]]);
  });
});

describe("metres", () => {
  const score: Score = { tracks: [{ notes: [[0, 40, 60, 80]] }], tempos: [[0, 120]], metres: [[0, 4, 4], [8, 2, 2], [16, 3, 4], [25, 6, 8]] };
  const starts = barStarts(score);

  it("divide a score into stretches; 2/2 counts as 4/4", () => {
    expect([1, 4, 5, 7, 8].map((bar) => stretchOf(score, bar, starts))).toEqual([[1, 4], [1, 4], [5, 7], [5, 7], [8, starts.length]]);
  });

  it("say how beats are counted", () => {
    expect([0, 3.5, 4, 17.5, 25, 26.5].map((time) => placeOf(score, time))).toEqual([[1, 1], [1, 4.5], [2, 1], [5, 2.5], [8, 1], [8, 4]]);
    expect(placeOf(melody([]), 5)).toEqual([2, 2]);
  });
});
