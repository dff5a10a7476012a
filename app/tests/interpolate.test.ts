import { describe, expect, it } from "vitest";
import { melody } from "../src/music/score";
import { blankRow, partAt, partsOf, placed, repeats, stations, touches, type Tile } from "../src/tools/interpolate/line";
import { shortened } from "../src/tools/interpolate/state";

const tile = (pitch: number, more: Partial<Tile> = {}): Tile => ({ score: melody([[0, 1, pitch, 80]]), quarters: 8, from: "line", times: 1, muted: false, ...more });
const row = (count: number) => Array.from({ length: count }, (_, k) => tile(60 + k));
const pitches = (tiles: readonly (Tile | null)[]) => tiles.map((each) => each?.score.tracks[0]!.notes[0]![2] ?? null);

describe("stations", () => {
  it.each([
    [2, 8, [0, 7]], [3, 8, [0, 4, 7]], [3, 6, [0, 2, 5]], [4, 8, [0, 2, 5, 7]], [4, 4, [0, 1, 2, 3]],
  ])("%i anchors in %i steps stand where Python puts them", (anchors, steps, expected) => {
    expect(stations(anchors, steps)).toEqual(expected);
  });
});

describe("what goes over into a new row", () => {
  const remade = (old: readonly (Tile | null)[], count: number) => {
    const done = touches(old, count);
    return row(count).reduce((made: (Tile | null)[], each, k) => placed(made, k, each, done), blankRow(count, done));
  };

  it("is what was done by hand, at the nearest place", () => {
    const old = row(5).map((each, k) => (k === 2 ? tile(99, { from: "vary" }) : k === 4 ? { ...each, muted: true } : each));
    const fresh = remade(old, 9);
    expect(pitches(fresh)).toEqual([60, 61, 62, 63, 99, 65, 66, 67, 68]);
    expect(fresh.map((each) => each?.muted)).toEqual([false, false, false, false, false, false, false, false, true]);
  });

  it("shows what is not of the line before the rest is made", () => {
    const done = touches([tile(1), tile(2, { from: "shelf", name: "x" }), { ...tile(3), times: 2 }], 3);
    expect(pitches(blankRow(3, done))).toEqual([null, 2, null]);
    expect(placed(blankRow(3, done), 2, tile(9), done)[2]!.times).toBe(2);
  });

  it("leaves tiles that stand alone when the rest of a row is made", () => {
    expect(pitches(placed([tile(1), null], 0, tile(2), new Map()))).toEqual([1, null]);
  });

  it("keeps one tile at a place when many come together", () => {
    expect(pitches(remade(row(8).map((each, k) => tile(80 + k, { from: "shelf", name: each.name })), 2))).toEqual([80, 84]);
  });

  it("begins anew from nothing", () => {
    expect(pitches(remade([], 3))).toEqual([60, 61, 62]);
  });
});

describe("what is heard", () => {
  it("has tiles twice, and silence where one is muted", () => {
    const parts = partsOf([tile(60, { times: 2 }), null, tile(61, { muted: true })], () => undefined);
    expect(parts.map(({ tile: place, part }) => [place, part.score.tracks[0]!.notes.length, part.quarters])).toEqual([[0, 1, 8], [0, 1, 8], [2, 0, 8]]);
  });

  it("is found by its time", () => {
    expect(partAt([0, 8, 16], 0)).toEqual({ part: 0, share: 0 });
    expect(partAt([0, 8, 16], 12)).toEqual({ part: 1, share: 0.5 });
    expect(partAt([0, 8, 16], 99)).toEqual({ part: 1, share: 1 });
  });

  it("names neighbours with the same notes", () => {
    expect(repeats([tile(60), tile(60), null, tile(61), tile(61), tile(61)])).toEqual([0, 3, 4]);
  });
});

it("texts that differ get keys that differ", () => {
  const texts = Array.from({ length: 2000 }, (_, k) => `[[0,1,${k % 128},80],[${k},1,60,80]]`);
  expect(new Set(texts.map(shortened)).size).toBe(texts.length);
});
