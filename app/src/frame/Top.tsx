/** The top line: name, server, undo and redo, session, commands. */

import { useEffect, useState } from "preact/hooks";
import { inFlight, serverState } from "../server/spaces";
import { isCopy } from "../state/autosave";
import { future, past } from "../state/store";
import { Icon, type IconName } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { panel, redoAloud, sessionActions, undoAloud } from "./actions";
import { reading } from "./files";

export function Top({ narrow }: { narrow: boolean }) {
  const back = past.value[past.value.length - 1]?.label;
  const forward = future.value[future.value.length - 1]?.label;
  const menu = sessionActions().filter((action) => action.inMenu).map(({ name, run }) => ({ name, run }));
  return (
    <header class="top">
      <span class="brand"><Mark /><span class="brand-name">Scorespace</span></span>
      <ServerChip />
      {isCopy.value && <span class="chip copy" title="Another tab has this session; save this copy to a file to keep it.">copy</span>}
      <span class="grow" />
      {narrow && <Key icon="shelf" label="Shelf" run={() => { panel.value = "shelf"; }} />}
      {narrow && <Key icon="inspect" label="Inspector" run={() => { panel.value = "inspector"; }} />}
      <Key icon="undo" label={back ? `Undo: ${back}` : "Undo"} disabled={!back} run={undoAloud} />
      <Key icon="redo" label={forward ? `Redo: ${forward}` : "Redo"} disabled={!forward} run={redoAloud} />
      {!narrow && <Key icon="history" label="History" run={() => { panel.value = "history"; }} />}
      {!narrow && (
        <button type="button" class="button search" onClick={() => { panel.value = "commands"; }}>
          <Icon name="search" size={16} />Commands<kbd>Ctrl K</kbd>
        </button>
      )}
      {!narrow && <Key icon="help" label="Keyboard map" run={() => { panel.value = "help"; }} />}
      {!narrow && <Key icon="gear" label="Settings" run={() => { panel.value = "settings"; }} />}
      <Menu label="Session" class="button quiet icon" choices={menu}><Icon name="more" size={20} /></Menu>
    </header>
  );
}

function Key({ icon, label, run, disabled = false }: { icon: IconName; label: string; run: () => void; disabled?: boolean }) {
  return <button type="button" class="button quiet icon" aria-label={label} title={label} disabled={disabled} onClick={run}><Icon name={icon} /></button>;
}

/** Four rows of notes that turn from one tune into another. */
function Mark() {
  return (
    <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
      <rect width="26" height="26" rx="7" fill="var(--accent)" />
      <g fill="var(--on-accent)"><rect x="5" y="16.500" width="5" height="3" rx="1" /><rect x="9" y="11.500" width="5" height="3" rx="1" opacity="0.9" />
        <rect x="13" y="14" width="4" height="3" rx="1" opacity="0.75" /><rect x="16" y="6.500" width="5" height="3" rx="1" /></g>
    </svg>
  );
}

const SETTLES = 250; // milliseconds: a quick answer does not make the chip flicker

function useLasting(on: boolean): boolean {
  const [lasting, set] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(on), on ? SETTLES : 0);
    return () => clearTimeout(timer);
  }, [on]);
  return lasting && on;
}

function ServerChip() {
  const busy = useLasting(inFlight.value > 0 || reading.value > 0);
  const state = serverState.value === "ready" && busy ? "working" : serverState.value;
  const text = { asking: "connecting", ready: "ready", working: "working", gone: "server gone", refused: "open it anew" }[state];
  const more = {
    asking: "", ready: "The server is ready.", working: "The server is working.", gone: "Playing, editing and saving go on; the server is asked again and again.",
    refused: "The server was started again: open the address that it printed. Playing, editing and saving go on.",
  }[state];
  return <span class={`chip ${state}`} title={more}><i aria-hidden="true" /><span class="hidden-text">Server: </span>{text}</span>;
}
