/** The items of the session as tiles. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Item } from "../state/session";
import { changeItem, select, session } from "../state/store";
import { Busy } from "../ui/Busy";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Tile } from "../ui/Tile";
import { chooseFiles, remove, star } from "./actions";
import { download, FORMATS } from "./exports";
import { ACCEPTED, importFiles, reading } from "./files";

export function Shelf() {
  const [starred, onlyStarred] = useState(false);
  const items = session.value.items;
  const shown = starred ? items.filter((item) => item.starred) : items;
  return (
    <div class="shelf">
      <div class="side-head">
        <h2>Shelf</h2>
        <button type="button" class="button quiet icon" aria-pressed={starred} aria-label="Only those with a star" title="Only those with a star"
          onClick={() => onlyStarred(!starred)}><Icon name="star" filled={starred} /></button>
        <button type="button" class="button" onClick={() => { chooseFiles.value += 1; }}><Icon name="upload" size={16} />Add files</button>
      </div>
      {reading.value > 0 && <Busy what={`reading ${reading.value} file${reading.value === 1 ? "" : "s"}`} />}
      {shown.length === 0 && (
        <p class="empty">{starred ? "No item has a star yet." : "Drop MIDI, ABC or MusicXML files here, or begin with a sketch."}</p>
      )}
      <ul class="shelf-list">
        {shown.map((item) => <li key={item.id}><ShelfItem item={item} /></li>)}
      </ul>
    </div>
  );
}

function ShelfItem({ item }: { item: Item }) {
  const [naming, setNaming] = useState(false);
  const rename = (name: string) => {
    setNaming(false);
    if (name.trim() && name.trim() !== item.name) changeItem(`rename ${item.name}`, item.id, { name: name.trim() });
  };
  if (naming) return <NameField name={item.name} onName={rename} />;
  return (
    <Tile item={item} score={item.score} quarters={item.quarters} name={item.name} playKey={item.id}
      selected={session.value.selected === item.id} onSelect={() => select(item.id)}
      note={item.take?.verb}
      buttons={
        <>
          <button type="button" class="tile-action" aria-pressed={item.starred ?? false} aria-label={`Star ${item.name}`} title="Star"
            onClick={() => star(item.id)}><Icon name="star" size={16} filled={item.starred ?? false} /></button>
          <Menu label={`More for ${item.name}`} choices={[
            { name: "Rename", run: () => setNaming(true) },
            ...FORMATS.map(({ format, name }) => ({ name: `Download ${name}`, run: () => void download(item, format) })),
            { name: "Delete", run: () => remove(item.id) },
          ]}><Icon name="more" size={17} /></Menu>
        </>
      } />
  );
}

function NameField({ name, onName }: { name: string; onName: (name: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <input ref={field} type="text" class="name-field" aria-label={`New name for ${name}`} defaultValue={name} maxLength={200}
      onBlur={(event) => onName(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); onName(name); }
      }} />
  );
}

/** The browser's own dialog for files; opened from anywhere by `chooseFiles`. */
export function FileButton() {
  const input = useRef<HTMLInputElement>(null);
  const asked = chooseFiles.value;
  useEffect(() => { if (asked) input.current?.click(); }, [asked]);
  return (
    <input ref={input} type="file" class="hidden-text" multiple accept={ACCEPTED} tabIndex={-1} aria-label="Files for the shelf" aria-hidden="true"
      onChange={(event) => {
        const files = [...(event.currentTarget.files ?? [])];
        event.currentTarget.value = "";
        void importFiles(files);
      }} />
  );
}
