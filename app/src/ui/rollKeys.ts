/** What a key does to the chosen note of a roll. */

import type { Note, Score, Track } from "../music/score";
import { GRID, moved, resized } from "./notes";

/** Go to another note, add one, or put another in the place of the chosen one; null erases it. */
export type Act = { readonly kind: "go"; readonly key: string } | { readonly kind: "add" } | { readonly kind: "put"; readonly note: Note | null };

/**
 * @param chosen the note that has the focus, as `${track}:${noteIndex}`
 * @returns null for a key that means nothing here
 */
export function actOf(event: KeyboardEvent, score: Score, chosen: string, quarters: number): Act | null {
  if (event.ctrlKey || event.metaKey) return null;
  const [number = 0, index = 0] = chosen.split(":").map(Number);
  const track = score.tracks[number];
  const note = track?.notes[index];
  if (event.key === "Insert" || (event.key === "Enter" && !note)) return { kind: "add" };
  if (!track || !note) return null;
  const key = neighbour(event.key, score, chosen);
  if (key) return { kind: "go", key };
  const change = CHANGES[event.key];
  return change ? { kind: "put", note: change(note, { event, track, quarters }) } : null;
}

interface Where {
  readonly event: KeyboardEvent;
  readonly track: Track;
  readonly quarters: number;
}

const along = (sign: number) => (note: Note, { event, track, quarters }: Where): Note => {
  const time = (event.altKey ? GRID / 12 : GRID) * sign;
  return event.shiftKey ? resized(note, time, quarters) : moved(note, time, 0, track.drum ?? false, quarters);
};
const across = (sign: number) => (note: Note, { event, track, quarters }: Where): Note =>
  moved(note, 0, event.shiftKey && !track.drum ? 12 * sign : sign, track.drum ?? false, quarters);
const louder = (by: number) => ([start, duration, pitch, velocity]: Note): Note => [start, duration, pitch, Math.min(127, Math.max(1, velocity + by))];

const CHANGES: Readonly<Record<string, (note: Note, where: Where) => Note | null>> = {
  ArrowLeft: along(-1), ArrowRight: along(1), ArrowUp: across(1), ArrowDown: across(-1),
  "+": louder(8), "-": louder(-8), Delete: () => null, Backspace: () => null,
};

/** The note that Page Up, Page Down, Home or End leads to, in the order in which they sound. */
function neighbour(key: string, score: Score, chosen: string): string | null {
  if (!["PageUp", "PageDown", "Home", "End"].includes(key)) return null;
  const all = score.tracks
    .flatMap((track, i) => track.notes.map(([start, , pitch], k) => ({ start, pitch, key: `${i}:${k}` })))
    .sort((a, b) => a.start - b.start || b.pitch - a.pitch);
  const place = all.findIndex((each) => each.key === chosen);
  const to = { PageUp: place - 1, PageDown: place + 1, Home: 0 }[key] ?? all.length - 1;
  return all[Math.min(all.length - 1, Math.max(0, to))]!.key;
}
