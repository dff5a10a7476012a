/** What pointer and keys do to the notes of a roll. */

import { useRef, useState } from "preact/hooks";
import { DEFAULT_VELOCITY, type Note, type Score } from "../music/score";
import { player } from "../sound/engine";
import { playing } from "../sound/player";
import { GRID, moved, nextFree, resized } from "./notes";
import { actOf } from "./rollKeys";
import type { Rows } from "./rows";

interface Given {
  readonly score: Score;
  readonly quarters: number;
  readonly rows: Rows;
  readonly locked: ReadonlySet<string> | undefined;
  readonly onLock: ((key: string) => void) | undefined;
  readonly onNotes: ((track: number, notes: readonly Note[], mergeKey: string) => void) | undefined;
}

interface Drag {
  readonly track: number;
  readonly index: number;
  readonly from: Note;
  readonly kind: "move" | "length";
  readonly x: number;
  readonly y: number;
  readonly merge: string;
  changed: boolean;
}

const EDGE = 8; // pixels at the end of a note that pull its length
const HEARD = 0.25; // seconds
const TAP = 400; // milliseconds in which the click of a tap comes
let strokes = 0;

export function useRollHand(field: { readonly current: HTMLElement | null }, given: Given) {
  const { score, quarters, locked, onLock, onNotes } = given;
  const drag = useRef<Drag | null>(null);
  const [chosen, choose] = useState("0:0");

  const focus = (key: string) => {
    choose(key);
    requestAnimationFrame(() => field.current?.querySelector<HTMLElement>(`[data-note="${key}"]`)?.focus());
  };
  const put = (track: number, index: number, note: Note | null, merge: string) => {
    const notes = score.tracks[track]!.notes;
    if (note && note[2] !== notes[index]![2]) hear(score, track, note[2]);
    onNotes?.(track, note ? notes.map((old, i) => (i === index ? note : old)) : notes.filter((_, i) => i !== index), merge);
  };
  const add = (track: number, note: Note) => {
    const notes = score.tracks[track]!.notes;
    hear(score, track, note[2]);
    onNotes?.(track, [...notes, note], `add ${(strokes += 1)}`);
    focus(`${track}:${notes.length}`);
  };
  const addAt = (event: MouseEvent) => {
    const found = newNote(event, field.current!.getBoundingClientRect(), given, chosen);
    if (found) add(...found);
  };

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const target = noteUnder(event);
    if (!target) {
      if (onNotes && event.pointerType === "mouse") addAt(event);
      return;
    }
    choose(target.dataset.note!);
    if (!onNotes || locked?.has(target.dataset.note!)) return;
    drag.current = dragOf(event, target, score);
    field.current!.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const now = drag.current;
    const next = now && dragged(now, event, field.current!.getBoundingClientRect(), given);
    if (!next) return;
    now.changed = true;
    put(now.track, now.index, next, now.merge);
  };
  const onPointerUp = (event: PointerEvent) => {
    const now = drag.current;
    drag.current = null;
    if (!now) return;
    swallowClick(field.current!, event.pointerType === "mouse" ? 0 : TAP);
    if (!now.changed) onLock?.(`${now.track}:${now.index}`);
    focus(`${now.track}:${now.index}`);
  };
  const onClick = (event: MouseEvent) => {
    const key = noteUnder(event)?.dataset.note;
    if (key) onLock?.(key);
    else if (onNotes && (event as PointerEvent).pointerType === "touch") addAt(event);
  };
  const onContextMenu = (event: MouseEvent) => {
    const key = noteUnder(event)?.dataset.note;
    if (!key || !onNotes || locked?.has(key)) return;
    event.preventDefault();
    put(...placeOf(key), null, `erase ${(strokes += 1)}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = actOf(event, score, chosen, quarters);
    if (!act || (act.kind !== "go" && !onNotes) || (act.kind === "put" && locked?.has(chosen))) return;
    event.preventDefault();
    event.stopPropagation();
    const [track, index] = placeOf(chosen);
    if (act.kind === "go") focus(act.key);
    else if (act.kind === "add") add(score.tracks[track] ? track : 0, nextFree(score.tracks[track], quarters));
    else {
      put(track, index, act.note, `keys ${chosen}`);
      focus(act.note ? chosen : `${track}:${Math.max(0, index - 1)}`);
    }
  };

  const [track, index] = placeOf(chosen);
  const reachable = score.tracks[track]?.notes[index] ? chosen : firstKey(score);
  return { reachable, listeners: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onClick, onContextMenu, onKeyDown } };
}

function placeOf(key: string): [track: number, index: number] {
  const [track = 0, index = 0] = key.split(":").map(Number);
  return [track, index];
}

function noteUnder(event: Event): HTMLElement | null {
  return (event.target as HTMLElement).closest<HTMLElement>("[data-note]");
}

function hear(score: Score, track: number, pitch: number): void {
  const { program = 0, drum = false } = score.tracks[track]!;
  if (!playing.value) player.note(pitch, program, drum, HEARD);
}

function dragOf(event: PointerEvent, target: HTMLElement, score: Score): Drag {
  const [track, index] = placeOf(target.dataset.note!);
  const box = target.getBoundingClientRect();
  const atEnd = event.clientX > box.right - Math.min(EDGE, box.width / 3) && !score.tracks[track]!.drum;
  return { track, index, from: score.tracks[track]!.notes[index]!, kind: atEnd ? "length" : "move", x: event.clientX, y: event.clientY, merge: `note ${(strokes += 1)}`, changed: false };
}

/** The note where a drag has brought it; null while it has not left its place. */
function dragged(now: Drag, event: PointerEvent, box: DOMRect, { score, quarters, rows }: Given): Note | null {
  const grid = event.altKey ? GRID / 12 : GRID;
  const time = Math.round((((event.clientX - now.x) / box.width) * quarters) / grid) * grid;
  const up = -Math.round(((event.clientY - now.y) / box.height) * rows.rows.length);
  if (!time && !up && !now.changed) return null;
  return now.kind === "length" ? resized(now.from, time, quarters) : moved(now.from, time, up, score.tracks[now.track]!.drum ?? false, quarters);
}

/** The note that a click on free space means, and the track that it goes to: the chosen one if it fits, else the first that does. */
function newNote(event: MouseEvent, box: DOMRect, { score, quarters, rows }: Given, chosen: string): [track: number, note: Note] | null {
  const row = rows.rows[Math.floor(((event.clientY - box.top) / box.height) * rows.rows.length)];
  if (!row) return null;
  const fits = (track: number) => score.tracks[track] !== undefined && (score.tracks[track].drum ?? false) === row.drum;
  const [now] = placeOf(chosen);
  const track = fits(now) ? now : score.tracks.findIndex((_, i) => fits(i));
  if (track < 0) return null;
  const start = Math.floor(((event.clientX - box.left) / box.width) * (quarters / GRID)) * GRID;
  return [track, [start, row.drum ? GRID : Math.min(1, quarters - start), row.pitch, DEFAULT_VELOCITY]];
}

function firstKey(score: Score): string {
  const track = score.tracks.findIndex((each) => each.notes.length);
  return track < 0 ? "" : `${track}:0`;
}

/** The click that ends a drag is none. */
function swallowClick(element: HTMLElement, within: number): void {
  const stop = (event: Event) => event.stopPropagation();
  element.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => element.removeEventListener("click", stop, { capture: true }), within);
}
