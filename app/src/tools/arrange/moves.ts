/** What can be done to a song. Every function gives a new song, or throws a sentence that says why it cannot be. */

import { barLength, qpmOf, type Note, type Score, type Track } from "../../music/score";
import type { Item, TakeInfo } from "../../state/session";
import {
  barOf, courseStarts, firstFree, isFree, lastBar, MOST_BARS, MOST_LANES, sectionOf, type Clip, type Entry, type Lane, type Section, type Song,
} from "./song";

export class SongError extends Error {}

type NewId = () => string;

/** A clip as it is placed, before it has a place. */
interface Part {
  readonly name: string;
  readonly track: Track;
  readonly take?: TakeInfo | undefined;
}

/**
 * Puts an item into the song: every part of it on a lane of its kind.
 *
 * The part that fits the lane goes there, further parts go to lanes of their names, which are made where there are none. A bar
 * that is taken is passed over for the next free one. Into an empty song the item brings its tempo and metre.
 *
 * @param lane id of the lane
 * @param bar of the section, from 1
 */
export function place(song: Song, item: Item, section: string, lane: string, bar: number, newId: NewId): Song {
  const held = song.clips.length ? song : { ...song, qpm: Math.round(qpmOf(item.score) * 100) / 100, metre: metreOf(item.score) };
  checkMetre(held, item);
  const parts = partsOf(item);
  if (!parts.length) throw new SongError(`${item.name} has no notes to place.`);
  const bars = Math.max(1, Math.ceil(item.quarters / barOf(held) - 1e-6));
  const asked = held.lanes.find((each) => each.id === lane) ?? held.lanes[0]!;
  const first = parts.findIndex((part) => (part.track.drum ?? false) === asked.drum);
  return parts.reduce((now, part, k) => {
    const [made, own] = k === first ? [now, asked.id] : laneFor(now, part, newId);
    const at = firstFree(made, section, own, Math.max(1, bar), bars);
    const clip: Clip = { id: newId(), lane: own, section, name: part.name, bar: at, bars, times: 1, notes: within(part.track, bars * barOf(held)), take: part.take };
    return grown({ ...made, clips: [...made.clips, clip] }, clip);
  }, held);
}

/** Puts notes of so many bars where there is room for them, as what was written between two clips. */
export function fill(song: Song, clip: Omit<Clip, "id" | "times">, newId: NewId): Song {
  if (!isFree(song, clip.section, clip.lane, clip.bar, clip.bars)) throw new SongError("These bars are taken by now.");
  return grown({ ...song, clips: [...song.clips, { ...clip, id: newId(), times: 1 }] }, { ...clip, id: "", times: 1 });
}

/** Moves a clip by bars, or to another lane of its kind; where it is taken, on to the next free bar that way. */
export function move(song: Song, id: string, bars: number, lane?: string): Song {
  const clip = clipOf(song, id);
  const to = lane ?? clip.lane;
  const kind = (each: string) => song.lanes.find((one) => one.id === each)?.drum ?? false;
  if (kind(to) !== kind(clip.lane)) throw new SongError("Drums go on lanes of drums, and everything else on the others.");
  const length = clip.bars * clip.times;
  const way = bars < 0 ? -1 : 1;
  let bar = Math.max(1, clip.bar + bars);
  while (!isFree(song, clip.section, to, bar, length, id)) {
    bar += way;
    if (bar < 1) return song;
  }
  return grown(withClip(song, { ...clip, bar, lane: to }), { ...clip, bar });
}

/** Sets how often a clip is played on end, at least once; only as far as there is room. */
export function repeat(song: Song, id: string, times: number): Song {
  const clip = clipOf(song, id);
  const next = { ...clip, times: Math.max(1, times) };
  if (!isFree(song, clip.section, clip.lane, clip.bar, clip.bars * next.times, id)) {
    throw new SongError(`${clip.name} has no room to be repeated: the bars after it are taken.`);
  }
  return grown(withClip(song, next), next);
}

/** A second one of a clip, in the next free bars of its lane. */
export function copy(song: Song, id: string, newId: NewId): Song {
  const clip = clipOf(song, id);
  const bar = firstFree(song, clip.section, clip.lane, lastBar(clip) + 1, clip.bars * clip.times);
  const made = { ...clip, id: newId(), bar };
  return grown({ ...song, clips: [...song.clips, made] }, made);
}

export function remove(song: Song, id: string): Song {
  return { ...song, clips: song.clips.filter((clip) => clip.id !== id) };
}

export function addLane(song: Song, name: string, drum: boolean, newId: NewId, program = 0): Song {
  if (song.lanes.length >= MOST_LANES) throw new SongError(`A song has at most ${MOST_LANES} lanes.`);
  return { ...song, lanes: [...song.lanes, { id: newId(), name: freeName(song.lanes, name || (drum ? "drums" : "lane")), program, drum }] };
}

export function changeLane(song: Song, id: string, part: Partial<Omit<Lane, "id" | "drum">>): Song {
  return { ...song, lanes: song.lanes.map((lane) => (lane.id === id ? { ...lane, ...part } : lane)) };
}

/** Takes a lane out with its clips. The last one stays. */
export function removeLane(song: Song, id: string): Song {
  if (song.lanes.length === 1) throw new SongError("A song has at least one lane.");
  return { ...song, lanes: song.lanes.filter((lane) => lane.id !== id), clips: song.clips.filter((clip) => clip.lane !== id) };
}

