import { describe, expect, test } from "vitest";
import { melody, type Note, type Score } from "../src/music/score";
import type { Item } from "../src/state/session";
import * as moves from "../src/tools/arrange/moves";
import { baked } from "../src/tools/arrange/swing";
import {
  assemble, clipsOn, courseStarts, firstFree, gaps, lastBar, MOST_BARS, NEW_SONG, placeAt, type Song,
} from "../src/tools/arrange/song";

let count = 0;
const newId = () => `id${(count += 1)}`;

function item(name: string, notes: readonly Note[], quarters: number, score: Partial<Score> = {}): Item {
  return { id: name, name, quarters, score: { ...melody(notes, 100), ...score } };
}

const TWO_BARS = item("riff", [[0, 1, 60, 80], [7, 3, 62, 80]], 8);
const DRUMS: Item = { ...item("beat", [], 4), score: { ...melody([]), tracks: [{ notes: [[0, 0.25, 36, 90]], name: "drums", drum: true }] } };
const put = (song: Song, what: Item, bar: number, lane = "lead") => moves.place(song, what, "a", lane, bar, newId);

describe("placing", () => {
  test("an empty song takes tempo and metre of what comes first", () => {
    const waltz = item("waltz", [[0, 1, 60, 80]], 3, { metres: [[0, 3, 4]], tempos: [[0, 90]] });
    const song = put(NEW_SONG, waltz, 1);
    expect([song.qpm, song.metre]).toEqual([90, [3, 4]]);
    expect(() => put(song, TWO_BARS, 3)).toThrow("riff is in 4/4, the song in 3/4: its bars do not fit.");
  });

  test("a taken bar is passed over, and the section grows", () => {
    let song = put(put(NEW_SONG, TWO_BARS, 2), TWO_BARS, 3);
    expect(clipsOn(song, "a", "lead").map((clip) => [clip.bar, lastBar(clip)])).toEqual([[2, 3], [4, 5]]);
    song = put(song, TWO_BARS, 9);
    expect(song.sections[0]!.bars).toBe(10);
    expect(firstFree(song, "a", "lead", 1, 2)).toBe(6);
    expect(firstFree(song, "a", "lead", 1, 1)).toBe(1);
  });

  test("drums go to a lane of drums, parts to lanes of their names", () => {
    expect(put(NEW_SONG, DRUMS, 1, "lead").clips[0]!.lane).toBe("drums");
    const trio: Item = { ...TWO_BARS, name: "trio", score: { ...TWO_BARS.score, tracks: [
      { notes: [[0, 1, 72, 80]], name: "melody" }, { notes: [[0, 1, 40, 80]], name: "bass", program: 33 },
      { notes: [[0, 1, 64, 80]], name: "strings", program: 48 }, { notes: [[0, 0.25, 36, 80]], name: "kit", drum: true },
    ] } };
    const song = put(NEW_SONG, trio, 1);
    const laneOf = (id: string) => song.lanes.find((lane) => lane.id === id)!;
    expect(song.clips.map((clip) => laneOf(clip.lane).name)).toEqual(["lead", "bass", "strings", "drums"]);
    expect(song.lanes.find((lane) => lane.name === "strings")!.program).toBe(48);
  });

  test("a song is at most so long", () => {
    const song = moves.setBars(put(NEW_SONG, TWO_BARS, 1), "a", MOST_BARS);
    expect(() => moves.setTimes(song, "first", 2)).toThrow("at most 128");
    expect(() => moves.setBars(song, "a", 1)).toThrow("holds clips up to bar 2");
  });
});

