/** Scores one after another, as `scorespace.music.transform.join` does it: equal scores give equal files there and here. */

import type { Note, Score, Track } from "./score";

export interface Piece {
  readonly score: Score;
  /** How long it is, rests at its end included. */
  readonly quarters: number;
}

/** Where each piece begins, in quarter notes, and where the last one ends. */
export function offsetsOf(pieces: readonly Piece[]): number[] {
  const offsets = [0];
  for (const piece of pieces) offsets.push(offsets[offsets.length - 1]! + piece.quarters);
  return offsets;
}

/**
 * The pieces as one score; a note that rings on ends where the next piece begins.
 *
 * Tracks go by their place where all pieces have the same ones; else each instrument goes on in the track of its program, and
 * drums in that of the drums.
 */
export function join(pieces: readonly Piece[]): Score {
  if (!pieces.length) throw new Error("There is nothing to join.");
  const offsets = offsetsOf(pieces);
  const scores = alike(pieces.map((piece) => piece.score)) ? pieces.map((piece) => piece.score) : sameInstruments(pieces.map((piece) => piece.score));
  const first = scores[0]!;
  const keys = marks(scores.map((score) => score.keys ?? []), offsets);
  const chords = scores.flatMap((score, i) => (score.chords ?? []).map(([at, name]) => [at + offsets[i]!, name] as const));
  const { keys: _, chords: __, ...rest } = first;
  return {
    ...rest,
    tracks: first.tracks.map((track, k) => ({ ...track, notes: scores.flatMap((score, i) => moved(score.tracks[k]!, offsets, i)) })),
    tempos: marks(scores.map((score) => score.tempos), offsets),
    metres: marks(scores.map((score) => score.metres), offsets),
    ...(keys.length ? { keys } : {}),
    ...(chords.length ? { chords } : {}),
  };
}

/** The notes of piece `i`, moved to where it stands; the last one's may ring on. */
function moved(track: Track, offsets: readonly number[], i: number): Note[] {
  const offset = offsets[i]!;
  const end = i === offsets.length - 2 ? Infinity : offsets[i + 1]! - offset;
  return track.notes.filter(([start]) => start < end)
    .map(([start, duration, pitch, velocity]) => [start + offset, Math.min(duration, end - start), pitch, velocity] as const);
}

/** The entries of tempo, metre or key maps, without those that say what holds already. */
function marks<T extends readonly [number, ...unknown[]]>(maps: readonly (readonly T[])[], offsets: readonly number[]): T[] {
  const joined: T[] = [];
  const same = (a: T, b: T) => JSON.stringify(a.slice(1)) === JSON.stringify(b.slice(1));
  maps.forEach((map, i) => {
    for (const entry of map) {
      const last = joined[joined.length - 1];
      if (!last || !same(last, entry)) joined.push([entry[0] + offsets[i]!, ...entry.slice(1)] as unknown as T);
    }
  });
  return joined;
}

const kindOf = (track: Track) => (track.drum ? "drums" : `program ${track.program ?? 0}`);

function alike(scores: readonly Score[]): boolean {
  return new Set(scores.map((score) => JSON.stringify(score.tracks.map(kindOf)))).size === 1;
}

/** The scores with the same instruments in the same order, drums last; those that one has not are silent in it. */
function sameInstruments(scores: readonly Score[]): Score[] {
  const players = scores.map(playersOf);
  const first = new Map<string, Track>();
  for (const found of players) for (const [key, track] of found) if (!first.has(key)) first.set(key, track);
  const order = [...first.keys()].sort((a, b) => rank(first.get(a)!) - rank(first.get(b)!) || a.localeCompare(b, "en", { numeric: true }));
  return scores.map((score, i) => ({ ...score, tracks: order.map((key) => players[i]!.get(key) ?? { ...first.get(key)!, notes: [] }) }));
}

function rank(track: Track): number {
  return track.drum ? 128 : (track.program ?? 0);
}

/** The tracks by kind and by how many of that kind stand before them. */
function playersOf(score: Score): Map<string, Track> {
  const count = new Map<string, number>();
  return new Map(score.tracks.map((track) => {
    const kind = kindOf(track);
    const number = count.get(kind) ?? 0;
    count.set(kind, number + 1);
    return [`${kind}, ${number}`, track] as const;
  }));
}

/** The piece without its notes. */
export function silenced({ score, quarters }: Piece): Piece {
  return { score: { ...score, tracks: score.tracks.map((track) => ({ ...track, notes: [] })) }, quarters };
}
