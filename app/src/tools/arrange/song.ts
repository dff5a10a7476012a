/** A song: lanes across, bars along, sections one after another. Pure functions; nothing is changed in place. */

import type { Note, Score, Track } from "../../music/score";
import type { TakeInfo } from "../../state/session";

export const MOST_BARS = 128;
export const MOST_LANES = 16;

export interface Lane {
  readonly id: string;
  readonly name: string;
  /** General MIDI, counted from 0. */
  readonly program: number;
  readonly drum: boolean;
}

/** One part of a score, placed in a section. */
export interface Clip {
  readonly id: string;
  readonly lane: string;
  readonly section: string;
  readonly name: string;
  /** In which it begins, counted from 1 in its section. */
  readonly bar: number;
  /** How long it is, once. */
  readonly bars: number;
  /** How often it is played on end. */
  readonly times: number;
  readonly notes: readonly Note[];
  readonly take?: TakeInfo | undefined;
}

export interface Section {
  readonly id: string;
  readonly name: string;
  readonly bars: number;
}

/** A section in the song's course. The same one may come several times. */
export interface Entry {
  readonly id: string;
  readonly section: string;
  readonly times: number;
}

export interface Song {
  readonly name: string;
  readonly qpm: number;
  readonly metre: readonly [number, number];
  readonly lanes: readonly Lane[];
  readonly sections: readonly Section[];
  readonly course: readonly Entry[];
  readonly clips: readonly Clip[];
}

/** Bars of one lane of a section in which nothing is, between two clips. */
export interface Gap {
  readonly lane: string;
  readonly before: Clip;
  readonly after: Clip;
  readonly bar: number;
  readonly bars: number;
}

export const NEW_SONG: Song = {
  name: "song",
  qpm: 120,
  metre: [4, 4],
  lanes: [
    { id: "lead", name: "lead", program: 0, drum: false },
    { id: "bass", name: "bass", program: 33, drum: false },
    { id: "drums", name: "drums", program: 0, drum: true },
  ],
  sections: [{ id: "a", name: "A", bars: 8 }],
  course: [{ id: "first", section: "a", times: 1 }],
  clips: [],
};

/** Of a bar, in quarter notes. */
export function barOf(song: Song): number {
  return (4 * song.metre[0]) / song.metre[1];
}

export function sectionOf(song: Song, id: string): Section {
  return song.sections.find((section) => section.id === id) ?? song.sections[0]!;
}

/** The last bar that a clip fills, with all its repeats. */
export function lastBar(clip: Clip): number {
  return clip.bar + clip.bars * clip.times - 1;
}

export function clipsOn(song: Song, section: string, lane: string): Clip[] {
  return song.clips.filter((clip) => clip.section === section && clip.lane === lane).sort((a, b) => a.bar - b.bar);
}

/** Where each entry of the course begins, in bars from 0, and the length of the whole. */
export function courseStarts(song: Song): { readonly starts: readonly number[]; readonly bars: number } {
  const starts: number[] = [];
  let bars = 0;
  for (const entry of song.course) {
    starts.push(bars);
    bars += sectionOf(song, entry.section).bars * entry.times;
  }
  return { starts, bars };
}

/** Which entry sounds at a bar (from 0) of the song, and which bar (from 0) of its section that is. */
export function placeAt(song: Song, bar: number): { readonly entry: Entry; readonly bar: number } | null {
  const { starts, bars } = courseStarts(song);
  if (bar < 0 || bar >= bars) return null;
  const at = starts.findLastIndex((start) => start <= bar);
  const entry = song.course[at]!;
  return { entry, bar: (bar - starts[at]!) % sectionOf(song, entry.section).bars };
}

/** Whether the bars from `bar` on are free in a lane of a section; the clip `except` does not count. */
export function isFree(song: Song, section: string, lane: string, bar: number, bars: number, except?: string): boolean {
  return clipsOn(song, section, lane).every((clip) => clip.id === except || lastBar(clip) < bar || clip.bar > bar + bars - 1);
}

/** The first bar from `bar` on from which so many bars are free. */
export function firstFree(song: Song, section: string, lane: string, bar: number, bars: number): number {
  let at = bar;
  for (const clip of clipsOn(song, section, lane)) {
    if (clip.bar > at + bars - 1) break;
    if (lastBar(clip) >= at) at = lastBar(clip) + 1;
  }
  return at;
}

/** The empty stretches between two clips of a lane. */
export function gaps(song: Song, section: string, lane: string): Gap[] {
  const clips = clipsOn(song, section, lane);
  return clips.slice(1).flatMap((after, k) => {
    const before = clips[k]!;
    const bar = lastBar(before) + 1;
    return after.bar > bar ? [{ lane, before, after, bar, bars: after.bar - bar }] : [];
  });
}

/** A lane's notes through one section, from its beginning; what would ring into the next section is shortened. */
export function laneNotes(song: Song, section: string, lane: string): Note[] {
  const bar = barOf(song);
  const end = sectionOf(song, section).bars * bar;
  const notes = clipsOn(song, section, lane).flatMap((clip) => {
    const length = clip.bars * bar;
    return Array.from({ length: clip.times }, (_, k) => (clip.bar - 1) * bar + k * length).flatMap((offset) =>
      clip.notes.map(([start, duration, pitch, velocity]): Note =>
        [offset + start, Math.min(duration, length - start), pitch, velocity]));
  });
  return notes.filter(([start]) => start < end - 1e-9)
    .map(([start, duration, pitch, velocity]): Note => [start, Math.min(duration, end - start), pitch, velocity]);
}

/** The song as one score, a track a lane; lanes without a note are left out. */
export function assemble(song: Song): { readonly score: Score; readonly quarters: number } {
  const bar = barOf(song);
  const { starts, bars } = courseStarts(song);
  const tracks = song.lanes.map((lane): Track => {
    const once = new Map(song.sections.map((section) => [section.id, laneNotes(song, section.id, lane.id)]));
    const notes = song.course.flatMap((entry, k) => {
      const section = sectionOf(song, entry.section);
      return Array.from({ length: entry.times }, (_, round) => (starts[k]! + round * section.bars) * bar)
        .flatMap((offset) => once.get(section.id)!.map(([start, ...rest]): Note => [offset + start, ...rest]));
    });
    notes.sort((a, b) => a[0] - b[0] || a[2] - b[2]);
    return { notes, name: lane.name, program: lane.program, drum: lane.drum };
  });
  const score: Score = {
    tracks: tracks.filter((track) => track.notes.length),
    tempos: [[0, song.qpm]],
    metres: [[0, ...song.metre]],
    title: song.name,
  };
  return { score, quarters: bars * bar };
}

/** One section alone, once. */
export function assembleSection(song: Song, section: string): { readonly score: Score; readonly quarters: number } {
  return assemble({ ...song, course: [{ id: "alone", section, times: 1 }] });
}

/** A clip's notes as a score of its own. */
export function clipScore(song: Song, clip: Clip): { readonly score: Score; readonly quarters: number } {
  const lane = song.lanes.find((each) => each.id === clip.lane);
  const track: Track = { notes: clip.notes, name: lane?.name ?? clip.name, program: lane?.program ?? 0, drum: lane?.drum ?? false };
  return { score: { tracks: [track], tempos: [[0, song.qpm]], metres: [[0, ...song.metre]] }, quarters: clip.bars * barOf(song) };
}
