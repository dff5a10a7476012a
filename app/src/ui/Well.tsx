/** A place for an item of the shelf: drop one, or choose it from the list. */

import { useId, useState } from "preact/hooks";
import { importFiles } from "../frame/files";
import { itemById, session } from "../state/store";
import type { Item } from "../state/session";
import { carries, dropped } from "./carry";
import { Icon } from "./Icon";
import { MiniRoll } from "./MiniRoll";
import { playOrStop } from "./play";
import { Playhead } from "./Playhead";
import "./tile.css";

interface Props {
  readonly label: string;
  readonly item: Item | null;
  readonly onItem: (item: Item) => void;
  readonly onClear?: (() => void) | undefined;
}

export function Well({ label, item, onItem, onClear }: Props) {
  const id = useId();
  const [over, setOver] = useState(false);
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    const found = files.length ? (await importFiles(files))[0] : event.dataTransfer && dropped(event.dataTransfer);
    if (found) onItem(found);
  };
  return (
    <div class={`well${over ? " over" : ""}${item ? " full" : ""}`} role="group" aria-label={label}
      onDragOver={(event) => { if (carries(event.dataTransfer)) { event.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)} onDrop={(event) => void drop(event)}>
      <div class="well-head">
        <label for={id}>{label}</label>
        {item && onClear && (
          <button type="button" class="tile-action" aria-label={`Clear ${label}`} onClick={onClear}><Icon name="close" size={14} /></button>
        )}
      </div>
      {item ? (
        <button type="button" class="tile-play" aria-label={`Play ${item.name} (${label})`}
          onClick={() => playOrStop({ key: item.id, score: item.score, quarters: item.quarters })}>
          <MiniRoll score={item.score} quarters={item.quarters} />
          <Playhead playKey={item.id} quarters={item.quarters} />
        </button>
      ) : <p class="well-empty">Drop a score here, or choose one</p>}
      <select id={id} value={item?.id ?? ""} onChange={(event) => {
        const chosen = itemById(event.currentTarget.value);
        if (chosen) onItem(chosen);
      }}>
        <option value="" disabled>choose from the shelf</option>
        {item && !itemById(item.id) && <option value={item.id}>{item.name}</option>}
        {session.value.items.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
      </select>
    </div>
  );
}