describe("moving", () => {
  test("goes on over what is in the way, and stays where there is no room", () => {
    const song = put(put(NEW_SONG, TWO_BARS, 1), TWO_BARS, 4);
    const [first, second] = clipsOn(song, "a", "lead");
    expect(clipsOn(moves.move(song, first!.id, 2), "a", "lead").map((clip) => clip.bar)).toEqual([4, 6]);
    expect(clipsOn(moves.move(song, second!.id, -1), "a", "lead").map((clip) => clip.bar)).toEqual([1, 3]);
    expect(moves.move(song, second!.id, -2)).toBe(song);
    expect(clipsOn(moves.move(song, first!.id, 0, "bass"), "a", "bass")).toHaveLength(1);
    expect(() => moves.move(song, first!.id, 0, "drums")).toThrow("lanes of drums");
  });

  test("repeats need room", () => {
    const song = put(put(NEW_SONG, TWO_BARS, 1), TWO_BARS, 5);
    const [first] = clipsOn(song, "a", "lead");
    const twice = moves.repeat(song, first!.id, 2);
    expect(lastBar(clipsOn(twice, "a", "lead")[0]!)).toBe(4);
    expect(() => moves.repeat(song, first!.id, 3)).toThrow("no room to be repeated");
    expect(clipsOn(moves.copy(song, first!.id, newId), "a", "lead").map((clip) => clip.bar)).toEqual([1, 3, 5]);
  });

  test("gaps lie between two clips", () => {
    const song = put(put(NEW_SONG, TWO_BARS, 2), TWO_BARS, 7);
    expect(gaps(song, "a", "lead")).toMatchObject([{ bar: 4, bars: 3 }]);
    expect(gaps(song, "a", "bass")).toEqual([]);
  });
});

describe("sections", () => {
  test("come in the order of the course, again and again", () => {
    let song = put(NEW_SONG, TWO_BARS, 1);
    song = moves.setBars(song, "a", 2);
    song = moves.addSection(song, "first", newId);
    song = moves.setBars(song, song.sections[1]!.id, 1);
    song = moves.enter(song, song.course[1]!.id, "a", newId);
    song = moves.setTimes(song, "first", 2);
    expect(song.sections.map((section) => section.name)).toEqual(["A", "B"]);
    expect(courseStarts(song)).toEqual({ starts: [0, 4, 5], bars: 7 });
    expect([0, 3, 4, 6].map((bar) => placeAt(song, bar)!.bar)).toEqual([0, 1, 0, 1]);
    expect(placeAt(song, 7)).toBeNull();
    const { score, quarters } = assemble(song);
    expect(quarters).toBe(28);
    expect(score.tracks).toHaveLength(1);
    expect(score.tracks[0]!.notes.map((note) => note[0])).toEqual([0, 7, 8, 15, 20, 27]);
    expect(score.tempos).toEqual([[0, 100]]);
    song = moves.moveEntry(song, song.course[1]!.id, -1);
    expect(song.course.map((entry) => entry.section === "a")).toEqual([false, true, true]);
  });

  test("one that is played nowhere goes with its clips", () => {
    let song = put(NEW_SONG, TWO_BARS, 1);
    song = moves.addSection(song, "first", newId, "a");
    expect(song.clips).toHaveLength(2);
    song = moves.removeEntry(song, "first");
    expect(song.sections.map((section) => section.name)).toEqual(["B"]);
    expect(song.clips).toHaveLength(1);
    expect(() => moves.removeEntry(song, song.course[0]!.id)).toThrow("at least one section");
  });
});

test("notes end with their clip", () => {
  const song = put(NEW_SONG, TWO_BARS, 1);
  const { score } = assemble(moves.repeat(song, song.clips[0]!.id, 2));
  expect(score.tracks[0]!.notes.map((note) => [note[0], note[1]])).toEqual([[0, 1], [7, 1], [8, 1], [15, 1]]);
});

test("swing moves the off-beat quavers of what is written, and nothing else", () => {
  const { score } = item("quavers", [[0, 0.5, 60, 80], [0.5, 0.5, 62, 80], [1, 1, 64, 80]], 4);
  const notes = baked(score, 1 / 3).tracks[0]!.notes;
  expect(notes.map((note) => note[0])).toEqual([0, expect.closeTo(2 / 3), 1]);
  expect(notes.map((note) => note[1])).toEqual([expect.closeTo(2 / 3), expect.closeTo(1 / 3), 1]);
  expect(baked(score, 0)).toBe(score);
});
