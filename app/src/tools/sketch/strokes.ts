/** What a stroke on the matrix makes of the notes. */

import type { Note } from "../../music/score";
import { erased, noteAt, painted, STEP, withNote, type GridRow } from "./grid";

export interface Cell {
  readonly row: number;
  readonly step: number;
}

/** What is drawn on. */
export interface Sheet {
  readonly rows: readonly GridRow[];
  readonly drum: boolean;
  /** Steps in all. */
  readonly all: number;
}

export interface Stroke {
  readonly kind: "paint" | "erase" | "velocity" | "move" | "length";
  readonly merge: string;
  /** The notes before the stroke, or before its latest note. */
  base: readonly Note[];
  from: Cell;
  last: Cell;
  /** The note that it began on. */
  readonly place: number;
  readonly y: number;
  changed: boolean;
}

export const LABELS: Readonly<Record<Stroke["kind"], string>> = {
  paint: "draw", erase: "erase", velocity: "change a velocity", move: "move a note", length: "change a length",
};

/** The notes after a stroke has come to another cell. */
export function carriedOn(stroke: Stroke, to: Cell, notes: readonly Note[], sheet: Sheet): readonly Note[] {
  if (stroke.kind === "move") return carried(stroke, to, sheet);
  if (stroke.kind === "length") return stretched(stroke, to);
  const next = stroke.kind === "paint" ? drawn : wiped;
  return along(stroke.last, to).reduce((made, cell) => next(stroke, cell, made, sheet), notes);
}

/** Along a row a note grows; on another row the next one begins. Drums are struck on every cell. */
function drawn(stroke: Stroke, cell: Cell, notes: readonly Note[], { rows, drum }: Sheet): readonly Note[] {
  if (cell.row !== stroke.from.row || drum) {
    stroke.base = notes;
    stroke.from = cell;
  }
  return painted(stroke.base, rows[cell.row]!, stroke.from.step, cell.step, drum);
}

function wiped(_: Stroke, cell: Cell, notes: readonly Note[], { rows, drum }: Sheet): readonly Note[] {
  return erased(notes, rows[cell.row]!, cell.step, drum);
}

function carried({ base, place, from }: Stroke, to: Cell, { rows, all }: Sheet): readonly Note[] {
  const note = base[place]!;
  const start = Math.min((all - 1) * STEP, Math.max(0, note[0] + (to.step - from.step) * STEP));
  return withNote(base, place, [start, Math.min(note[1], all * STEP - start), rows[to.row]!.pitch, note[3]]);
}

function stretched({ base, place }: Stroke, to: Cell): readonly Note[] {
  const note = base[place]!;
  return withNote(base, place, [note[0], Math.max(STEP, (to.step + 1) * STEP - note[0]), note[2], note[3]]);
}

/** With the velocity of the note that the stroke began on changed, upwards louder. */
export function bent({ base, place, y }: Stroke, to: number): readonly Note[] {
  const note = base[place]!;
  return withNote(base, place, [note[0], note[1], note[2], Math.min(127, Math.max(1, Math.round(note[3] + y - to)))]);
}

/** The cells after one up to another: a quick pointer skips some. */
export function along(from: Cell, to: Cell): Cell[] {
  const count = Math.max(Math.abs(to.step - from.step), 1);
  return Array.from({ length: count }, (_, i) => ({
    row: Math.round(from.row + ((to.row - from.row) * (i + 1)) / count),
    step: Math.round(from.step + ((to.step - from.step) * (i + 1)) / count),
  }));
}

/** What a key does to the note beneath the focus; null for a key that does nothing to it. */
export function keyed(event: KeyboardEvent, notes: readonly Note[], place: number, { all, drum }: Sheet): { readonly kind: Stroke["kind"]; readonly notes: readonly Note[] } | null {
  const note = notes[place];
  if (!note) return null;
  const longer = (by: number): Note => [note[0], Math.min(all * STEP - note[0], Math.max(STEP, note[1] + by * STEP)), note[2], note[3]];
  const louder = (by: number): Note => [note[0], note[1], note[2], Math.min(127, Math.max(1, note[3] + by))];
  const to = (kind: Stroke["kind"], next: Note | null) => ({ kind, notes: withNote(notes, place, next) });
  if (event.shiftKey && !drum && event.key === "ArrowRight") return to("length", longer(1));
  if (event.shiftKey && !drum && event.key === "ArrowLeft") return to("length", longer(-1));
  if (event.key === "+" || event.key === "=") return to("velocity", louder(8));
  if (event.key === "-") return to("velocity", louder(-8));
  if (event.key === "Delete" || event.key === "Backspace" || event.key === "e") return to("erase", null);
  return null;
}

/** Where a key leads from a cell; null for a key that leads nowhere. */
export function goal(event: KeyboardEvent, { row, step }: Cell, rows: number, all: number, barSteps: number): Cell | null {
  if (event.altKey) return null;
  const by = event.shiftKey ? 4 : 1;
  const moves: Readonly<Record<string, Cell>> = {
    ArrowLeft: { row, step: step - by }, ArrowRight: { row, step: step + by }, ArrowUp: { row: row - by, step }, ArrowDown: { row: row + by, step },
    Home: { row, step: 0 }, End: { row, step: all - 1 }, PageUp: { row, step: step - barSteps }, PageDown: { row, step: step + barSteps },
  };
  const to = moves[event.key];
  return to ? { row: Math.min(rows - 1, Math.max(0, to.row)), step: Math.min(all - 1, Math.max(0, to.step)) } : null;
}

/** What a press on a cell begins: nothing where there is no velocity to change. */
export function beginning(cell: Cell, notes: readonly Note[], sheet: Sheet, how: { mode: "draw" | "erase" | "velocity"; right: boolean; alt: boolean; atEnd: boolean }): Stroke["kind"] | null {
  if (how.mode === "erase" || how.right) return "erase";
  if (noteAt(notes, sheet.rows[cell.row]!, cell.step, sheet.drum) < 0) return how.mode === "velocity" ? null : "paint";
  if (how.alt || how.mode === "velocity") return "velocity";
  return how.atEnd ? "length" : "move";
}
