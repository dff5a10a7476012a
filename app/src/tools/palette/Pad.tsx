/** The square: cells as small rolls, the puck, and the path over them. */

import { computed, effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { playhead, playing } from "../../sound/player";
import { MiniRoll } from "../../ui/MiniRoll";
import { partAt } from "../interpolate/line";
import { blending } from "./blending";
import { glide, playOrStopSpot, settle } from "./hearing";
import { cellAt, cellPlace, describeNotes, describePlace, drawnAt, placeAt, type Place } from "./square";
import { cellLoop, dragged, line, now, PATH_KEY, SPOT_KEY, type PaletteState } from "./state";
import { draw } from "./walking";

const FAR = 5; // cells that Shift and an arrow go

export function Pad() {
  const state = now();
  const pad = useRef<HTMLDivElement>(null);
  const hand = useHand(pad, state);
  const sounds = playing.value?.key === SPOT_KEY;
  const rows = Array.from({ length: state.size }, (_, k) => k);
  return (
    <div class={`pad by-${state.mode}${sounds ? " sounds" : ""}`} ref={pad} style={{ "--size": state.size }} onPointerDown={hand.down} onPointerMove={hand.move} onPointerUp={hand.up} onPointerCancel={hand.cancel}>
      <div class="pad-grid" role="grid" aria-label="Loops between the corners: arrow keys move, Enter plays" aria-rowcount={state.size} aria-colcount={state.size} aria-busy={blending.value}
        onKeyDown={(event) => onKey(event, state)}>
        {rows.map((row) => (
          <div key={row} role="row" class="pad-row">
            {rows.map((column) => <Cell key={column} state={state} row={row} column={column} />)}
          </div>
        ))}
      </div>
      <svg class="pad-path" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        <polyline points={hand.stroke.length ? polyline(hand.stroke, state.size) : polyline(state.path, state.size)} />
      </svg>
      {state.mode === "path" && state.path.map(([x, y], k) => (
        <i key={k} class="waypoint" aria-hidden="true" style={{ left: percent(x, state.size), top: percent(y, state.size) }}>{k + 1}</i>
      ))}
      <Puck />
      <Walker size={state.size} />
    </div>
  );
}

function percent(share: number, size: number): string {
  return `${100 * drawnAt(share, size)}%`;
}

function polyline(points: readonly Place[], size: number): string {
  return points.map(([x, y]) => `${drawnAt(x, size)},${drawnAt(y, size)}`).join(" ");
}

/** The cell in which the puck lies: only that changes while it is dragged, not every place. */
const hereKey = computed(() => {
  const { row, column } = cellAt(dragged.value ?? now().puck, now().size);
  return `${row},${column}`;
});

function Puck() {
  const { puck, size } = now();
  const place = dragged.value ?? puck;
  return <i class="puck" aria-hidden="true" style={{ left: percent(place[0], size), top: percent(place[1], size) }} />;
}

function Cell({ state, row, column }: { state: PaletteState; row: number; column: number }) {
  const here = hereKey.value === `${row},${column}`;
  const loop = cellLoop(state, row, column);
  const place = cellPlace(row, column, state.size);
  const name = `row ${row + 1} column ${column + 1}: ${describePlace(place)}${loop ? `; ${describeNotes(loop.score)}` : "; not made yet"}`;
  return (
    <div role="gridcell" class={`pad-cell${here ? " here" : ""}`} tabIndex={here ? 0 : -1} aria-label={name} aria-selected={here} data-cell={`${row},${column}`}>
      {loop && <MiniRoll score={loop.score} quarters={loop.quarters} />}
    </div>
  );
}

function onKey(event: KeyboardEvent, state: PaletteState): void {
  const { row, column } = cellAt(state.puck, state.size);
  const last = state.size - 1;
  const far = event.shiftKey ? FAR : 1;
  const corner = event.ctrlKey || event.metaKey;
  const to = {
    ArrowLeft: [row, column - far], ArrowRight: [row, column + far], ArrowUp: [row - far, column], ArrowDown: [row + far, column],
    Home: corner ? [0, 0] : [row, 0], End: corner ? [last, last] : [row, last], PageUp: [0, column], PageDown: [last, column],
  }[event.key];
  if (event.key === "Enter" || event.key === " ") playOrStopSpot();
  else if (to && !event.altKey) {
    const [nextRow, nextColumn] = to.map((k) => Math.min(last, Math.max(0, k))) as [number, number];
    settle(cellPlace(nextRow, nextColumn, state.size), { since: event.timeStamp, merge: "puck by keys" });
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-cell="${nextRow},${nextColumn}"]`)?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The pointer: drags the puck, or draws the path. */
function useHand(pad: { readonly current: HTMLDivElement | null }, state: PaletteState) {
  const stroke = useRef<Place[]>([]);
  const pointer = useRef<number | null>(null);
  const placeOf = (event: PointerEvent): Place => {
    const box = pad.current!.getBoundingClientRect();
    return [placeAt((event.clientX - box.left) / box.width, state.size), placeAt((event.clientY - box.top) / box.height, state.size)];
  };
  const redraw = () => pad.current?.querySelector("polyline")?.setAttribute("points", polyline(stroke.current, state.size));
  return {
    stroke: stroke.current,
    down(event: PointerEvent) {
      if (event.button !== 0 || pointer.current !== null) return;
      event.preventDefault();
      pointer.current = event.pointerId;
      pad.current!.setPointerCapture(event.pointerId);
      if (state.mode === "path") stroke.current = [placeOf(event)];
      else glide(placeOf(event), event.timeStamp, true);
      focusCell(pad.current!, placeOf(event), state.size);
    },
    move(event: PointerEvent) {
      if (event.pointerId !== pointer.current) return;
      if (state.mode === "path") {
        for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.current.push(placeOf(each));
        redraw();
      } else glide(placeOf(event), event.timeStamp, true);
    },
    up(event: PointerEvent) {
      if (event.pointerId !== pointer.current) return;
      pointer.current = null;
      const drawn = stroke.current;
      stroke.current = [];
      if (state.mode === "path") draw(drawn);
      else settle(placeOf(event), { start: true, since: event.timeStamp });
    },
    cancel(event: PointerEvent) {
      if (event.pointerId !== pointer.current) return;
      pointer.current = null;
      stroke.current = [];
      dragged.value = null;
    },
  };
}

function focusCell(pad: HTMLElement, place: Place, size: number): void {
  const { row, column } = cellAt(place, size);
  pad.querySelector<HTMLElement>(`[data-cell="${row},${column}"]`)?.focus({ preventScroll: true });
}

/** Goes along the path with the sound. */
function Walker({ size }: { size: number }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => effect(() => {
    const element = mark.current;
    const found = line.value;
    if (!element) return;
    const sounds = playing.value?.key === PATH_KEY && found !== null;
    element.hidden = !sounds;
    if (!sounds) return;
    const [x, y] = found.loops[partAt(found.offsets, playhead.value).part]!.place;
    element.style.left = percent(x, size);
    element.style.top = percent(y, size);
  }), [size]);
  return <i ref={mark} class="walker" hidden aria-hidden="true" />;
}
