/** What pointer and keys do on the matrix. */

import { useRef, useState } from "preact/hooks";
import type { Note } from "../../music/score";
import { erased, noteAt, painted, STEP, withNote, type GridRow } from "./grid";

interface Given {
  readonly rows: readonly GridRow[];
  readonly notes: readonly Note[];
  readonly drum: boolean;
  readonly mode: "draw" | "erase" | "velocity";
  readonly barSteps: number;
  readonly onNotes: (label: string, notes: readonly Note[], merge: string) => void;
  readonly onHear: (pitch: number) => void;
}

export interface Cell {
  readonly row: number;
  readonly step: number;
}

interface Stroke {
  readonly kind: "paint" | "erase" | "velocity" | "move" | "length";
  readonly merge: string;
  /** The notes before the stroke, or before its latest note. */
  base: readonly Note[];
  from: Cell;
  last: Cell;
  readonly place: number;
  readonly y: number;
  changed: boolean;
}

export interface Hand {
  readonly focus: Cell;
  readonly listeners: {
    readonly onPointerDown: (event: PointerEvent) => void;
    readonly onPointerMove: (event: PointerEvent) => void;
    readonly onPointerUp: (event: PointerEvent) => void;
    readonly onPointerCancel: (event: PointerEvent) => void;
    readonly onContextMenu: (event: Event) => void;
    readonly onKeyDown: (event: KeyboardEvent) => void;
  };
}

let strokes = 0;

/**
 * @param first the first step that is shown
 * @param show brings a step into sight
 */
