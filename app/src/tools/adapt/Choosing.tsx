/** Which scores are learnt from: files that are dropped or opened, or items of the shelf; and what of each can be used. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ACCEPTED, importFiles, reading } from "../../frame/files";
import { serverState } from "../../server/spaces";
import type { Item } from "../../state/session";
import { session } from "../../state/store";
import { complain } from "../../ui/announce";
import { carries, dropped } from "../../ui/carry";
import { Icon } from "../../ui/Icon";
import { check, checking, rowOf } from "./checking";
import { chosenItems, FEWEST_PHRASES, now, set } from "./state";

export function Choosing({ space }: { space: string | null }) {
  const state = now();
  const items = session.value.items;
  const chosen = chosenItems(state);
  const ready = serverState.value === "ready";
  const [over, setOver] = useState(false);
  useEffect(() => { if (space && ready) check(space, chosen); }, [space, ready, chosen.map((item) => item.id).join()]);
  const add = (found: readonly Item[]) => {
    if (found.length) set(`learn from ${found.length === 1 ? found[0]!.name : `${found.length} scores`}`, { chosen: [...new Set([...now().chosen, ...found.map((item) => item.id)])] });
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    const one = files.length ? null : event.dataTransfer && dropped(event.dataTransfer);
    add(files.length ? await importFiles(files) : one ? [one] : []);
  };
  return (
    <section class={`choosing${over ? " over" : ""}`} aria-label="Scores to learn from"
      onDragOver={(event) => { if (carries(event.dataTransfer)) { event.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)} onDrop={(event) => void drop(event).catch(complain)}>
      <div class="row">
        <p class="grow"><strong>{chosen.length} chosen.</strong> Drop 10 to 20 files of one kind here, open them, or tick items of the shelf.</p>
        <Open onItems={add} />
        <button type="button" class="button" disabled={!items.length} onClick={() => add(items)}>Tick all</button>
        <button type="button" class="button" disabled={!chosen.length} onClick={() => set("tick none", { chosen: [] })}>Tick none</button>
      </div>
      {items.length > 0 && <Rows items={items} chosen={state.chosen} space={space} />}
      <p class="hidden-text" role="status">{checking.value ? "The scores are being checked." : ""}</p>
    </section>
  );
}

function Open({ onItems }: { onItems: (items: readonly Item[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input ref={input} type="file" multiple accept={ACCEPTED} hidden aria-label="Files to learn from"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          void importFiles(files).then(onItems, complain);
        }} />
      <button type="button" class="button" disabled={reading.value > 0} onClick={() => input.current!.click()}><Icon name="plus" size={16} />Open files</button>
    </>
  );
}

/** The newest first, so that files that were just opened are in sight. */
function Rows({ items, chosen, space }: { items: readonly Item[]; chosen: readonly string[]; space: string | null }) {
  const tick = (item: Item, on: boolean) =>
    set(on ? `learn from ${item.name}` : `leave ${item.name} out`, { chosen: on ? [...now().chosen, item.id] : now().chosen.filter((id) => id !== item.id) });
  return (
    <div class="adapt-rows" tabIndex={0} role="group" aria-label="Items of the shelf">
      <table>
        <thead><tr><th scope="col">Score</th><th scope="col">Phrases</th><th scope="col">Problem</th></tr></thead>
        <tbody>
          {[...items].reverse().map((item) => {
            const on = chosen.includes(item.id);
            const row = on && space ? rowOf(item, space) : null;
            return (
              <tr key={item.id} class={row && row.phrases < FEWEST_PHRASES ? (row.phrases ? "few" : "none") : ""}>
                <td><label class="check"><input type="checkbox" checked={on} onChange={(event) => tick(item, event.currentTarget.checked)} />{item.name}</label></td>
                <td>{row ? row.phrases : on ? "…" : ""}</td>
                <td>{row?.problem}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
