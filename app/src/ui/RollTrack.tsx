/** The notes of one track of a roll, each a button; drawn again only when something of them changes. */

import { memo } from "preact/compat";
import { drumName } from "../music/drums";
import { pitchName, type Note, type Score } from "../music/score";
import type { Rows } from "./rows";

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

export const RollTrack = memo(function RollTrack({ number, notes, drum, colour, rows, score, quarters, starts, reachable, locked, locks }: TrackProps) {
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
