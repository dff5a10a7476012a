import { describe, expect, it } from "vitest";
import { cut } from "../src/music/cut";
import { difference, notesIn } from "../src/music/difference";
import { melody, type Score } from "../src/music/score";

const old = melody([[0, 1, 60, 80], [1, 1, 62, 80], [2, 1, 64, 80]]);

describe("the difference of two scores", () => {
  it("is none of a score and itself, whatever its lengths and velocities", () => {
    expect(difference(old, old)).toEqual({ fresh: new Set(), gone: 0 });
    expect(difference(old, melody([[0, 0.5, 60, 50], [1, 2, 62, 80], [2, 1, 64, 80]])).fresh.size).toBe(0);
  });

  it("names the notes that are new and counts those that are gone", () => {
    const { fresh, gone } = difference(old, melody([[0, 1, 60, 80], [1.5, 1, 62, 80], [2, 1, 65, 80], [3, 1, 64, 80]]));
    expect([...fresh]).toEqual(["0:1", "0:2", "0:3"]);
    expect(gone).toBe(2);
  });

  it("takes a played note for the one on the grid", () => {
    expect(difference(melody([[0.11, 1, 60, 80]]), melody([[0, 1, 60, 80]]))).toEqual({ fresh: new Set(), gone: 0 });
  });

  it("matches each note once", () => {
    const { fresh } = difference(melody([[0, 1, 60, 80]]), melody([[0, 1, 60, 80], [0, 1, 60, 80]]));
    expect([...fresh]).toEqual(["0:1"]);
  });

  it("keeps drums and other parts apart and goes across tracks", () => {
    const two: Score = { ...old, tracks: [{ notes: [[0, 1, 38, 80]], drum: true }, { notes: [[0, 1, 38, 80]] }] };
    const turned: Score = { ...two, tracks: [two.tracks[1]!, two.tracks[0]!] };
    expect(difference(two, turned)).toEqual({ fresh: new Set(), gone: 0 });
    expect(difference({ ...two, tracks: [two.tracks[0]!] }, { ...two, tracks: [two.tracks[1]!] })).toEqual({ fresh: new Set(["0:0"]), gone: 1 });
  });

  it("counts notes where a score is new", () => {
    expect(notesIn(old, [[1, 2], [2, 3]])).toBe(2);
  });
});

describe("a cut", () => {
  it("begins at 0 and shortens what goes beyond", () => {
    const score: Score = { ...old, tracks: [{ notes: [[0, 3, 60, 80], [3, 4, 62, 80], [6, 1, 64, 80]] }], tempos: [[0, 120], [3, 90]], metres: [[0, 4, 4]] };
    const found = cut(score, 2, 5);
    expect(found.tracks[0]!.notes).toEqual([[0, 1, 60, 80], [1, 2, 62, 80]]);
    expect(found.tempos).toEqual([[0, 120], [1, 90]]);
    expect(found.metres).toEqual([[0, 4, 4]]);
  });
});
