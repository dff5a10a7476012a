/** The music code against the answers of the Python library: tests/golden/music.json, checked there too. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DRUMS, drumClass, ROWS_FROM_TOP } from "../src/music/drums";
import { pitchClasses, SCALES } from "../src/music/scales";
import { barStarts, endOf, melody, pitchName, pitchRange, sameNotes, wholeBars, type Score } from "../src/music/score";
import { beatLines } from "../src/ui/beats";

interface Case {
  readonly what: string;
  readonly score: Score;
  readonly wholeBars: number;
  readonly barLines: number[];
  readonly beatLines: number[];
}

const golden = JSON.parse(readFileSync(new URL("../../tests/golden/music.json", import.meta.url), "utf8")) as {
  bars: Case[];
  drums: Record<string, number[]>;
  scales: Record<string, number[]>;
};

describe.each(golden.bars)("$what", ({ score, wholeBars: whole, barLines, beatLines: beats }) => {
  const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4) as unknown);
  it("has the same bars", () => {
    expect(wholeBars(score)).toBeCloseTo(whole, 4);
    expect(barStarts(score, whole)).toEqual(near(barLines));
  });
  it("has the same beats", () => {
    expect(beatLines(score, barStarts(score, whole), whole)).toEqual(near(beats));
  });
});

describe("drums", () => {
  it("are those of the library", () => {
    expect(Object.fromEntries(DRUMS.map(({ name, pitches }) => [name, pitches]))).toEqual(golden.drums);
  });
  it("have a row each", () => {
    expect([...ROWS_FROM_TOP].sort()).toEqual(DRUMS.map((_, i) => i));
    expect(drumClass(35)).toBe(0);
    expect(drumClass(1)).toBeNull();
  });
});

describe("scales", () => {
  it("are those of the library", () => {
    expect(SCALES).toEqual(golden.scales);
  });
  it("begin at their tonic", () => {
    expect([...pitchClasses(2, "major")].sort((a, b) => a - b)).toEqual([1, 2, 4, 6, 7, 9, 11]);
    expect(pitchClasses(null, "major").size).toBe(12);
  });
});

describe("scores", () => {
  it("know their notes", () => {
    const tune = melody([[0, 1, 60, 80], [1, 2, 67, 80]]);
    expect(endOf(tune)).toBe(3);
    expect(pitchRange(tune)).toEqual([60, 67]);
    expect(pitchName(60)).toBe("C4");
    expect(sameNotes(tune, melody([[0, 1, 60, 80], [1, 2, 67, 80]], 90))).toBe(true);
    expect(sameNotes(tune, melody([[0, 1, 60, 80]]))).toBe(false);
  });
});
