/** The selected item's notes, to be edited on a roll or in a table. */

import { useEffect } from "preact/hooks";
import { withTrack } from "../music/score";
import { player } from "../sound/engine";
import { playing } from "../sound/player";
import type { Item } from "../state/session";
import { rewrite, selected } from "../state/store";
import { complain } from "../ui/announce";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { NoteTable } from "../ui/NoteTable";
import { playOrStop } from "../ui/play";
import { Roll } from "../ui/Roll";
import { panel } from "./actions";

export function NotesDialog({ as, onClose }: { as: "roll" | "table"; onClose: () => void }) {
  const item = selected.value;
  return (
    <Dialog title={item ? `Notes of ${item.name}` : "Notes"} onClose={onClose} wide>
      {item ? <Notes item={item} as={as} /> : <p class="empty">Select an item of the shelf first.</p>}
    </Dialog>
  );
}

function Notes({ item, as }: { item: Item; as: "roll" | "table" }) {
  const { id, score, quarters } = item;
  const sounds = playing.value?.key === id;
  useEffect(() => {
    if (playing.peek()?.key === id) player.swap({ key: id, score, quarters }, "now").catch(complain);
  }, [score]);
  return (
    <>
      <div class="row">
        <button type="button" class="button" onClick={() => playOrStop({ key: id, score, quarters })}><Icon name={sounds ? "stop" : "play"} size={15} />{sounds ? "Stop" : "Play"}</button>
        <div class="segments" role="group" aria-label="Show as">
          <button type="button" aria-pressed={as === "roll"} onClick={() => { panel.value = "notes"; }}>Roll</button>
          <button type="button" aria-pressed={as === "table"} onClick={() => { panel.value = "table"; }}>Table</button>
        </div>
        {!item.own && <span class="soft small">The first change makes a copy; this one stays as it is.</span>}
      </div>
      {as === "roll" ? (
        <>
          <Roll score={score} quarters={quarters} label={item.name} playKey={id} onNotes={(track, notes, merge) => rewrite(item, withTrack(score, track, notes), merge)} />
          <p class="small soft">A click adds a note, a drag moves it or pulls its end, a right click or Delete erases it; Alt leaves the grid.</p>
        </>
      ) : <NoteTable score={score} onScore={(next) => rewrite(item, next, `table ${id}`)} />}
    </>
  );
}
