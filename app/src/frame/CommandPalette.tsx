/** Every action by name. */

import { useId, useRef, useState } from "preact/hooks";
import type { Action } from "../tools/tool";
import { Dialog } from "../ui/Dialog";
import { groups, panel } from "./actions";
import { keyNames } from "./keys";

export function CommandPalette({ onClose }: { onClose: () => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = search(text);
  const at = Math.min(place, found.length - 1);
  const run = (action: Action | undefined) => {
    if (!action) return;
    onClose();
    action.run();
  };
  const go = (next: number) => {
    const to = Math.max(0, Math.min(found.length - 1, next));
    setPlace(to);
    list.current?.children[to]?.scrollIntoView({ block: "nearest" });
  };
  const keys: Record<string, () => void> = { ArrowDown: () => go(at + 1), ArrowUp: () => go(at - 1), PageDown: () => go(at + 8), PageUp: () => go(at - 8), Enter: () => run(found[at]?.action) };
  return (
    <Dialog title="Commands" onClose={onClose}>
      <input type="text" class="command-field" role="combobox" list={undefined} aria-label="Command" aria-expanded="true" aria-controls={id} aria-autocomplete="list"
        aria-activedescendant={found[at] ? `${id}-${at}` : undefined} autoFocus placeholder="What would you like to do?" value={text}
        onInput={(event) => { setText(event.currentTarget.value); setPlace(0); }}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act) return;
          event.preventDefault();
          event.stopPropagation();
          act();
        }} />
      <ul class="commands" role="listbox" id={id} aria-label="Commands" ref={list} tabIndex={-1}>
        {found.map(({ action, title }, i) => (
          <li key={`${title} ${action.name}`} id={`${id}-${i}`} role="option" aria-selected={i === at} onClick={() => run(action)} onPointerMove={() => i !== at && setPlace(i)}>
            <span>{action.name}</span><span class="soft small">{title}</span>
            {action.key && <span class="keys">{keyNames(action.key).map((key) => <kbd key={key}>{key}</kbd>)}</span>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="soft">Nothing is called that.</p>}
    </Dialog>
  );
}

/** Actions whose names have all the words; those that begin with the first one stand first. */
function search(text: string): readonly { action: Action; title: string }[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = groups().flatMap(({ title, actions }) => actions.map((action) => ({ action, title })));
  const fits = all.filter(({ action, title }) => panel.value !== null && words.every((word) => `${action.name} ${title}`.toLowerCase().includes(word)));
  const rank = (name: string) => (words.length && name.toLowerCase().startsWith(words[0]!) ? 0 : 1);
  return fits.sort((a, b) => rank(a.action.name) - rank(b.action.name));
}
