/** Pointer and keys on the matrix. */

import { useRef, useState } from "preact/hooks";
import type { Note } from "../../music/score";
import { erased, noteAt, painted, STEP, withNote } from "./grid";
import { beginning, bent, carriedOn, goal, keyed, LABELS, type Cell, type Sheet, type Stroke } from "./strokes";

interface Given extends Sheet {
  readonly notes: readonly Note[];
  readonly mode: "draw" | "erase" | "velocity";
  readonly barSteps: number;
  readonly onNotes: (label: string, notes: readonly Note[], merge: string) => void;
  readonly onHear: (pitch: number) => void;
  /** The first step that is shown, and how many are. */
  readonly first: number;
  readonly shown: number;
  /** Brings a step into sight. */
  readonly show: (step: number) => void;
}

const END = 0.55; // share of a note's last cell after which a drag pulls its length
let strokes = 0;

export function useHand(box: { readonly current: HTMLElement | null }, given: Given) {
  const { rows, notes, drum, first, shown, all } = given;
  const stroke = useRef<Stroke | null>(null);
  const [asked, setFocus] = useState<Cell>({ row: Math.floor(rows.length / 2), step: 0 });
  const focus = { row: Math.min(asked.row, rows.length - 1), step: Math.min(Math.max(asked.step, first), first + shown - 1) };

  const put = (kind: Stroke["kind"], next: readonly Note[], merge: string) => {
    if (next !== notes) given.onNotes(LABELS[kind], next, merge);
  };
  const focusOn = (cell: Cell) => {
    setFocus(cell);
    if (cell.step < first || cell.step >= first + shown) given.show(cell.step);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${cell.row}"][data-step="${cell.step}"]`)?.focus());
  };
  /** Writes on an empty cell, or wipes. */
  const press = (kind: Stroke["kind"], cell: Cell, merge: string) => {
    const row = rows[cell.row]!;
    if (kind === "paint") given.onHear(row.pitch);
    put(kind, kind === "paint" ? painted(notes, row, cell.step, cell.step, drum) : erased(notes, row, cell.step, drum), merge);
  };

  const onPointerDown = (event: PointerEvent) => {
    const cell = cellAt(event, box.current!);
    if (!cell || (event.button !== 0 && event.button !== 2)) return;
    const place = noteAt(notes, rows[cell.row]!, cell.step, drum);
    const kind = beginning(cell, notes, given, { mode: given.mode, right: event.button === 2, alt: event.altKey, atEnd: place >= 0 && !drum && atEnd(event, notes[place]!, cell) });
    if (!kind) return;
    const merge = `stroke ${(strokes += 1)}`;
    stroke.current = { kind, merge, base: notes, from: cell, last: cell, place, y: event.clientY, changed: false };
    setFocus(cell);
    box.current!.setPointerCapture(event.pointerId);
    if (kind === "paint" || kind === "erase") press(kind, cell, merge);
  };
  const onPointerMove = (event: PointerEvent) => {
    const now = stroke.current;
    if (!now) return;
    const cell = now.kind === "velocity" ? now.last : cellAt(event, box.current!);
    if (!cell || (now.kind !== "velocity" && cell.row === now.last.row && cell.step === now.last.step)) return;
    if ((now.kind === "paint" || now.kind === "move") && (cell.row !== now.last.row || drum)) given.onHear(rows[cell.row]!.pitch);
    put(now.kind, now.kind === "velocity" ? bent(now, event.clientY) : carriedOn(now, cell, notes, given), now.merge);
    now.last = cell;
    now.changed = true;
  };
  const onPointerUp = (event: PointerEvent) => {
    const now = stroke.current;
    stroke.current = null;
    if (!now) return;
    const clicked = !now.changed && event.type === "pointerup" && (now.kind === "move" || now.kind === "length");
    if (clicked) put("erase", withNote(notes, now.place, null), now.merge);
    focusOn(now.last);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey) return;
    const place = noteAt(notes, rows[focus.row]!, focus.step, drum);
    const act = keyed(event, notes, place, given);
    const to = act ? null : goal(event, focus, rows.length, all, given.barSteps);
    if (act) put(act.kind, act.notes, `key ${act.kind} ${focus.row}:${focus.step}`);
    else if (to) focusOn(to);
    else if (event.key === "Enter" || event.key === " ") press(place < 0 ? "paint" : "erase", focus, `stroke ${(strokes += 1)}`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onContextMenu = (event: Event) => event.preventDefault();
  return { focus, listeners: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onContextMenu, onKeyDown } };
}

function cellAt(event: PointerEvent, box: HTMLElement): Cell | null {
  const found = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-step]");
  return found && box.contains(found) ? { row: Number(found.dataset.row), step: Number(found.dataset.step) } : null;
}

/** Whether a pointer stands near the end of a note. */
function atEnd(event: PointerEvent, note: Note, cell: Cell): boolean {
  const last = Math.round((note[0] + note[1]) / STEP) - 1;
  const box = document.elementFromPoint(event.clientX, event.clientY)!.getBoundingClientRect();
  return cell.step === last && event.clientX > box.left + box.width * END;
}
