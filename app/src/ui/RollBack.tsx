/** What lies behind the notes: rows, beats, bars, chosen bars, and what is new. */

import { memo } from "preact/compat";
import type { Score } from "../music/score";
import { beatLines } from "./beats";
import type { Rows } from "./rows";

const BLACK = new Set([1, 3, 6, 8, 10]);

interface Props {
  readonly rows: Rows;
  readonly score: Score;
  readonly starts: readonly number[];
  readonly quarters: number;
  readonly scale: ReadonlySet<number> | undefined;
  readonly chosen: ReadonlySet<number> | undefined;
  readonly marked: readonly (readonly [number, number])[];
  readonly heard: readonly (readonly [number, number])[] | undefined;
}

export const RollBack = memo(function RollBack({ rows, score, starts, quarters, scale, chosen, marked, heard }: Props) {
  const height = rows.rows.length;
  const dark = rows.rows.map((row, i) => ({ row, i })).filter(({ row, i }) =>
    row.drum ? i % 2 === 1 : scale ? !scale.has(row.pitch % 12) : BLACK.has(row.pitch % 12));
  const lines = beatLines(score, starts, quarters);
  return (
    <svg class="roll-back" viewBox={`0 0 ${quarters} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {dark.map(({ i }) => <rect key={i} class="row-dark" x={0} y={i} width={quarters} height={1} />)}
      {starts.map((start, i) => chosen?.has(i + 1) && (
        <rect key={start} class="chosen" x={start} y={0} width={(starts[i + 1] ?? quarters) - start} height={height} />
      ))}
      {heard && outside(heard, quarters).map(([from, to]) => <rect key={`o${from}`} class="unheard" x={from} y={0} width={to - from} height={height} />)}
      {marked.map(([from, to]) => <rect key={from} class="marked" x={from} y={0} width={to - from} height={height} />)}
      <path class="beat" d={lines.map((x) => `M${x} 0V${height}`).join("")} />
      <path class="bar" d={starts.slice(1).map((x) => `M${x} 0V${height}`).join("")} />
    </svg>
  );
});

function outside(inside: readonly (readonly [number, number])[], quarters: number): [number, number][] {
  const edges = [0, ...inside.flat(), quarters];
  return Array.from({ length: edges.length / 2 }, (_, i) => [edges[2 * i]!, edges[2 * i + 1]!] as [number, number]).filter(([from, to]) => to > from + 1e-6);
}
