/** Everything that can be done, by name: the keyboard map, the command palette and the help are made from it. */

import { signal } from "@preact/signals";
import { changeItem, change, discard, redo, selected, session, showTool, undo } from "../state/store";
import { EMPTY } from "../state/session";
import { TOOLS } from "../tools/registry";
import type { Action } from "../tools/tool";
import { say } from "../ui/announce";
import { download, saveSession, shareLink } from "./exports";
import { transportActions } from "./transportActions";

export type Panel = "commands" | "help" | "settings" | "open" | "history" | "notes" | "table" | "shelf" | "inspector";

/** Which dialog is open. */
export const panel = signal<Panel | null>(null);
/** Opens the dialog in which the browser asks for files. */
export const chooseFiles = signal(0);

export function shownTool() {
  return TOOLS.find((tool) => tool.name === session.value.tool) ?? TOOLS[0] ?? null;
}

export interface Group {
  readonly title: string;
  readonly actions: readonly Action[];
}

/** The shown tool's actions stand first, so that their keys win. */
export function groups(): readonly Group[] {
  const tool = shownTool();
  return [
    ...(tool ? [{ title: tool.title, actions: tool.actions() }] : []),
    { title: "Sound", actions: transportActions() },
    { title: "Shelf", actions: shelfActions() },
    { title: "Session", actions: sessionActions() },
    { title: "Tools", actions: TOOLS.map((each, i) => ({ name: `Show ${each.title}`, key: `${i + 1}`, run: () => showTool(each.name) })) },
  ];
}

function shelfActions(): Action[] {
  const item = selected.value;
  const add: Action = { name: "Add files to the shelf", key: "mod+i", run: () => { chooseFiles.value += 1; } };
  if (!item) return [add];
  return [
    add,
    { name: "Export as MIDI", key: "mod+e", run: () => void download(item, "mid") },
    { name: "Export as MusicXML", run: () => void download(item, "musicxml") },
    { name: "Export as WAV", run: () => void download(item, "wav") },
    { name: "Export notation as SVG", run: () => void download(item, "svg") },
    { name: "Edit notes on a roll", key: "shift+N", run: () => { panel.value = "notes"; } },
    { name: "Show notes as a table", run: () => { panel.value = "table"; } },
    { name: item.starred ? "Take the star away" : "Give a star", key: "*", run: () => star(item.id) },
    { name: "Previous item", key: "alt+ArrowUp", run: () => step(-1) },
    { name: "Next item", key: "alt+ArrowDown", run: () => step(1) },
    { name: "Delete the selected item", key: "Delete", run: () => remove(item.id) },
  ];
}

export function star(id: string): void {
  const item = session.value.items.find((each) => each.id === id);
  if (item) changeItem(item.starred ? `take the star of ${item.name}` : `star ${item.name}`, id, { starred: !item.starred });
}

export function remove(id: string): void {
  const name = session.value.items.find((each) => each.id === id)?.name;
  discard(id);
  say(`${name} is deleted; undo brings it back.`);
}

function step(by: number): void {
  const { items, selected: id } = session.value;
  const next = items[Math.min(items.length - 1, Math.max(0, items.findIndex((item) => item.id === id) + by))];
  if (next) session.value = { ...session.value, selected: next.id };
}

export interface SessionAction extends Action {
  /** Whether the session's menu shows it. */
  readonly inMenu?: boolean;
}

export function sessionActions(): readonly SessionAction[] {
  return [
    { name: "Undo", key: "mod+z", run: undoAloud },
    { name: "Redo", key: "mod+shift+z", run: redoAloud },
    { name: "Redo (as in other programs)", key: "mod+y", run: redoAloud },
    { name: "Save the session to a file", inMenu: true, key: "mod+s", run: saveSession },
    { name: "Open a session", inMenu: true, key: "mod+o", run: () => { panel.value = "open"; } },
    { name: "Copy a link to this", inMenu: true, run: () => void shareLink() },
    { name: "Begin an empty session", inMenu: true, run: () => change("begin an empty session", (now) => ({ ...EMPTY, tool: now.tool, settings: now.settings })) },
    { name: "History", inMenu: true, run: () => { panel.value = "history"; } },
    { name: "All commands", inMenu: true, key: "mod+k", run: () => { panel.value = "commands"; } },
    { name: "Keyboard map", inMenu: true, key: "?", run: () => { panel.value = "help"; } },
    { name: "Settings", inMenu: true, key: "mod+,", run: () => { panel.value = "settings"; } },
  ];
}

export function undoAloud(): void {
  const label = undo();
  say(label ? `Undone: ${label}.` : "Nothing to undo.");
}

export function redoAloud(): void {
  const label = redo();
  say(label ? `Done again: ${label}.` : "Nothing to do again.");
}
