import { describe, expect, it } from "vitest";
import type { Note } from "../src/music/score";
import { along, bent, carriedOn, type Stroke } from "../src/tools/sketch/strokes";
import { barOf, drumRows, erased, lowFor, melodyRows, noteAt, painted, shifted, trimmed } from "../src/tools/sketch/grid";

const C_MAJOR = melodyRows([], 60, 0, "major");
const row = (pitch: number) => C_MAJOR.find((each) => each.pitch === pitch)!;

describe("rows", () => {
  it("are those of the scale, two octaves from the tonic", () => {
    expect(C_MAJOR.map((each) => each.pitch)).toEqual([84, 83, 81, 79, 77, 76, 74, 72, 71, 69, 67, 65, 64, 62, 60]);
    expect(melodyRows([], lowFor(9, 60), 9, "minor pentatonic").map((each) => each.pitch)).toEqual([81, 79, 76, 74, 72, 69, 67, 64, 62, 60, 57]);
  });

  it("are all twelve without a tonic", () => {
    const pitches = melodyRows([], 60, null, "major").map((each) => each.pitch);
    expect(pitches.length).toBe(18);
    expect(new Set(pitches.map((pitch) => pitch % 12)).size).toBe(12);
  });

  it("show notes that stand outside of the scale or the reach, and never lose them", () => {
    const notes: Note[] = [[0, 1, 61, 80], [1, 1, 40, 80]];
    const rows = melodyRows(notes, 60, 0, "major");
    expect(rows.filter((each) => each.outside).map((each) => each.pitch)).toEqual([61]);
    expect(rows[rows.length - 1]).toMatchObject({ pitch: 40, outside: false });
  });

  it("begin at the tonic at or below the wanted pitch", () => {
    expect([lowFor(0, 60), lowFor(2, 60), lowFor(11, 60), lowFor(null, 62)]).toEqual([60, 50, 59, 60]);
  });

  it("are the nine drums, cymbals above", () => {
    expect(drumRows().map((each) => each.label)).toEqual([
      "crash", "ride", "open hi-hat", "closed hi-hat", "high tom", "mid tom", "low tom", "snare", "kick",
    ]);
  });
});

describe("strokes", () => {
  it("write notes of whole steps", () => {
    expect(painted([], row(60), 4, 7, false)).toEqual([[1, 1, 60, 80]]);
    expect(painted([], row(60), 7, 4, false)).toEqual([[1, 1, 60, 80]]);
  });

  it("cut what they cover on their row and leave the others", () => {
    const notes: Note[] = [[0, 2, 60, 80], [0, 4, 64, 80], [3, 1, 60, 80]];
    expect(painted(notes, row(60), 4, 13, false)).toEqual([[0, 1, 60, 80], [0, 4, 64, 80], [1, 2.5, 60, 80]]);
  });

  it("find and erase the note that sounds on a step", () => {
    const notes: Note[] = [[1, 1, 60, 80]];
    expect([3, 4, 7, 8].map((step) => noteAt(notes, row(60), step, false))).toEqual([-1, 0, 0, -1]);
    expect(erased(notes, row(60), 6, false)).toEqual([]);
    expect(erased(notes, row(62), 6, false)).toBe(notes);
  });

  it("know every pitch of a drum's class", () => {
    const kick = drumRows()[8]!;
    const notes: Note[] = [[0, 0.25, 35, 80]];
    expect(noteAt(notes, kick, 0, true)).toBe(0);
    expect(noteAt(notes, kick, 1, true)).toBe(-1);
    expect(painted(notes, kick, 0, 0, true)).toEqual([[0, 0.25, 36, 80]]);
  });
});

describe("length and height", () => {
  it("know the metres", () => {
    expect([barOf("4/4"), barOf("3/4"), barOf("6/8")]).toEqual([4, 3, 3]);
  });
  it("cut at the end", () => {
    expect(trimmed([[0, 5, 60, 80], [4, 1, 60, 80]], 4)).toEqual([[0, 4, 60, 80]]);
  });
  it("move by octaves as far as there are pitches", () => {
    const notes: Note[] = [[0, 1, 120, 80]];
    expect(shifted(notes, 1)).toBe(notes);
    expect(shifted(notes, -1)).toEqual([[0, 1, 108, 80]]);
  });
});

describe("drags", () => {
  const sheet = { rows: C_MAJOR, drum: false, all: 32 };
  const at = (pitch: number, step: number) => ({ row: C_MAJOR.indexOf(row(pitch)), step });
  const stroke = (kind: Stroke["kind"], from: Stroke["from"], base: readonly Note[]): Stroke => ({
    kind, merge: "", base, from, last: from, place: 0, y: 100, changed: false,
  });

  it("pass over no cell, however quick they are", () => {
    expect(along({ row: 8, step: 0 }, { row: 4, step: 4 })).toEqual([
      { row: 7, step: 1 }, { row: 6, step: 2 }, { row: 5, step: 3 }, { row: 4, step: 4 },
    ]);
    expect(along({ row: 3, step: 2 }, { row: 5, step: 2 })).toEqual([{ row: 5, step: 2 }]);
  });

  it("lengthen along a row and begin a note on another", () => {
    const first = painted([], row(60), 0, 0, false);
    const now = stroke("paint", at(60, 0), []);
    expect(carriedOn(now, at(60, 3), first, sheet)).toEqual([[0, 1, 60, 80]]);
    now.last = at(60, 3);
    expect(carriedOn(now, at(62, 4), [[0, 1, 60, 80]], sheet)).toEqual([[0, 1, 60, 80], [1, 0.25, 62, 80]]);
  });

  it("move, stretch and bend the note that they began on", () => {
    const notes: Note[] = [[1, 1, 60, 80]];
    expect(carriedOn(stroke("move", at(60, 5), notes), at(64, 9), notes, sheet)).toEqual([[2, 1, 64, 80]]);
    expect(carriedOn(stroke("move", at(60, 5), notes), at(60, 31), notes, sheet)).toEqual([[7.5, 0.5, 60, 80]]);
    expect(carriedOn(stroke("length", at(60, 7), notes), at(60, 11), notes, sheet)).toEqual([[1, 2, 60, 80]]);
    expect(bent(stroke("velocity", at(60, 4), notes), 60)).toEqual([[1, 1, 60, 120]]);
    expect(bent(stroke("velocity", at(60, 4), notes), 400)).toEqual([[1, 1, 60, 1]]);
  });
});
