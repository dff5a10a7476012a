/** The matrix of a sketch: a grid of cells that can be painted on by mouse, touch and keys. */

import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Note } from "../../music/score";
import { Playhead } from "../../ui/Playhead";
import { noteAt, onRow, STEP, stepsPerBeat, type GridRow } from "./grid";
import { useHand } from "./hand";

interface Props {
  readonly rows: readonly GridRow[];
  readonly notes: readonly Note[];
  readonly drum: boolean;
  readonly bars: number;
  readonly barSteps: number;
  readonly metre: string;
  readonly label: string;
  readonly playKey: string;
  readonly mode: "draw" | "erase" | "velocity";
  readonly tonic: number | null;
  readonly onNotes: (label: string, notes: readonly Note[], merge: string) => void;
  readonly onHear: (pitch: number) => void;
}

const NARROWEST = { fine: 17, coarse: 30 }; // pixels of a cell
const GUTTER = { melody: 46, drums: 104 };

export function Matrix(props: Props) {
  const { rows, notes, drum, bars, barSteps, metre, label, playKey } = props;
  const box = useRef<HTMLDivElement>(null);
  const all = bars * barSteps;
  const gutter = drum ? GUTTER.drums : GUTTER.melody;
  const shown = useRoom(box, gutter, bars, barSteps);
  const [asked, setPage] = useState(0);
  const pages = Math.ceil(all / shown);
  const page = Math.min(asked, pages - 1);
  const first = page * shown;
  const hand = useHand(box, { ...props, first, shown, all, show: (step) => setPage(Math.floor(step / shown)) });
  return (
    <div class="matrix-frame">
      {pages > 1 && (
        <div class="segments pages" role="group" aria-label="Which part is shown">
          {Array.from({ length: pages }, (_, i) => (
            <button key={i} type="button" aria-pressed={i === page} onClick={() => setPage(i)}>{pageName(i, shown, barSteps)}</button>
          ))}
        </div>
      )}
      <div ref={box} class={`matrix ${drum ? "drums" : "melody"} ${props.mode}`} role="grid" aria-label={label} aria-rowcount={rows.length} aria-colcount={all}
        style={{ "--gutter": `${gutter}px`, "--steps": shown }} {...hand.listeners}>
        {rows.map((row, i) => (
          <MatrixRow key={row.pitch} row={row} number={i} notes={notes.filter((note) => onRow(row, note, drum))} drum={drum} first={first} shown={shown} barSteps={barSteps}
            metre={metre} focus={hand.focus.row === i ? hand.focus.step : -1} root={!drum && row.pitch % 12 === (props.tonic ?? 0)} onHear={props.onHear} />
        ))}
        <div class="matrix-over" aria-hidden="true"><Head playKey={playKey} first={first} shown={shown} all={all} /></div>
      </div>
    </div>
  );
}

/** The playhead stands on the page that is shown, or beyond its edges. */
function Head({ playKey, first, shown, all }: { playKey: string; first: number; shown: number; all: number }) {
  const quarters = all * STEP;
  return <div class="matrix-wide" style={{ width: `${(100 * all) / shown}%`, left: `${(-100 * first) / shown}%` }}><Playhead playKey={playKey} quarters={quarters} /></div>;
}

interface RowProps {
  readonly row: GridRow;
  readonly number: number;
  readonly notes: readonly Note[];
  readonly drum: boolean;
  readonly first: number;
  readonly shown: number;
  readonly barSteps: number;
  readonly metre: string;
  readonly focus: number;
  readonly root: boolean;
  readonly onHear: (pitch: number) => void;
}

const MatrixRow = memo(function MatrixRow({ row, number, notes, drum, first, shown, barSteps, metre, focus, root, onHear }: RowProps) {
  const beat = stepsPerBeat(metre);
  return (
    <div class={`matrix-row${row.outside ? " outside" : ""}${root ? " root" : ""}`} role="row" aria-rowindex={number + 1}>
      <span class="matrix-label" role="rowheader" title={row.outside ? "outside the scale" : undefined} onPointerDown={() => onHear(row.pitch)}>{row.label}</span>
      {Array.from({ length: shown }, (_, i) => {
        const step = first + i;
        const place = noteAt(notes, row, step, drum);
        const line = step % barSteps === 0 ? " bar" : (step % barSteps) % beat === 0 ? " beat" : "";
        return (
          <span key={step} role="gridcell" class={`cell${line}`} data-row={number} data-step={step} tabIndex={focus === step ? 0 : -1} aria-colindex={step + 1}
            aria-selected={place >= 0} aria-label={`${row.label}, ${spoken(step, barSteps, metre)}${place < 0 ? "" : `, ${length(notes[place]!, drum)}`}`} />
        );
      })}
      {notes.map((note) => inSight(note, first, shown) && (
        <i key={`${note[0]}`} class="note-ink" aria-hidden="true" style={{
          "--from": Math.max(0, note[0] / STEP - first), "--to": Math.min(shown, (note[0] + (drum ? STEP : note[1])) / STEP - first), "--loud": 0.4 + (0.6 * note[3]) / 127,
        }} />
      ))}
    </div>
  );
}, (a, b) => a.row.pitch === b.row.pitch && a.row.outside === b.row.outside && a.number === b.number && a.first === b.first && a.shown === b.shown
  && a.barSteps === b.barSteps && a.metre === b.metre && a.focus === b.focus && a.root === b.root && sameNotes(a.notes, b.notes));

function sameNotes(a: readonly Note[], b: readonly Note[]): boolean {
  return a.length === b.length && a.every((note, i) => note === b[i]);
}

function inSight(note: Note, first: number, shown: number): boolean {
  return note[0] / STEP < first + shown - 1e-6 && (note[0] + note[1]) / STEP > first + 1e-6;
}

function spoken(step: number, barSteps: number, metre: string): string {
  const within = step % barSteps;
  const beat = metre.endsWith("/8") ? within / 2 : within / 4;
  return `bar ${Math.floor(step / barSteps) + 1} beat ${Number((beat + 1).toFixed(2))}`;
}

function length(note: Note, drum: boolean): string {
  const steps = Math.round((note[1] / STEP) * 100) / 100;
  return `${drum ? "struck" : `note of ${steps} step${steps === 1 ? "" : "s"}`}, velocity ${note[3]}`;
}

function pageName(page: number, shown: number, barSteps: number): string {
  const from = (page * shown) / barSteps;
  const to = ((page + 1) * shown) / barSteps;
  if (to - from >= 1) return to - from === 1 ? `bar ${from + 1}` : `bars ${from + 1}-${Math.ceil(to)}`;
  return `bar ${Math.floor(from) + 1}${from % 1 === 0 ? "" : "½"}`;
}

/** As many steps as have room: all bars, one, or half a bar. */
function useRoom(box: { readonly current: HTMLElement | null }, gutter: number, bars: number, barSteps: number): number {
  const [width, setWidth] = useState(900);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const least = matchMedia("(pointer: coarse)").matches ? NARROWEST.coarse : NARROWEST.fine;
  const room = Math.max(1, Math.floor((width - gutter) / least));
  for (let count = bars; count >= 1; count -= 1) if (bars % count === 0 && count * barSteps <= room) return count * barSteps;
  return barSteps / 2;
}

