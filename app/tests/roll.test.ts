import { describe, expect, it } from "vitest";
import { melody, type Note, type Score } from "../src/music/score";
import { GRID, moved, nextFree, resized } from "../src/ui/notes";
import { actOf } from "../src/ui/rollKeys";
import { rowsOf, trackPath } from "../src/ui/rows";

const tune = melody([[0, 1, 60, 80], [1, 1, 67, 80]]);
const band: Score = { ...tune, tracks: [...tune.tracks, { notes: [[0, 0.25, 35, 90]], drum: true }] };

describe("rows", () => {
  it("reach over the notes and are the same object when they are the same", () => {
    const rows = rowsOf([tune], { spare: 1, least: 3 });
    expect(rows.rows.map((row) => row.pitch)).toEqual([68, 67, 66, 65, 64, 63, 62, 61, 60, 59]);
    expect(rowsOf([melody([[3, 1, 60, 1], [4, 1, 67, 1]])], { spare: 1, least: 3 })).toBe(rows);
    expect(rows.of(tune.tracks[0]!, 67)).toBe(1);
    expect(rows.of(tune.tracks[0]!, 90)).toBeNull();
  });

  it("put drums below, by class", () => {
    const rows = rowsOf([band], { spare: 0, least: 3 });
    expect(rows.rows[rows.rows.length - 1]).toMatchObject({ label: "kick", drum: true });
    expect(rows.of(band.tracks[1]!, 35)).toBe(rows.rows.length - 1);
    expect(rowsOf([band], { allDrums: true }).rows.filter((row) => row.drum).length).toBe(9);
  });

  it("stand for silence too, and for more notes than a call takes arguments", () => {
    expect(rowsOf([melody([])]).rows.length).toBeGreaterThan(10);
    const many = melody(Array.from({ length: 200_000 }, (_, i) => [i / 4, 0.25, 60 + (i % 3), 80] as const));
    expect(rowsOf([many], { spare: 0, least: 3 }).rows.length).toBe(3);
    expect(trackPath(tune.tracks[0]!, rowsOf([tune]))).toContain("M1 ");
  });
});

describe("one note", () => {
  const note: Note = [1, 1, 60, 80];
  it("moves inside of the score", () => {
    expect(moved(note, 0.5, 2, false, 8)).toEqual([1.5, 1, 62, 80]);
    expect(moved(note, -9, -99, false, 8)).toEqual([0, 1, 0, 80]);
    expect(moved(note, 99, 0, false, 8)).toEqual([7.75, 0.25, 60, 80]);
    expect(moved([0, 0.25, 36, 80], 0, 1, true, 8)[2]).toBe(38);
  });
  it("grows and shrinks to a step, finer by choice", () => {
    expect(resized(note, 9, 8)[1]).toBe(7);
    expect(resized(note, -0.75, 8)[1]).toBe(GRID);
    expect(resized(note, -9, 8)[1]).toBe(GRID);
    expect(resized([0, GRID, 60, 80], -GRID / 12, 8)[1]).toBeCloseTo(GRID - GRID / 12);
  });
  it("follows the last one", () => {
    expect(nextFree(tune.tracks[0], 8)).toEqual([2, 1, 67, 80]);
    expect(nextFree(undefined, 8)).toEqual([0, 1, 60, 80]);
    expect(nextFree(tune.tracks[0], 2)[0]).toBe(1.75);
  });
});

describe("keys", () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}, chosen = "0:0") => actOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more } as KeyboardEvent, tune, chosen, 8);
  it.each<[string, Partial<KeyboardEvent>, unknown]>([
    ["ArrowRight", {}, { kind: "put", note: [0.25, 1, 60, 80] }],
    ["ArrowUp", {}, { kind: "put", note: [0, 1, 61, 80] }],
    ["ArrowUp", { shiftKey: true }, { kind: "put", note: [0, 1, 72, 80] }],
    ["ArrowRight", { shiftKey: true }, { kind: "put", note: [0, 1.25, 60, 80] }],
    ["Delete", {}, { kind: "put", note: null }],
    ["+", {}, { kind: "put", note: [0, 1, 60, 88] }],
    ["PageDown", {}, { kind: "go", key: "0:1" }],
    ["Home", {}, { kind: "go", key: "0:0" }],
    ["Insert", {}, { kind: "add" }],
    ["z", { ctrlKey: true }, null],
    ["x", {}, null],
  ])("%s", (key, more, act) => {
    expect(press(key, more)).toEqual(act);
  });
});
