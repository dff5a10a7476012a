/** From keys to actions. */

import type { Action } from "../tools/tool";
import { isField } from "../ui/field";
import { groups, panel } from "./actions";
import { preferences } from "./preferences";

/** Whether the key means something to the element itself. */
function takesKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === " " || key === "Enter") return !!target.closest("button, a[href], summary, input, [role=option], [role=gridcell], [role=tab], [role=menuitem]");
  if (target instanceof HTMLInputElement && target.type === "range") return /^(Arrow|Home|End|Page|[0-9]$)/.test(key);
  return false;
}

/** "mod+shift+z" for an event: mod is Ctrl, on a Mac Cmd. A sign that needs Shift to type it is written without. */
export function keyOf(event: KeyboardEvent): string {
  const single = event.key.length === 1;
  const letter = single && event.key.toLowerCase() !== event.key.toUpperCase();
  const mod = event.ctrlKey || event.metaKey;
  const parts = [];
  if (mod) parts.push("mod");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && (!single || letter || event.key === " ")) parts.push("shift");
  return [...parts, letter ? event.key.toLowerCase() : event.key].join("+");
}

function same(spec: string, pressed: string): boolean {
  const plain = (text: string) => {
    const parts = text === "+" || text.endsWith("++") ? [...text.slice(0, -2).split("+").filter(Boolean), "+"] : text.split("+");
    const key = parts.pop()!;
    return [...parts.map((part) => part.toLowerCase()).sort(), key.length === 1 ? key.toLowerCase() : key].join("+");
  };
  return plain(spec) === plain(pressed);
}

export function actionFor(pressed: string): Action | null {
  for (const group of groups()) {
    const found = group.actions.find((action) => action.key !== undefined && same(action.key, pressed));
    if (found) return found;
  }
  return null;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || panel.value === "commands") return;
  const pressed = keyOf(event);
  const modified = pressed.startsWith("mod+");
  if (!modified && (isField(event.target) || takesKey(event.target, event.key))) return;
  if (!modified && document.querySelector("dialog[open]")) return;
  if (modified && isField(event.target) && /^mod\+(shift\+)?[zyacvx]$/.test(pressed)) return;
  if (!modified && event.key.length === 1 && event.key !== " " && !preferences.value.singleKeys) return;
  const action = actionFor(pressed);
  if (!action) return;
  event.preventDefault();
  action.run();
}

export function listenToKeys(): () => void {
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
const SIGNS: Record<string, string> = {
  mod: MAC ? "⌘" : "Ctrl", shift: "Shift", alt: MAC ? "⌥" : "Alt", " ": "Space", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc",
};

/** ["Ctrl", "Z"] for "mod+z". */
export function keyNames(spec: string): string[] {
  const parts = spec === "+" ? ["+"] : spec.split("+");
  return parts.map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
