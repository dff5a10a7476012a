/** The notes of a roll as things to hold: each can be focused, moved, lengthened, erased or locked. */

import { useRef } from "preact/hooks";
import type { Note, Score } from "../music/score";
import { RollTrack } from "./RollTrack";
import { useRollHand } from "./rollHand";
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

export function RollNotes(props: Props) {
  const { score, quarters, starts, rows, label, locked, onLock, onNotes } = props;
  const field = useRef<HTMLDivElement>(null);
  const { reachable, listeners } = useRollHand(field, props);
  return (
    <div ref={field} class="roll-notes" role="group" aria-label={hint(label, !!onNotes, !!onLock)} tabIndex={reachable ? -1 : 0} {...listeners}>
      {score.tracks.map((track, i) => (
        <RollTrack key={i} number={i} notes={track.notes} drum={track.drum ?? false} colour={trackColour(score, i)} rows={rows} score={score}
          quarters={quarters} starts={starts} reachable={reachable.startsWith(`${i}:`) ? reachable : ""} locked={locked} locks={!!onLock} />
      ))}
    </div>
  );
}

function hint(label: string, edits: boolean, locks: boolean): string {
  const says = [edits && "arrows move a note, Shift and arrows change its length or octave, Delete erases, Insert adds", locks && "Space locks", "Page Up and Down go to other notes"];
  return `${label}, notes: ${says.filter(Boolean).join("; ")}`;
}
