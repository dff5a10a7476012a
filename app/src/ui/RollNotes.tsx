/** The notes of a roll as things to hold: each can be focused, moved, lengthened, erased or locked. */

import { memo } from "preact/compat";
import { useRef, useState } from "preact/hooks";
import { drumName } from "../music/drums";
import { DEFAULT_VELOCITY, pitchName, type Note, type Score } from "../music/score";
import { player } from "../sound/engine";
import { playing } from "../sound/player";
import { moved, nextFree, resized, GRID } from "./notes";
import { trackColour, type Rows } from "./rows";

interface Props {
  readonly score: Score;
  readonly quarters: number;
  readonly starts: readonly number[];
  readonly rows: Rows;
  readonly label: string;
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

let drags = 0;

export function RollNotes({ score, quarters, starts, rows, label, locked, onLock, onNotes }: Props) {
  const field = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const [chosen, choose] = useState("0:0");
  const held = locked?.has(chosen) ?? false;

  const scale = () => {
    const box = field.current!.getBoundingClientRect();
    return { box, perQuarter: box.width / quarters, perRow: box.height / rows.rows.length };
  };
  const put = (track: number, index: number, note: Note | null, merge: string) => {
    const notes = score.tracks[track]!.notes;
    onNotes?.(track, note ? notes.map((old, i) => (i === index ? note : old)) : notes.filter((_, i) => i !== index), merge);
  };
  const hear = (track: number, pitch: number) => {
    const { program = 0, drum = false } = score.tracks[track]!;
    if (!playing.value) player.note(pitch, program, drum, 0.25);
  };
  const focus = (key: string) => {
    choose(key);
    requestAnimationFrame(() => field.current?.querySelector<HTMLElement>(`[data-note="${key}"]`)?.focus());
  };
  const add = (track: number, note: Note): number => {
    const notes = [...(score.tracks[track]?.notes ?? []), note];
    onNotes?.(track, notes, `add ${(drags += 1)}`);
    return notes.length - 1;
  };

  const down = (event: PointerEvent) => {
    const target = (event.target as HTMLElement).closest<HTMLElement>("[data-note]");
    if (event.button !== 0) return;
    if (target) startDrag(event, target);
    else if (onNotes && event.pointerType === "mouse") addAt(event);
  };
  const startDrag = (event: PointerEvent, target: HTMLElement) => {
    const key = target.dataset.note!;
    const [track, index] = key.split(":").map(Number) as [number, number];
    choose(key);
    if (!onNotes || locked?.has(key)) return;
    const box = target.getBoundingClientRect();
    const kind = event.clientX > box.right - Math.min(8, box.width / 3) && !score.tracks[track]!.drum ? "length" : "move";
    drag.current = { track, index, from: score.tracks[track]!.notes[index]!, kind, x: event.clientX, y: event.clientY, merge: `note ${(drags += 1)}`, changed: false };
    field.current!.setPointerCapture(event.pointerId);
  };
  const addAt = (event: PointerEvent | MouseEvent) => {
    const { box, perQuarter, perRow } = scale();
    const row = rows.rows[Math.floor((event.clientY - box.top) / perRow)];
    const track = row ? trackFor(score, row.drum, chosen) : -1;
    if (!row || track < 0) return;
    const start = Math.floor((event.clientX - box.left) / perQuarter / GRID) * GRID;
    const note: Note = [start, row.drum ? GRID : Math.min(1, quarters - start), row.pitch, DEFAULT_VELOCITY];
    hear(track, note[2]);
    focus(`${track}:${add(track, note)}`);
  };
  const move = (event: PointerEvent) => {
    const now = drag.current;
    if (!now) return;
    const { perQuarter, perRow } = scale();
    const grid = event.altKey ? GRID / 12 : GRID;
    const time = Math.round((event.clientX - now.x) / perQuarter / grid) * grid;
    const up = -Math.round((event.clientY - now.y) / perRow);
    if (!time && !up && !now.changed) return;
    now.changed = true;
    const drum = score.tracks[now.track]!.drum ?? false;
    const next = now.kind === "length" ? resized(now.from, time, quarters) : moved(now.from, time, up, drum, quarters);
    if (next[2] !== score.tracks[now.track]!.notes[now.index]![2]) hear(now.track, next[2]);
    put(now.track, now.index, next, now.merge);
  };
  const up = () => {
    const now = drag.current;
    drag.current = null;
    if (now?.changed) swallow(field.current!);
    if (now) focus(`${now.track}:${now.index}`);
  };

  const key = (event: KeyboardEvent) => {
    const act = onKey(event, score, chosen, quarters);
    if (!act) return;
    if (act.kind === "go") focus(act.key);
    else if (act.kind === "add" && onNotes) {
      const track = score.tracks[Number(chosen.split(":")[0])] ? Number(chosen.split(":")[0]) : 0;
      focus(`${track}:${add(track, nextFree(score.tracks[track], quarters))}`);
    } else if (act.kind === "put" && onNotes && !held) {
      const [track, index] = chosen.split(":").map(Number) as [number, number];
      if (act.note && act.note[2] !== score.tracks[track]!.notes[index]![2]) hear(track, act.note[2]);
      put(track, index, act.note, `keys ${chosen}`);
      focus(act.note ? chosen : `${track}:${Math.max(0, index - 1)}`);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const [chosenTrack = 0, chosenIndex = 0] = chosen.split(":").map(Number);
  const reachable = score.tracks[chosenTrack]?.notes[chosenIndex] ? chosen : firstKey(score);
  return (
    <div ref={field} class="roll-notes" role="group" aria-label={hint(label, !!onNotes, !!onLock)} tabIndex={reachable ? -1 : 0}
      onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up} onKeyDown={key}
      onContextMenu={(event) => {
        const note = (event.target as HTMLElement).closest<HTMLElement>("[data-note]")?.dataset.note;
        if (!note || !onNotes || locked?.has(note)) return;
        event.preventDefault();
        const [track, index] = note.split(":").map(Number) as [number, number];
        put(track, index, null, `erase ${(drags += 1)}`);
      }}
      onClick={(event) => {
        const note = (event.target as HTMLElement).closest<HTMLElement>("[data-note]")?.dataset.note;
        if (note) onLock?.(note);
        else if (onNotes && (event as unknown as PointerEvent).pointerType === "touch") addAt(event);
      }}>
      {score.tracks.map((track, i) => (
        <TrackNotes key={i} number={i} notes={track.notes} drum={track.drum ?? false} colour={trackColour(score, i)} rows={rows} score={score}
          quarters={quarters} starts={starts} reachable={reachable.startsWith(`${i}:`) ? reachable : ""} locked={locked} locks={!!onLock} />
      ))}
    </div>
  );
}

interface TrackProps {
  readonly number: number;
  readonly notes: readonly Note[];
  readonly drum: boolean;
  readonly colour: string;
  readonly rows: Rows;
  readonly score: Score;
  readonly quarters: number;
  readonly starts: readonly number[];
  readonly reachable: string;
  readonly locked: ReadonlySet<string> | undefined;
  readonly locks: boolean;
}

const TrackNotes = memo(function TrackNotes({ number, notes, drum, colour, rows, score, quarters, starts, reachable, locked, locks }: TrackProps) {
  const track = score.tracks[number]!;
  return (
    <>
      {notes.map((note, i) => {
        const row = rows.of(track, note[2]);
        if (row === null) return null;
        const key = `${number}:${i}`;
        const held = locked?.has(key) ?? false;
        return (
          <button key={i} type="button" class={held ? "roll-note held" : "roll-note"} data-note={key} tabIndex={reachable === key ? 0 : -1}
            aria-label={named(note, drum, score, starts, held)} aria-pressed={locks ? held : undefined}
            style={{
              left: `${(100 * note[0]) / quarters}%`, width: `${(100 * Math.max(drum ? 0.22 : note[1], 0.1)) / quarters}%`,
              top: `calc(${row} * var(--row-height))`, background: colour, opacity: 0.55 + (0.45 * note[3]) / 127,
            }} />
        );
      })}
    </>
  );
}, (before, after) => before.notes === after.notes && before.rows === after.rows && before.reachable === after.reachable
  && before.locked === after.locked && before.quarters === after.quarters && before.starts === after.starts);

/** "C4, bar 2 beat 3, 1 beat". */
function named([start, duration, pitch]: Note, drum: boolean, score: Score, starts: readonly number[], held: boolean): string {
  let bar = 0;
  while (bar + 1 < starts.length && starts[bar + 1]! <= start + 1e-9) bar += 1;
  const below = [...score.metres].reverse().find(([at]) => at <= start + 1e-9)?.[2] ?? 4;
  const beat = ((start - starts[bar]!) * below) / 4 + 1;
  const beats = (duration * below) / 4;
  const round = (value: number) => Number(value.toFixed(2));
  return `${drum ? drumName(pitch) : pitchName(pitch)}, bar ${bar + 1} beat ${round(beat)}${drum ? "" : `, ${round(beats)} beat${round(beats) === 1 ? "" : "s"}`}${held ? ", locked" : ""}`;
}

function hint(label: string, edits: boolean, locks: boolean): string {
  const says = [edits && "arrows move a note, Shift and arrows change its length or octave, Delete erases, Insert adds", locks && "Space locks", "Page Up and Down go to other notes"];
  return `${label}, notes: ${says.filter(Boolean).join("; ")}`;
}

function firstKey(score: Score): string {
  const track = score.tracks.findIndex((t) => t.notes.length);
  return track < 0 ? "" : `${track}:0`;
}

/** The track that a new note goes to: the chosen one if it fits, else the first that does. */
function trackFor(score: Score, drum: boolean, chosen: string): number {
  const now = Number(chosen.split(":")[0]);
  if (score.tracks[now] && (score.tracks[now].drum ?? false) === drum) return now;
  return score.tracks.findIndex((t) => (t.drum ?? false) === drum);
}

/** The click that ends a drag is none. */
function swallow(element: HTMLElement): void {
  const stop = (event: Event) => event.stopPropagation();
  element.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => element.removeEventListener("click", stop, { capture: true }), 0);
}

type Act = { kind: "go"; key: string } | { kind: "add" } | { kind: "put"; note: Note | null };

function onKey(event: KeyboardEvent, score: Score, chosen: string, quarters: number): Act | null {
  if (event.ctrlKey || event.metaKey) return null;
  const [number = 0, index = 0] = chosen.split(":").map(Number);
  const track = score.tracks[number];
  const note = track?.notes[index];
  if (event.key === "Insert" || (event.key === "Enter" && !note)) return { kind: "add" };
  if (!track || !note) return null;
  const all = score.tracks.flatMap((t, i) => t.notes.map((n, k) => ({ at: n[0], pitch: n[2], key: `${i}:${k}` }))).sort((a, b) => a.at - b.at || b.pitch - a.pitch);
  const place = all.findIndex((each) => each.key === chosen);
  const to = { PageUp: place - 1, PageDown: place + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) return { kind: "go", key: all[Math.min(all.length - 1, Math.max(0, to))]!.key };
  const drum = track.drum ?? false;
  const grid = event.altKey ? GRID / 12 : GRID;
  const keys: Record<string, () => Note | null> = {
    ArrowLeft: () => (event.shiftKey ? resized(note, -grid, quarters) : moved(note, -grid, 0, drum, quarters)),
    ArrowRight: () => (event.shiftKey ? resized(note, grid, quarters) : moved(note, grid, 0, drum, quarters)),
    ArrowUp: () => moved(note, 0, event.shiftKey && !drum ? 12 : 1, drum, quarters),
    ArrowDown: () => moved(note, 0, event.shiftKey && !drum ? -12 : -1, drum, quarters),
    "+": () => [note[0], note[1], note[2], Math.min(127, note[3] + 8)],
    "-": () => [note[0], note[1], note[2], Math.max(1, note[3] - 8)],
    Delete: () => null,
    Backspace: () => null,
  };
  const act = keys[event.key];
  return act ? { kind: "put", note: act() } : null;
}
