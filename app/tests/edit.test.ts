import { describe, expect, it } from "vitest";
import { melody } from "../src/music/score";
import type { Attribute, SpaceInfo } from "../src/server/api";
import { makeItem } from "../src/state/store";
import { grouped } from "../src/tools/edit/groups";
import { apart, degreesAt, likeliest, neighbour, onCircle, snapped, spellPlace } from "../src/tools/edit/circle";
import { scaleOf } from "../src/tools/edit/scale";
import { fitting, whatAsked } from "../src/tools/edit/state";

const genres = { rock: 0, game: 45, jazz: 90, rap_hip_hop: 135, rnb_soul: 180, classic: 225, pop: 270, country: 315 };

describe("the circle of genres", () => {
  it("goes round", () => {
    expect([apart(10, 350), apart(90, 270), neighbour(genres, 315, 1), neighbour(genres, 0, -1), neighbour(genres, 50, 1)]).toEqual([20, 180, "rock", "country", "jazz"]);
  });

  it("holds a puck that is let go near a petal", () => {
    expect([snapped(genres, 88), snapped(genres, 355), snapped(genres, 67.4)]).toEqual(["jazz", "rock", 67]);
    expect([spellPlace(genres, 67), spellPlace(genres, "rnb_soul"), spellPlace(genres, 350)]).toEqual(["between game and jazz", "rnb soul", "between country and rock"]);
  });

  it("runs against the clock on the screen", () => {
    const [x, y] = onCircle(90, 10);
    expect([Math.round(x), Math.round(y)]).toEqual([0, -10]);
    for (const degrees of Object.values(genres)) expect(apart(degreesAt(...onCircle(degrees, 7)), degrees)).toBeCloseTo(0);
  });

  it("knows what a song is most like", () => {
    expect([likeliest({ rock: 0.2, jazz: 0.5, pop: 0.3 }), likeliest({})]).toEqual(["jazz", null]);
  });
});

describe("a slider's scale", () => {
  it.each([
    ["share", [0, 0.6], [0.3], { min: 0, max: 0.76, step: 0.02 }],
    ["share", [0.05, 1], [], { min: 0, max: 1, step: 0.05 }],
    ["notes a bar", [0, 11.07], [9.5], { min: 0, max: 14, step: 0.5 }],
    ["semitones a bar", [-13.3, 13.3], [1.1], { min: -20, max: 20, step: 1 }],
    ["semitones a bar", [-0.95, 0.99], [], { min: -1.5, max: 1.5, step: 0.1 }],
  ] as const)("of %s from %j with %j", (unit, range, figures, wanted) => {
    expect(scaleOf({ unit, range }, figures)).toEqual(wanted);
  });

  it("holds what the song has, wherever that lies", () => {
    const { min, max } = scaleOf({ unit: "notes a bar", range: [3, 10] }, [20.25, undefined]);
    expect([min <= 3, max >= 20.25]).toEqual([true, true]);
  });
});

describe("attributes", () => {
  it("are grouped by part", () => {
    const named = (name: string) => ({ name }) as Attribute;
    expect(grouped([named("density"), named("density.bass"), named("rests"), named("density.drums"), named("rests.bass")]).map(([part, all]) => [part, all.map((each) => each.name)]))
      .toEqual([["", ["density", "rests"]], ["bass", ["density.bass", "rests.bass"]], ["drums", ["density.drums"]]]);
  });

  it("are spelt as they were asked", () => {
    expect(whatAsked({ density: 8, "note_length.bass": 1.25 })).toBe("density 8, note length of the bass 1.25");
  });
});

describe("a space that fits a song", () => {
  const space = (name: string, bars: number, parts: string[]) => ({ name, bars, parts, drums: parts.includes("drums"), verbs: ["edit"] }) as unknown as SpaceInfo;
  const all = [space("melody-2bar", 2, ["melody"]), space("melody-16bar", 16, ["melody"]), space("drums-2bar", 2, ["drums"]), space("trio-16bar", 16, ["melody", "bass", "drums"]), space("musae-2bar", 2, ["drums", "bass", "guitar", "strings"])];
  const tune = melody([[0, 1, 60, 80]]);
  const track = (drum: boolean) => ({ notes: [[0, 1, 40, 80]] as const, drum });

  it.each([
    ["a short line", tune, 8, "melody-2bar"],
    ["a long line", tune, 64, "melody-16bar"],
    ["a beat", { ...tune, tracks: [track(true)] }, 8, "drums-2bar"],
    ["a band", { ...tune, tracks: [track(true), track(false), track(false)] }, 64, "trio-16bar"],
    ["a short band", { ...tune, tracks: [track(true), track(false), track(false)] }, 8, "musae-2bar"],
  ])("is found for %s", (name, score, quarters, wanted) => {
    expect(fitting(all, makeItem(name, score, quarters))?.name).toBe(wanted);
  });

  it("is the one that made it", () => {
    const take = { verb: "sample", index: 0, space: "melody-2bar", seed: 1, provenance: {} };
    expect(fitting(all, makeItem("long", tune, 64, take))?.name).toBe("melody-2bar");
  });
});
