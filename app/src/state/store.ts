/** The one store: every change is a new session with a label, so that everything can be undone. */

import { computed, signal } from "@preact/signals";
import type { Score } from "../music/score";
import { wholeBars } from "../music/score";
import { EMPTY, type Item, type Session, type TakeInfo, type ToolName } from "./session";

const DEEPEST = 200;

interface Step {
  readonly label: string;
  readonly before: Session;
  readonly merge: string | null;
}

export const session = signal<Session>(EMPTY);
export const past = signal<readonly Step[]>([]);
export const future = signal<readonly Step[]>([]);
export const selected = computed(() => session.value.items.find((item) => item.id === session.value.selected) ?? null);

/**
 * Changes the session so that the change can be undone.
 *
 * @param label what the user did, as the history shows it
 * @param next makes the new session of the old one
 * @param merge changes one after another with the same key (of one drag, say) are undone together
 */
export function change(label: string, next: (now: Session) => Session, merge: string | null = null): void {
  const before = session.value;
  const after = next(before);
  if (after === before) return;
  const last = past.value[past.value.length - 1];
  if (!(merge !== null && last?.merge === merge)) {
    past.value = [...past.value.slice(1 - DEEPEST), { label, before, merge }];
  }
  future.value = [];
  session.value = after;
}

export function undo(): string | null {
  const step = past.value[past.value.length - 1];
  if (!step) return null;
  past.value = past.value.slice(0, -1);
  future.value = [...future.value, { ...step, before: session.value, merge: null }];
  session.value = step.before;
  return step.label;
}

export function redo(): string | null {
  const step = future.value[future.value.length - 1];
  if (!step) return null;
  future.value = future.value.slice(0, -1);
  past.value = [...past.value, { ...step, before: session.value, merge: null }];
  session.value = step.before;
  return step.label;
}

export function newId(): string {
  return crypto.randomUUID().slice(0, 8);
}

export function makeItem(name: string, score: Score, quarters = wholeBars(score), take?: TakeInfo): Item {
  return { id: newId(), name, score, quarters, ...(take ? { take } : {}) };
}

/** Puts items on the shelf and selects the first; results are never overwritten, so each is a new one. */
export function shelve(label: string, items: readonly Item[]): void {
  if (!items.length) return;
  change(label, (now) => ({ ...now, items: [...now.items, ...items], selected: items[0]!.id }));
}

export function select(id: string | null): void {
  if (session.value.selected !== id) change("select", (now) => ({ ...now, selected: id }), "select");
}

export function showTool(tool: ToolName): void {
  change("switch tool", (now) => ({ ...now, tool }), "tool");
}

/** What a tool keeps, with `fallback` for what it has not written yet. */
export function toolState<T extends object>(name: ToolName, fallback: T): T {
  return { ...fallback, ...(session.value.tools[name] as Partial<T> | undefined) };
}

export function changeTool<T extends object>(label: string, name: ToolName, part: Partial<T>, merge: string | null = null): void {
  change(label, (now) => ({
    ...now,
    tools: { ...now.tools, [name]: { ...(now.tools[name] as object | undefined), ...part } },
  }), merge);
}

export function itemById(id: string | null | undefined): Item | null {
  return session.value.items.find((item) => item.id === id) ?? null;
}