/** A new section after an entry of the course, empty or with the clips of another one. */
export function addSection(song: Song, after: string, newId: NewId, like?: string): Song {
  const taken = new Set(song.sections.map((section) => section.name));
  const name = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((letter) => !taken.has(letter)) ?? `section ${song.sections.length + 1}`;
  const model = like ? sectionOf(song, like) : null;
  const section: Section = { id: newId(), name, bars: model?.bars ?? 8 };
  const clips = model ? song.clips.filter((clip) => clip.section === model.id).map((clip) => ({ ...clip, id: newId(), section: section.id })) : [];
  return enter({ ...song, sections: [...song.sections, section], clips: [...song.clips, ...clips] }, after, section.id, newId);
}

/** Plays a section once more, after an entry of the course. */
export function enter(song: Song, after: string, section: string, newId: NewId): Song {
  const at = song.course.findIndex((entry) => entry.id === after);
  const place = at < 0 ? song.course.length : at + 1;
  return fits({ ...song, course: song.course.toSpliced(place, 0, { id: newId(), section, times: 1 }) });
}

export function setTimes(song: Song, id: string, times: number): Song {
  return fits({ ...song, course: song.course.map((entry) => (entry.id === id ? { ...entry, times: Math.max(1, times) } : entry)) });
}

export function moveEntry(song: Song, id: string, by: number): Song {
  const at = song.course.findIndex((entry) => entry.id === id);
  const to = Math.min(song.course.length - 1, Math.max(0, at + by));
  const rest = song.course.filter((entry) => entry.id !== id);
  return at === to ? song : { ...song, course: rest.toSpliced(to, 0, song.course[at]!) };
}

/** Takes an entry out of the course; a section that is played nowhere any more goes with its clips. The last one stays. */
export function removeEntry(song: Song, id: string): Song {
  if (song.course.length === 1) throw new SongError("A song has at least one section.");
  const course = song.course.filter((entry) => entry.id !== id);
  const kept = new Set(course.map((entry: Entry) => entry.section));
  return {
    ...song, course, sections: song.sections.filter((section) => kept.has(section.id)), clips: song.clips.filter((clip) => kept.has(clip.section)),
  };
}

/** Sets the length of a section in bars: at least 1, and not shorter than its clips. */
export function setBars(song: Song, id: string, bars: number): Song {
  const used = Math.max(1, ...song.clips.filter((clip) => clip.section === id).map(lastBar));
  if (bars < used) throw new SongError(`Section ${sectionOf(song, id).name} holds clips up to bar ${used}: move or delete them first.`);
  return fits({ ...song, sections: song.sections.map((section) => (section.id === id ? { ...section, bars } : section)) });
}

export function changeSong(song: Song, part: Partial<Pick<Song, "name" | "qpm">>): Song {
  return { ...song, ...part };
}

function clipOf(song: Song, id: string): Clip {
  const found = song.clips.find((clip) => clip.id === id);
  if (!found) throw new SongError("This clip is not in the song any more.");
  return found;
}

function withClip(song: Song, next: Clip): Song {
  return { ...song, clips: song.clips.map((clip) => (clip.id === next.id ? next : clip)) };
}

/** The section made as long as the clip needs. */
function grown(song: Song, clip: Clip): Song {
  const bars = Math.max(sectionOf(song, clip.section).bars, lastBar(clip));
  return fits({ ...song, sections: song.sections.map((section) => (section.id === clip.section ? { ...section, bars } : section)) });
}

function fits(song: Song): Song {
  const { bars } = courseStarts(song);
  if (bars > MOST_BARS) throw new SongError(`This makes the song ${bars} bars long; songs have at most ${MOST_BARS}.`);
  return song;
}

function metreOf(score: Score): readonly [number, number] {
  const [, above, below] = score.metres[0] ?? [0, 4, 4];
  return [above, below];
}

function checkMetre(song: Song, item: Item): void {
  const own = metreOf(item.score);
  if (item.score.metres.length > 1) throw new SongError(`${item.name} changes its metre; a song has one metre from end to end.`);
  if (barLength(item.score) !== barOf(song)) {
    throw new SongError(`${item.name} is in ${own.join("/")}, the song in ${song.metre.join("/")}: its bars do not fit.`);
  }
}

/** The parts of an item that have notes; several are told apart by their names. */
function partsOf(item: Item): Part[] {
  const tracks = item.score.tracks.filter((track) => track.notes.length);
  const alone = tracks.length === 1;
  return tracks.map((track) => ({ name: alone ? item.name : `${item.name}, ${track.name || (track.drum ? "drums" : "part")}`, track, take: alone ? item.take : undefined }));
}

/** A lane for a part: the one of its name and kind, for drums any of drums, else a new one. */
function laneFor(song: Song, { track }: Part, newId: NewId): [Song, string] {
  const drum = track.drum ?? false;
  const name = track.name || (drum ? "drums" : "part");
  const same = song.lanes.filter((lane) => lane.drum === drum);
  const found = same.find((lane) => lane.name.toLowerCase() === name.toLowerCase()) ?? (drum ? same[0] : undefined);
  if (found) return [song, found.id];
  const made = addLane(song, name, drum, newId, track.program ?? 0);
  return [made, made.lanes[made.lanes.length - 1]!.id];
}

function freeName(lanes: readonly Lane[], name: string): string {
  const taken = new Set(lanes.map((lane) => lane.name));
  let found = name;
  for (let k = 2; taken.has(found); k += 1) found = `${name} ${k}`;
  return found;
}

/** A track's notes that begin before `end`. */
function within(track: Track, end: number): Note[] {
  return track.notes.filter(([start]) => start < end - 1e-9);
}
