/** Which rows a picture of a score has, and on which of them a note lies. */

import { DRUMS, drumClass, ROWS_FROM_TOP } from "../music/drums";
import { pitchName, type Score, type Track } from "../music/score";

export interface Row {
  readonly label: string;
  readonly drum: boolean;
  /** What is written on it. */
  readonly pitch: number;
}

export interface Rows {
  readonly rows: readonly Row[];
  /** The row of a pitch of a track; null where it has none. */
  of(track: Track, pitch: number): number | null;
}

export interface RowOptions {
  /** Room above and below the notes, in semitones. */
  readonly spare?: number;
  /** At least so many semitones. */
  readonly least?: number;
  /** All nine drums, not only those that sound. */
  readonly allDrums?: boolean;
}

/** Rows for the pitches of all `scores` from the highest down, then for their drums; equal ones are the same object. */
export function rowsOf(scores: readonly Score[], { spare = 1, least = 10, allDrums = false }: RowOptions = {}): Rows {
  const tracks = scores.flatMap((score) => score.tracks);
  const [low, high] = range(tracks, spare, least);
  const drums = tracks.filter((track) => track.drum);
  const sounding = new Set(drums.flatMap((track) => track.notes.map((note) => drumClass(note[2]))));
  const classes = drums.length ? ROWS_FROM_TOP.filter((c) => allDrums || sounding.has(c)) : [];
  const key = `${low} ${high} ${classes.join(",")}`;
  const made = known.get(key) ?? makeRows(low, high, classes);
  if (known.size > MOST_KNOWN) known.clear();
  known.set(key, made);
  return made;
}

const MOST_KNOWN = 500;
const known = new Map<string, Rows>();

function makeRows(low: number, high: number, classes: readonly number[]): Rows {
  const pitched = high < low ? [] : Array.from({ length: high - low + 1 }, (_, i) => high - i);
  const rows: Row[] = [
    ...pitched.map((pitch) => ({ label: pitchName(pitch), drum: false, pitch })),
    ...classes.map((c) => ({ label: DRUMS[c]!.name, drum: true, pitch: DRUMS[c]!.pitches[0]! })),
  ];
  const placeOf = new Map(classes.map((c, i) => [c, pitched.length + i] as const));
  return {
    rows,
    of(track, pitch) {
      if (track.drum) return placeOf.get(drumClass(pitch) ?? -1) ?? null;
      return pitch >= low && pitch <= high ? high - pitch : null;
    },
  };
}

function range(tracks: readonly Track[], spare: number, least: number): [number, number] {
  let [low, high] = [128, -1];
  for (const track of tracks) {
    if (track.drum) continue;
    for (const [, , pitch] of track.notes) {
      low = Math.min(low, pitch);
      high = Math.max(high, pitch);
    }
  }
  if (high < 0) return tracks.some((t) => !t.drum) || !tracks.length ? [60, 60 + Math.max(12, least)] : [1, 0];
  low -= spare;
  high += spare;
  while (high - low + 1 < least) {
    low -= 1;
    if (high - low + 1 < least) high += 1;
  }
  return [Math.max(0, low), Math.min(127, high)];
}

/** The colour of a track, as a custom property of ui/theme.css. */
export function trackColour(score: Score, number: number): string {
  if (score.tracks[number]?.drum) return "var(--drums)";
  const place = score.tracks.slice(0, number).filter((t) => !t.drum).length;
  return `var(--track-${place % 4})`;
}

const SHOWN = 0.95; // of a note's length, so that one that follows at once can be told from it
const paths = new WeakMap<Track, Map<Rows, string>>();

/** All notes of a track as one path, a unit a quarter note wide and a row high. */
export function trackPath(track: Track, rows: Rows): string {
  const drawn = paths.get(track) ?? new Map<Rows, string>();
  paths.set(track, drawn);
  const path = drawn.get(rows) ?? pathOf(track, rows);
  drawn.set(rows, path);
  return path;
}

function pathOf(track: Track, rows: Rows): string {
  let path = "";
  for (const [start, duration, pitch] of track.notes) {
    const row = rows.of(track, pitch);
    if (row === null) continue;
    const width = Math.max(track.drum ? Math.min(duration, 0.25) : duration, 0.08) * SHOWN;
    path += `M${round(start)} ${row + 0.08}h${round(width)}v.84h-${round(width)}z`;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
