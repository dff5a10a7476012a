/** The keyboard map, made of the actions themselves. */

import { Dialog } from "../ui/Dialog";
import { groups } from "./actions";
import { keyNames } from "./keys";
import { preferences } from "./preferences";

const ROLL: readonly (readonly [string, string])[] = [
  ["arrows", "move a note by a quarter of a beat or a semitone"], ["Shift arrows", "its length; an octave"], ["Alt arrows", "finer than the grid"],
  ["Delete", "erase it"], ["Insert", "add a note"], ["+ -", "velocity"], ["Page Up, Page Down", "the note before, after"], ["Space", "lock, where notes can be locked"],
];

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard map" onClose={onClose} wide>
      {!preferences.value.singleKeys && <p class="soft">Keys without Ctrl or Cmd are off (settings).</p>}
      <div class="key-groups">
        {groups().map((group) => {
          const actions = group.actions.filter((action) => action.key);
          return actions.length > 0 && (
            <section key={group.title}>
              <h3>{group.title}</h3>
              <dl>{actions.map((action) => <Line key={action.name} keys={keyNames(action.key!)} what={action.name} />)}</dl>
            </section>
          );
        })}
        <section>
          <h3>A note in the piano roll</h3>
          <dl>{ROLL.map(([keys, what]) => <Line key={keys} keys={[keys]} what={what} />)}</dl>
        </section>
      </div>
    </Dialog>
  );
}

function Line({ keys, what }: { keys: readonly string[]; what: string }) {
  return <div class="key-line"><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>;
}
