/** Opens a session: from a file, or one that this browser keeps. */

import { useEffect, useState } from "preact/hooks";
import { record } from "../state/autosave";
import { checkSession } from "../state/check";
import { dropRecord, keptRecords, type Kept } from "../state/records";
import { replace } from "../state/start";
import { complain, say } from "../ui/announce";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { openSession } from "./files";

export function OpenDialog({ onClose }: { onClose: () => void }) {
  const [kept, setKept] = useState<readonly Kept[]>([]);
  const load = () => keptRecords().then((all) => setKept(all.filter((each) => each.id !== record.value).sort((a, b) => b.saved - a.saved)), complain);
  useEffect(() => void load(), []);
  const open = (each: Kept) => {
    try {
      replace("open a kept session", checkSession(each.session, "The kept session"));
      say("The kept session is open; undo brings the one before it back.");
      onClose();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Dialog title="Open a session" onClose={onClose}>
      <label class="button file-choice"><Icon name="file" size={17} />Choose a session's file
        <input type="file" accept=".json,application/json" onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (!file) return;
          onClose();
          void openSession(file);
        }} />
      </label>
      <p class="soft small">The session that is open now can be brought back with undo.</p>
      {kept.length > 0 && (
        <section class="stack">
          <h3>Kept in this browser by other tabs</h3>
          <ul class="kept">
            {kept.map((each) => (
              <li key={each.id}>
                <button type="button" class="button grow" onClick={() => open(each)}>{new Date(each.saved).toLocaleString()}, {count(each.session)}</button>
                <button type="button" class="button quiet icon" aria-label={`Forget the session of ${new Date(each.saved).toLocaleString()}`}
                  onClick={() => void dropRecord(each.id).then(load, complain)}><Icon name="trash" size={17} /></button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Dialog>
  );
}

function count(session: unknown): string {
  const items = (session as { items?: unknown[] } | null)?.items?.length ?? 0;
  return `${items} item${items === 1 ? "" : "s"}`;
}
