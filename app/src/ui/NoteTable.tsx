/** The notes of a score as a table that can be edited. */

import { useState } from "preact/hooks";
import { drumName } from "../music/drums";
import { DEFAULT_VELOCITY, pitchName, withTrack, type Note, type Score } from "../music/score";
import { Icon } from "./Icon";
import "./parts.css";

const COLUMNS = [
  { name: "start", unit: "quarters", min: 0, max: 100000, step: 0.25 },
  { name: "length", unit: "quarters", min: 0.01, max: 1000, step: 0.25 },
  { name: "pitch", unit: "0-127", min: 0, max: 127, step: 1 },
  { name: "velocity", unit: "1-127", min: 1, max: 127, step: 1 },
] as const;
const PAGE = 64;

export function NoteTable({ score, onScore }: { score: Score; onScore?: ((score: Score) => void) | undefined }) {
  const [number, setNumber] = useState(0);
  const [page, setPage] = useState(0);
  const at = Math.min(number, score.tracks.length - 1);
  const track = score.tracks[at];
  if (!track) return <p class="soft">No track.</p>;
  const pages = Math.max(1, Math.ceil(track.notes.length / PAGE));
  const first = Math.min(page, pages - 1) * PAGE;
  const put = (notes: readonly Note[]) => onScore?.(withTrack(score, at, notes));
  const set = (row: number, column: number, text: string) => {
    const { min, max } = COLUMNS[column]!;
    const value = Number(text);
    if (text === "" || !Number.isFinite(value)) return;
    const note = [...track.notes[row]!] as [number, number, number, number];
    note[column] = Math.min(max, Math.max(min, column > 1 ? Math.round(value) : value));
    put(track.notes.map((old, i) => (i === row ? note : old)));
  };
  const add = () => {
    const last = track.notes[track.notes.length - 1];
    put([...track.notes, last ? [last[0] + last[1], last[1], last[2], last[3]] : [0, 1, track.drum ? 36 : 60, DEFAULT_VELOCITY]]);
    setPage(Math.floor(track.notes.length / PAGE));
  };
  return (
    <div class="note-table">
      {score.tracks.length > 1 && (
        <label class="field">Track
          <select value={at} onChange={(event) => { setNumber(Number(event.currentTarget.value)); setPage(0); }}>
            {score.tracks.map((t, i) => <option key={i} value={i}>{i + 1}: {t.name || (t.drum ? "drums" : `program ${(t.program ?? 0) + 1}`)}</option>)}
          </select>
        </label>
      )}
      <div class="note-table-scroll" tabIndex={0} role="region" aria-label="Notes">
        <table>
          <thead><tr><th scope="col">note</th>{COLUMNS.map((c) => <th key={c.name} scope="col">{c.name} <span class="soft">({c.unit})</span></th>)}
            {onScore && <th scope="col"><span class="hidden-text">erase</span></th>}</tr></thead>
          <tbody>
            {track.notes.slice(first, first + PAGE).map((note, i) => (
              <tr key={first + i}>
                <th scope="row">{track.drum ? drumName(note[2]) : pitchName(note[2])}</th>
                {COLUMNS.map((c, column) => (
                  <td key={c.name}>
                    {onScore ? (
                      <input type="number" aria-label={`${c.name} of note ${first + i + 1}`} min={c.min} max={c.max} step={c.step}
                        value={Number(note[column]!.toFixed(4))} onChange={(event) => set(first + i, column, event.currentTarget.value)} />
                    ) : Number(note[column]!.toFixed(4))}
                  </td>
                ))}
                {onScore && <td><button type="button" class="tile-action" aria-label={`Erase note ${first + i + 1}`}
                  onClick={() => put(track.notes.filter((_, k) => k !== first + i))}><Icon name="trash" size={15} /></button></td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="row">
        {onScore && <button type="button" class="button" onClick={add}><Icon name="plus" size={16} />Add a note</button>}
        {pages > 1 && (
          <>
            <button type="button" class="button" disabled={first === 0} onClick={() => setPage(first / PAGE - 1)}>Earlier</button>
            <span class="small soft">notes {first + 1} to {Math.min(first + PAGE, track.notes.length)} of {track.notes.length}</span>
            <button type="button" class="button" disabled={first + PAGE >= track.notes.length} onClick={() => setPage(first / PAGE + 1)}>Later</button>
          </>
        )}
      </div>
    </div>
  );
}
