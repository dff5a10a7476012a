import { describe, expect, it } from "vitest";
import { melody } from "../src/music/score";
import { checkSession, parseSession } from "../src/state/check";
import { essence, fragmentOf, LONGEST_LINK, sessionIn } from "../src/state/link";
import { DEFAULTS, EMPTY, type Session } from "../src/state/session";
import { makeItem } from "../src/state/store";

const tune = melody([[0, 1, 60, 80], [1, 0.5, 62, 81]]);
const take = { verb: "vary", index: 1, space: "melody-2bar", seed: 7, provenance: { verb: "vary", inputs: [] } };

function sample(): Session {
  const items = [makeItem("Tune ♯1", tune), makeItem("take", tune, 8, take)];
  return { ...EMPTY, items, selected: items[1]!.id, tools: { sketch: { amount: 0.4, melody: items[0]!.id } }, settings: { ...DEFAULTS, tonic: 2 } };
}

describe("a session's file", () => {
  it("comes back as it was", () => {
    const session = sample();
    expect(parseSession(JSON.stringify(session))).toEqual(session);
    expect(parseSession(JSON.stringify(EMPTY))).toEqual(EMPTY);
  });

  it.each([
    ["{", "it is not JSON"],
    ["[]", "no format number"],
    ["{\"format\":2,\"items\":[]}", "its format is 2"],
    ["{\"format\":1,\"items\":[{}]}", "item 1: it has no id"],
  ])("says what is wrong with %s", (text, sentence) => {
    expect(() => parseSession(text, "x.json")).toThrow(sentence);
    expect(() => parseSession(text, "x.json")).toThrow("x.json");
  });

  const broken: [string, (session: ReturnType<typeof loose>) => void, string][] = [
    ["a pitch", (s) => { s.items[0].score.tracks[0].notes[1][2] = 128; }, "item 1: note 2 of track 1 is damaged"],
    ["a time", (s) => { s.items[1].score.tracks[0].notes[0][0] = -1; }, "item 2: note 1 of track 1 is damaged"],
    ["a length", (s) => { s.items[0].quarters = 0; }, "item 1: its length"],
    ["a tempo", (s) => { s.items[0].score.tempos = []; }, "item 1: its tempos are damaged"],
    ["a metre", (s) => { s.items[0].score.metres[0][0] = 4; }, "item 1: its metres are damaged"],
    ["a program", (s) => { s.items[0].score.tracks[0].program = 400; }, "has program 400"],
    ["two ids", (s) => { s.items[1].id = s.items[0].id; }, "two items have the same id"],
    ["a take", (s) => { s.items[1].take = { verb: "vary" }; }, "item 2: what is said of how it was made is damaged"],
    ["the tools", (s) => { s.tools = { sketch: 3 }; }, "what its tools keep is damaged"],
  ];
  it.each(broken)("is refused for %s that cannot be", (_, spoil, sentence) => {
    const session = loose();
    spoil(session);
    expect(() => checkSession(session, "x.json")).toThrow(sentence);
  });

  it("passes over settings and tools that it does not know", () => {
    const found = checkSession({ ...sample(), tool: "dance", tools: { dance: {} }, settings: { swing: 9, volume: 0.5, colour: "red" }, selected: "gone" });
    expect(found.settings).toEqual({ ...DEFAULTS, volume: 0.5 });
    expect(found.tools).toEqual({});
    expect(found.tool).toBe("sketch");
    expect(found.selected).toBe(found.items[0]!.id);
  });
});

describe("a link", () => {
  it("holds the selected item and what the tool names", () => {
    const session = sample();
    expect(sessionIn(`#${fragmentOf(session)}`)).toEqual(session);
    expect(sessionIn(`#token=abc&${fragmentOf(session)}`)).toEqual(session);
  });

  it("leaves out what is neither selected nor named", () => {
    const session = { ...sample(), tools: {} };
    expect(essence(session).items.map((item) => item.name)).toEqual(["take"]);
  });

  it("goes without provenance where that would be too long", () => {
    const session = sample();
    const noise = Array.from({ length: 4000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 0));
    const heavy = { ...session, items: session.items.map((item) => (item.take ? { ...item, take: { ...take, provenance: { noise } } } : item)) };
    const fragment = fragmentOf(heavy)!;
    expect(fragment.length).toBeLessThan(LONGEST_LINK);
    expect(sessionIn(fragment)!.items[1]!.take).toBeUndefined();
  });

  it("is refused where even the notes are too many", () => {
    const notes = Array.from({ length: 6000 }, (_, i) => [i / 7, 0.1 + (i % 13) / 17, (i * 37) % 128, 1 + ((i * 61) % 126)] as const);
    const item = makeItem("long", melody(notes));
    expect(fragmentOf({ ...EMPTY, items: [item], selected: item.id })).toBeNull();
  });

  it("that is damaged says so, and none is null", () => {
    expect(sessionIn("#token=abc")).toBeNull();
    expect(() => sessionIn("#s=AAAA")).toThrow("damaged");
    expect(() => sessionIn(`#${fragmentOf(sample())!.slice(0, 60)}`)).toThrow();
  });
});

/** The same as plain JSON: what a test spoils has no type any more. */
function loose(): any {
  return JSON.parse(JSON.stringify(sample()));
}
