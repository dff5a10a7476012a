import { describe, expect, it } from "vitest";
import { join, offsetsOf, silenced } from "../src/music/join";
import { melody, type Score } from "../src/music/score";
import { joinedItem, joinedProvenance } from "../src/state/joined";
import type { TakeInfo } from "../src/state/session";

const a = melody([[0, 1, 60, 80], [6, 4, 62, 80]]);
const b = melody([[1, 1, 64, 90]], 90);

describe("join", () => {
  it("puts pieces one after another and shortens what rings on", () => {
    const joined = join([{ score: a, quarters: 8 }, { score: b, quarters: 8 }]);
    expect(joined.tracks[0]!.notes).toEqual([[0, 1, 60, 80], [6, 2, 62, 80], [9, 1, 64, 90]]);
    expect(joined.tempos).toEqual([[0, 120], [8, 90]]);
    expect(joined.metres).toEqual([[0, 4, 4]]);
  });

  it("lets the last piece ring on", () => {
    expect(join([{ score: a, quarters: 8 }]).tracks[0]!.notes[1]).toEqual([6, 4, 62, 80]);
  });

  it("leaves out notes that begin after their piece is over", () => {
    expect(join([{ score: melody([[0, 1, 60, 80], [8, 1, 61, 80]]), quarters: 8 }, { score: b, quarters: 8 }]).tracks[0]!.notes).toHaveLength(2);
  });

  it("goes by instruments where the tracks differ, drums last", () => {
    const drums: Score = { ...b, tracks: [{ notes: [[0, 0.25, 36, 80]], drum: true }, { notes: [[0, 1, 40, 80]], program: 32 }] };
    const joined = join([{ score: drums, quarters: 4 }, { score: a, quarters: 8 }]);
    expect(joined.tracks.map((track) => [track.program ?? 0, track.drum ?? false, track.notes.length])).toEqual([[0, false, 2], [32, false, 1], [0, true, 1]]);
    expect(joined.tracks[0]!.notes[0]![0]).toBe(4);
  });

  it("keeps the length of a silenced piece", () => {
    const { score, quarters } = silenced({ score: a, quarters: 8 });
    expect([score.tracks[0]!.notes.length, quarters]).toEqual([0, 8]);
    expect(offsetsOf([{ score, quarters }, { score, quarters: 4 }])).toEqual([0, 8, 12]);
  });
});

describe("what a joined item tells of how it was made", () => {
  const take = (index: number, inputs: unknown[]): TakeInfo => ({ verb: "vary", index, space: "s", seed: 7, provenance: { format: 1, verb: "vary", index, seed: 7, inputs } });

  it("names every score that went in once", () => {
    const record = joinedProvenance([take(0, ["x", "y"]).provenance, take(1, ["y"]).provenance]);
    expect(record.inputs).toEqual(["x", "y"]);
    expect((record.takes as { inputs: number[] }[]).map((each) => each.inputs)).toEqual([[0, 1], [1]]);
  });

  it("takes joined ones apart", () => {
    const inner = joinedProvenance([take(0, ["x"]).provenance, take(1, ["y"]).provenance]);
    const record = joinedProvenance([take(2, ["y"]).provenance, inner]);
    expect(record.inputs).toEqual(["y", "x"]);
    expect((record.takes as { index: number; inputs: number[] }[]).map((each) => [each.index, ...each.inputs])).toEqual([[2, 0], [0, 1], [1, 0]]);
  });

  it("tells nothing where a piece was changed by hand", () => {
    const whole = { score: a, quarters: 8, take: take(0, []) };
    expect(joinedItem("n", [whole, whole]).take?.verb).toBe("join");
    expect(joinedItem("n", [whole, { score: a, quarters: 8 }]).take).toBeUndefined();
    expect(joinedItem("n", [whole]).take?.verb).toBe("vary");
  });
});
