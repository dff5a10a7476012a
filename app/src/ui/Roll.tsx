/** Piano roll: rows of pitches and drums, a ruler of bars, the playhead; editable where it is asked to be. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { effect } from "@preact/signals";
import { barStarts, noteCount, pitchName, pitchRange, type Note, type Score } from "../music/score";
import { playhead, playing } from "../sound/player";
import { Playhead } from "./Playhead";
import { RollBack } from "./RollBack";
import { RollNotes } from "./RollNotes";
import { RollRuler } from "./RollRuler";
import { rowsOf, trackColour, trackPath, type Rows } from "./rows";
import "./roll.css";

export interface RollProps {
  readonly score: Score;
  readonly quarters: number;
  readonly label: string;
  readonly playKey?: string | undefined;
  /** What is new: (start, end) in quarter notes. */
  readonly marked?: readonly (readonly [number, number])[] | undefined;
  /** Chosen bars, from 1. */
  readonly bars?: ReadonlySet<number> | undefined;
  readonly onBars?: ((bars: ReadonlySet<number>) => void) | undefined;
  /** Notes that are held, as `${track}:${noteIndex}`. */
  readonly locked?: ReadonlySet<string> | undefined;
  readonly onLock?: ((key: string) => void) | undefined;
  /** The notes of a track after an edit; edits with the same `mergeKey` belong to one movement. */
  readonly onNotes?: ((track: number, notes: readonly Note[], mergeKey: string) => void) | undefined;
  /** Notes that are new, as `locked` names them; drawn in another colour where notes cannot be held. */
  readonly fresh?: ReadonlySet<string> | undefined;
  /** What is left bright, (start, end) in quarter notes: what a space hears, say; all of it without. */
  readonly heard?: readonly (readonly [number, number])[] | undefined;
  /** Twice as high, where there is nothing to edit. */
  readonly tall?: boolean | undefined;
  /** Drawn faintly behind. */
  readonly ghost?: Score | null | undefined;
  /** Pitch classes whose rows are bright; all of them without it. */
  readonly scale?: ReadonlySet<number> | undefined;
}

/** Height of a row, in pixels, from which a drum's name has room. */
const NAMED = 9;

export function Roll(props: RollProps) {
  const { score, quarters, label, playKey, marked = [], bars, onBars, locked, onLock, onNotes, fresh, heard, tall = false, ghost, scale } = props;
  const edits = !!onNotes || !!onLock;
  const rows = useMemo(
    () => rowsOf(ghost ? [score, ghost] : [score], { spare: onNotes ? 4 : 1, least: onNotes ? 17 : 12, allDrums: !!onNotes }),
    [score, ghost, !!onNotes],
  );
  const starts = useMemo(() => barStarts(score, quarters), [score, quarters]);
  const scroller = useRef<HTMLDivElement>(null);
  useFollow(scroller, playKey, quarters);
  const scrolls = useScrolls(scroller);
  const height = rowHeight(rows, edits, tall);
  const least = starts.length * (onBars || edits ? 44 : 12);
  return (
    <div class={`roll${edits ? " edits" : ""}${height >= NAMED && rows.rows.some((row) => row.drum) ? " with-drums" : ""}`} role="group" aria-label={`${label}: ${summary(score, starts.length)}`}
      style={{ "--row-height": `${height}px`, "--rows": rows.rows.length }}>
      <div class="roll-scroll" ref={scroller} {...(scrolls ? { tabIndex: 0, role: "group", "aria-label": `${label}, picture that scrolls` } : {})}>
        <div class="roll-plane" style={{ minWidth: `calc(var(--gutter) + ${least}px)` }}>
          <div class="roll-corner" />
          <RollRuler starts={starts} quarters={quarters} chosen={bars} onBars={onBars} />
          <Keys rows={rows} named={height >= NAMED} />
          <div class="roll-field">
            <RollBack rows={rows} score={score} starts={starts} quarters={quarters} scale={scale} chosen={bars} marked={marked} heard={heard} />
            <svg class="roll-ink" viewBox={`0 0 ${quarters} ${rows.rows.length}`} preserveAspectRatio="none" aria-hidden="true">
              {ghost?.tracks.map((track, i) => <path key={`g${i}`} class="ghost" d={trackPath(track, rows)} />)}
              {!edits && score.tracks.map((track, i) => (
                <path key={i} d={trackPath(track, rows)} style={{ fill: trackColour(score, i) }} />
              ))}
              {!edits && fresh && score.tracks.map((track, i) => (
                <path key={`f${i}`} class="fresh" d={trackPath({ ...track, notes: track.notes.filter((_, k) => fresh.has(`${i}:${k}`)) }, rows)} />
              ))}
            </svg>
            {edits && <RollNotes score={score} quarters={quarters} starts={starts} rows={rows} label={label} locked={locked} onLock={onLock} onNotes={onNotes} />}
            <Playhead playKey={playKey} quarters={quarters} />
          </div>
        </div>
      </div>
    </div>
  );
}

/** `named`: whether each drum's name has room. */
function Keys({ rows, named }: { rows: Rows; named: boolean }) {
  return (
    <div class="roll-keys" aria-hidden="true">
      {rows.rows.map((row, i) => {
        const shown = row.drum ? named : row.pitch % 12 === 0;
        return shown ? <span key={i} style={{ top: `calc(${i} * var(--row-height))` }}>{row.label}</span> : null;
      })}
    </div>
  );
}

/** In pixels: as much as has room, but never too little to see or to hold. */
function rowHeight({ rows }: Rows, edits: boolean, tall: boolean): number {
  const mixed = rows.some((row) => row.drum) && rows.some((row) => !row.drum);
  const [wanted, least, most] = edits ? [340, 13, 22] : [tall ? 260 : mixed ? 200 : 130, mixed ? 4 : 3, 14];
  return Math.max(least, Math.min(most, Math.round((wanted / Math.max(rows.length, 1)) * 2) / 2));
}

/** What a screen reader says of the whole picture. */
export function summary(score: Score, bars: number): string {
  const range = pitchRange(score);
  const notes = noteCount(score);
  const parts = [`${bars} bar${bars === 1 ? "" : "s"}`, `${notes} note${notes === 1 ? "" : "s"}`];
  if (range) parts.push(range[0] === range[1] ? pitchName(range[0]) : `${pitchName(range[0])} to ${pitchName(range[1])}`);
  return parts.join(", ");
}

/** Whether there is more than is shown, so that the keys must reach it. */
function useScrolls(scroller: { readonly current: HTMLDivElement | null }): boolean {
  const [scrolls, set] = useState(false);
  useEffect(() => {
    const element = scroller.current!;
    const watch = new ResizeObserver(() => set(element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1));
    watch.observe(element);
    watch.observe(element.firstElementChild!);
    return () => watch.disconnect();
  }, []);
  return scrolls;
}

/** Keeps the playhead in sight where the picture is wider than its place. */
function useFollow(scroller: { readonly current: HTMLDivElement | null }, playKey: string | undefined, quarters: number): void {
  useEffect(() => effect(() => {
    if (playKey === undefined || playing.value?.key !== playKey) return;
    const element = scroller.current;
    const at = playhead.value;
    if (!element || element.scrollWidth <= element.clientWidth + 2) return;
    const x = (at / quarters) * element.scrollWidth;
    if (x < element.scrollLeft || x > element.scrollLeft + element.clientWidth - 40) element.scrollLeft = x - 80;
  }), [playKey, quarters]);
}
