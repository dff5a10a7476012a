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

/** Goes one step back. Gives the step's label, or null where there is none. */
export function undo(): string | null {
  return goBack(past.value.length - 1);
}

/** Goes back to before step `place` of the past. Gives that step's label, or null where there is none. */
export function goBack(place: number): string | null {
  const steps = past.value;
  const step = steps[place];
  if (!step) return null;
  const undone = steps.slice(place).map((each, i) => ({ ...each, before: steps[place + i + 1]?.before ?? session.value, merge: null }));
  past.value = steps.slice(0, place);
  future.value = [...future.value, ...undone.reverse()];
  session.value = step.before;
  return step.label;
}

/** Goes one undone step forward again. Gives its label, or null where there is none. */
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

/** Looking at something else is no step of its own: undoing the change before it would otherwise take many. */
export function select(id: string | null): void {
  if (session.value.selected !== id) session.value = { ...session.value, selected: id };
}

export function showTool(tool: ToolName): void {
  if (session.value.tool !== tool) session.value = { ...session.value, tool };
}

/** Begins with a session; there is nothing before it. */
export function begin(first: Session): void {
  session.value = first;
  past.value = [];
  future.value = [];
}

export function changeItem(label: string, id: string, part: Partial<Item>, merge: string | null = null): void {
  change(label, (now) => ({ ...now, items: now.items.map((item) => (item.id === id ? { ...item, ...part } : item)) }), merge);
}

/** Takes an item off the shelf; its neighbour is selected. */
export function discard(id: string): void {
  change(`delete ${itemById(id)?.name ?? "an item"}`, (now) => {
    const place = now.items.findIndex((item) => item.id === id);
    const items = now.items.filter((item) => item.id !== id);
    const next = items[Math.min(place, items.length - 1)]?.id ?? null;
    return { ...now, items, selected: now.selected === id ? next : now.selected };
  });
}

/** New notes for an item: in place where it was written here by hand, else as a new item. Gives the item's id. */
export function rewrite(item: Item, score: Score, merge: string | null = null): string {
  if (item.own) {
    changeItem(`edit ${item.name}`, item.id, { score, quarters: Math.max(item.quarters, wholeBars(score)) }, merge);
    return item.id;
  }
  const copy = { ...makeItem(`edited ${item.name}`, score, Math.max(item.quarters, wholeBars(score))), own: true };
  change(`edit ${item.name}`, (now) => ({ ...now, items: [...now.items, copy], selected: copy.id }), merge);
  return copy.id;
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
