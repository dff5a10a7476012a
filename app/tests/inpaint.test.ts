import { beforeEach, describe, expect, it } from "vitest";
import { melody, type Note, type Score } from "../src/music/score";
import { EMPTY } from "../src/state/session";
import { begin, makeItem, shelve } from "../src/state/store";
import {
  argumentsOf, barsOf, chooseBars, gapsOf, inContext, locksOf, now, originalContext, ranked, set, songOf, toggleLock, whatOf, type Alternative,
} from "../src/tools/inpaint/state";

const notes: Note[] = Array.from({ length: 32 }, (_, i) => [i, 1, 60 + (i % 5), 80]);
const song = makeItem("tune", melody(notes), 32);
const asked = () => argumentsOf(now(), song);

function take(index: number, nats: number, score: Score = song.score, quarters = 32, marked: [number, number][] = [[16, 24]]): Alternative {
  return { verb: "inpaint", index, space: "folk-inpaint", seed: 1, score, quarters, marked, provenance: { nats, index } };
}

beforeEach(() => {
  begin(EMPTY);
  shelve("add", [song]);
});

describe("what is asked", () => {
  it("is nothing before bars are chosen", () => {
    expect(whatOf(now(), songOf(now())!)).toBeNull();
  });

  it("is ranges of bars with the notes that stay", () => {
    chooseBars(song, new Set([8, 5, 6, 7, 2]));
    toggleLock(song, "0:17");
    toggleLock(song, "0:8");
    set("keep", { keep: ["rhythm"], scale: "key" });
    expect(asked()).toEqual({ bars: [[2, 2], [5, 8]], keep: ["rhythm"], lock: [[5, 2.5]], temperature: 1, n: 4, scale: "key" });
    expect(whatOf(now(), song)).toBe("bars 2, 5-8 anew");
  });

  it("leaves out locks outside of the bars, and those that were taken back", () => {
    chooseBars(song, new Set([1]));
    toggleLock(song, "0:2");
    toggleLock(song, "0:30");
    expect(asked().lock).toEqual([[1, 3.5]]);
    toggleLock(song, "0:2");
    expect([asked().lock, [...locksOf(now(), song)]]).toEqual([[], ["0:30"]]);
  });

  it("is new bars", () => {
    set("insert", { way: "insert", count: 4, after: 3 });
    expect([asked(), whatOf(now(), song), gapsOf(now(), song)]).toEqual([
      { insert: [[4, 3]], temperature: 1, n: 4 }, "4 bars more after bar 3", { gaps: [[4, 7]], count: 12 },
    ]);
    set("extend", { way: "extend", count: 1 });
    expect([asked(), whatOf(now(), song), gapsOf(now(), song)]).toEqual([{ extend: 1, temperature: 1, n: 4 }, "1 bar more at the end", { gaps: [[9, 9]], count: 9 }]);
  });

  it("names the track of a locked note where there are several", () => {
    const two = makeItem("two", { ...song.score, tracks: [{ notes }, { notes: [[0, 4, 40, 80]] }] }, 32);
    toggleLock(two, "1:0");
    expect(now().track).toBe(2);
  });

  it("belongs to one song", () => {
    chooseBars(song, new Set([8]));
    const other = makeItem("other", melody(notes.slice(0, 8)), 8);
    expect([...barsOf(now(), other)]).toEqual([]);
    chooseBars(other, new Set([2]));
    expect([[...barsOf(now(), other)], [...barsOf(now(), song)]]).toEqual([[2], []]);
  });
});

describe("alternatives", () => {
  it("stand with the likeliest first", () => {
    expect(ranked([take(0, -9), take(2, -3), take(1, -3), take(3, -4)]).map((each) => each.index)).toEqual([1, 2, 3, 0]);
  });

  it("are heard with a bar before and after", () => {
    expect(inContext(take(0, 0))).toEqual([12, 28]);
    expect(inContext(take(0, 0, song.score, 32, [[0, 4]]))).toEqual([0, 8]);
    expect(inContext(take(0, 0, song.score, 32, [[28, 32]]))).toEqual([24, 32]);
  });

  it("stand in the place of what the song has there", () => {
    const written = { song: song.score, quarters: 32, way: "bars" as const };
    expect(originalContext(written, take(0, 0))).toEqual([12, 28]);
    const longer = take(0, 0, song.score, 48, [[16, 32]]);
    expect(originalContext({ ...written, way: "insert" }, longer)).toEqual([12, 20]);
    const further = take(0, 0, song.score, 48, [[32, 48]]);
    expect(originalContext({ ...written, way: "extend" }, further)).toEqual([28, 32]);
  });
});