export function useHand(box: { readonly current: HTMLElement | null }, given: Given, first: number, shown: number, all: number, show: (step: number) => void): Hand {
  const { rows, notes, drum } = given;
  const stroke = useRef<Stroke | null>(null);
  const [asked, setFocus] = useState<Cell>({ row: Math.floor(rows.length / 2), step: 0 });
  const focus = { row: Math.min(asked.row, rows.length - 1), step: Math.min(Math.max(asked.step, first), first + shown - 1) };

  const cellAt = (event: PointerEvent): Cell | null => {
    const found = (document.elementFromPoint(event.clientX, event.clientY) as HTMLElement | null)?.closest<HTMLElement>("[data-step]");
    return found && box.current?.contains(found) ? { row: Number(found.dataset.row), step: Number(found.dataset.step) } : null;
  };
  const put = (label: string, next: readonly Note[], merge: string) => next !== notes && given.onNotes(label, next, merge);

  const onPointerDown = (event: PointerEvent) => {
    const cell = cellAt(event);
    if (!cell || (event.button !== 0 && event.button !== 2)) return;
    const place = noteAt(notes, rows[cell.row]!, cell.step, drum);
    const erases = given.mode === "erase" || event.button === 2;
    const kind = erases ? "erase" : place < 0 ? "paint" : event.altKey || given.mode === "velocity" ? "velocity" : atEnd(event, notes[place]!, cell, drum) ? "length" : "move";
    if (kind === "paint" && given.mode === "velocity") return;
    stroke.current = { kind, merge: `stroke ${(strokes += 1)}`, base: notes, from: cell, last: cell, place, y: event.clientY, changed: false };
    setFocus(cell);
    box.current!.setPointerCapture(event.pointerId);
    if (kind === "paint") {
      put("draw", painted(notes, rows[cell.row]!, cell.step, cell.step, drum), stroke.current.merge);
      given.onHear(rows[cell.row]!.pitch);
    } else if (kind === "erase") put("erase", erased(notes, rows[cell.row]!, cell.step, drum), stroke.current.merge);
  };

  const onPointerMove = (event: PointerEvent) => {
    const now = stroke.current;
    if (!now) return;
    if (now.kind === "velocity") return bend(now, event.clientY);
    const cell = cellAt(event);
    if (!cell || (cell.row === now.last.row && cell.step === now.last.step)) return;
    if (now.kind === "move") carry(now, cell);
    else if (now.kind === "length") stretch(now, cell);
    else put(now.kind === "paint" ? "draw" : "erase", along(now.last, cell).reduce((made, each) => (now.kind === "paint" ? goOn : wipe)(now, each, made), notes), now.merge);
    now.last = cell;
    now.changed = true;
  };
  /** Along a row a note grows; on another row the next one begins. Drums are struck on every cell. */
  const goOn = (now: Stroke, cell: Cell, made: readonly Note[]): readonly Note[] => {
    if (cell.row !== now.from.row || drum) {
      now.base = made;
      now.from = cell;
      given.onHear(rows[cell.row]!.pitch);
    }
    return painted(now.base, rows[cell.row]!, now.from.step, cell.step, drum);
  };
  const wipe = (_: Stroke, cell: Cell, made: readonly Note[]) => erased(made, rows[cell.row]!, cell.step, drum);
  const carry = (now: Stroke, cell: Cell) => {
    const note = now.base[now.place]!;
    const start = Math.min((all - 1) * STEP, Math.max(0, note[0] + (cell.step - now.from.step) * STEP));
    if (cell.row !== now.last.row) given.onHear(rows[cell.row]!.pitch);
    put("move a note", withNote(now.base, now.place, [start, Math.min(note[1], all * STEP - start), rows[cell.row]!.pitch, note[3]]), now.merge);
  };
  const stretch = (now: Stroke, cell: Cell) => {
    const note = now.base[now.place]!;
    put("change a length", withNote(now.base, now.place, [note[0], Math.max(STEP, (cell.step + 1) * STEP - note[0]), note[2], note[3]]), now.merge);
  };
  const bend = (now: Stroke, y: number) => {
    const note = now.base[now.place]!;
    const velocity = Math.min(127, Math.max(1, Math.round(note[3] + (now.y - y))));
    now.changed = true;
    put("change a velocity", withNote(now.base, now.place, [note[0], note[1], note[2], velocity]), now.merge);
  };
  const onPointerUp = (event: PointerEvent) => {
    const now = stroke.current;
    stroke.current = null;
    if (!now) return;
    if ((now.kind === "move" || now.kind === "length") && !now.changed && event.type === "pointerup") put("erase", withNote(notes, now.place, null), now.merge);
    focusOn({ ...now.last });
  };
  const focusOn = (cell: Cell) => {
    setFocus(cell);
    if (cell.step < first || cell.step >= first + shown) show(cell.step);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${cell.row}"][data-step="${cell.step}"]`)?.focus({ preventScroll: false }));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey) return;
    const row = rows[focus.row]!;
    const place = noteAt(notes, row, focus.step, drum);
    const act = place >= 0 ? noteKey(event, notes, place, all, drum) : null;
    const to = act ? null : goal(event, focus, rows.length, all, given.barSteps);
    if (act) put(act.label, act.notes, `key ${act.label} ${focus.row}:${focus.step}`);
    else if (to) focusOn(to);
    else if (event.key === "Enter" || event.key === " ") {
      if (place < 0) given.onHear(row.pitch);
      put(place < 0 ? "draw" : "erase", place < 0 ? painted(notes, row, focus.step, focus.step, drum) : erased(notes, row, focus.step, drum), `stroke ${(strokes += 1)}`);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { focus, listeners: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onContextMenu: (event) => event.preventDefault(), onKeyDown } };
}

/** The cells after one up to another: a quick pointer skips some. */
function along(from: Cell, to: Cell): Cell[] {
  const count = Math.max(Math.abs(to.step - from.step), 1);
  return Array.from({ length: count }, (_, i) => ({
    row: Math.round(from.row + ((to.row - from.row) * (i + 1)) / count),
    step: Math.round(from.step + ((to.step - from.step) * (i + 1)) / count),
  }));
}

/** Whether a pointer stands on the right half of a note's last cell. */
function atEnd(event: PointerEvent, note: Note, cell: Cell, drum: boolean): boolean {
  const end = Math.round((note[0] + note[1]) / STEP) - 1;
  const box = (document.elementFromPoint(event.clientX, event.clientY) as HTMLElement).getBoundingClientRect();
  return !drum && cell.step === end && event.clientX > box.left + box.width * 0.55;
}

/** What a key does to the note beneath the focus. */
function noteKey(event: KeyboardEvent, notes: readonly Note[], place: number, all: number, drum: boolean): { label: string; notes: readonly Note[] } | null {
  const note = notes[place]!;
  const longer = (by: number): Note => [note[0], Math.min(all * STEP - note[0], Math.max(STEP, note[1] + by * STEP)), note[2], note[3]];
  const louder = (by: number): Note => [note[0], note[1], note[2], Math.min(127, Math.max(1, note[3] + by))];
  if (event.shiftKey && !drum && event.key === "ArrowRight") return { label: "change a length", notes: withNote(notes, place, longer(1)) };
  if (event.shiftKey && !drum && event.key === "ArrowLeft") return { label: "change a length", notes: withNote(notes, place, longer(-1)) };
  if (event.key === "+" || event.key === "=") return { label: "change a velocity", notes: withNote(notes, place, louder(8)) };
  if (event.key === "-") return { label: "change a velocity", notes: withNote(notes, place, louder(-8)) };
  if (event.key === "Delete" || event.key === "Backspace" || event.key === "e") return { label: "erase", notes: withNote(notes, place, null) };
  return null;
}

/** Where a key leads from a cell. */
function goal(event: KeyboardEvent, { row, step }: Cell, rows: number, all: number, barSteps: number): Cell | null {
  if (event.altKey) return null;
  const by = event.shiftKey ? 4 : 1;
  const moves: Record<string, Cell> = {
    ArrowLeft: { row, step: step - by }, ArrowRight: { row, step: step + by }, ArrowUp: { row: row - by, step }, ArrowDown: { row: row + by, step },
    Home: { row, step: 0 }, End: { row, step: all - 1 }, PageUp: { row, step: step - barSteps }, PageDown: { row, step: step + barSteps },
  };
  const to = moves[event.key];
  return to ? { row: Math.min(rows - 1, Math.max(0, to.row)), step: Math.min(all - 1, Math.max(0, to.step)) } : null;
}
