import { expect, it } from "vitest";
import { melody, type Note, type Score } from "../src/music/score";
import type { SpaceInfo } from "../src/server/api";
import { suiting } from "../src/server/suits";

const space = (name: string, bars: number, parts: readonly string[], verbs: readonly string[] = []): SpaceInfo => ({
  name, limits: "", bars, metres: ["4/4"], parts, drums: parts.includes("drums"), inpaints: false, verbs, attributes: [], genres: {}, styles: [],
});
const ALL = [
  space("band-1bar", 1, ["band"]), space("drums-2bar", 2, ["drums"]), space("groove-2bar", 2, ["drums"], ["humanise"]), space("melody-16bar", 16, ["melody"]),
  space("melody-2bar", 2, ["melody"]), space("melody-32bar", 32, ["melody"]), space("musae-16bar", 16, ["drums", "bass", "guitar", "strings"]),
  space("musae-2bar", 2, ["drums", "bass", "guitar", "strings"]), space("roll-2bar", 2, ["piano"]), space("trio-16bar", 16, ["melody", "bass", "drums"]),
];
const line = (bars: number): Note[] => Array.from({ length: 4 * bars }, (_, k) => [k, 1, 60 + (k % 7), 80]);
const song = (bars: number, parts: readonly ("melody" | "bass" | "drums" | "guitar")[]): Score => ({
  ...melody([]), tracks: parts.map((part) => ({ notes: line(bars), ...(part === "drums" ? { drum: true } : {}), program: part === "bass" ? 32 : 0 })),
});
const chords: Score = melody(line(2).flatMap((note): Note[] => [note, [note[0], 1, note[2] + 4, 80]]));

it.each([
  ["two bars of melody", song(2, ["melody"]), 8, "melody-2bar"],
  ["sixteen bars of melody", song(16, ["melody"]), 64, "melody-16bar"],
  ["thirty-two bars of melody", song(32, ["melody"]), 128, "melody-32bar"],
  ["eight bars of melody", song(8, ["melody"]), 32, "melody-2bar"],
  ["two bars of drums", song(2, ["drums"]), 8, "drums-2bar"],
  ["chords", chords, 8, "roll-2bar"],
  ["a trio", song(16, ["melody", "bass", "drums"]), 64, "trio-16bar"],
  ["a band of four", song(2, ["drums", "bass", "guitar", "melody"]), 8, "musae-2bar"],
])("%s", (_, score, quarters, expected) => {
  expect(suiting(ALL, [{ score, quarters }, { score, quarters }])?.name).toBe(expected);
});

it("takes of one space stay in it", () => {
  const item = { score: song(2, ["melody"]), quarters: 8, take: { verb: "sample", index: 0, space: "melody-32bar", seed: 1, provenance: {} } };
  expect(suiting(ALL, [item, item])?.name).toBe("melody-32bar");
  expect(suiting(ALL, [])?.name).toBe("melody-2bar");
  expect(suiting([], [item])).toBeNull();
});
