/** An adaptation under way, and what is done with the style. */

import { signal } from "@preact/signals";
import { run } from "../../server/api";
import { serverState } from "../../server/spaces";
import { adapt, keepStyle, type Step } from "../../server/styles";
import { bareOf, type Bare } from "../../state/bare";
import { newId, shelve } from "../../state/store";
import { itemOf, newSeed } from "../../state/takes";
import { complain, say } from "../../ui/announce";
import { chosenItems, now, set, spaceOf } from "./state";

const KEPT_TAKES = 4;

export interface Now {
  readonly share: number;
  readonly said: string;
  readonly loss: number | null;
  readonly plain: number | null;
  readonly held: { readonly before: number; readonly after: number } | null;
  readonly begun: number;
}

/** Of the adaptation that runs; null while none does. */
export const working = signal<Now | null>(null);
export const saving = signal(false);
let control: AbortController | null = null;

export function canStart(): boolean {
  const state = now();
  return working.value === null && serverState.value === "ready" && chosenItems(state).length > 0 && spaceOf(state) !== null;
}

export async function start(): Promise<void> {
  const state = now();
  const space = spaceOf(state);
  if (!canStart() || !space) return;
  const mine = new AbortController();
  control = mine;
  const merge = `adapt ${newId()}`;
  working.value = { share: 0, said: "beginning", loss: null, plain: null, held: null, begun: performance.now() };
  let before: readonly Bare[] = [];
  const body = { space: space.name, inputs: chosenItems(state).map(({ name, score }) => ({ name, score })), seed: state.seed, seconds: state.seconds };
  try {
    await adapt(body, (step) => {
      if (step.before) before = step.before.map(bareOf);
      follow(step, before, merge);
    }, mine.signal);
    say("The style is made: listen, name it and keep it.");
  } catch (error) {
    if (mine.signal.aborted) stopped(merge);
    else complain(error);
  } finally {
    if (control === mine) control = null;
    working.value = null;
  }
}

/** Ends the adaptation; the best style so far stays. */
export function stop(): void {
  control?.abort();
}

function stopped(merge: string): void {
  const { made } = now();
  if (made && made.kept === null) set("adapt", { made: { ...made, stopped: true } }, merge);
  say(made ? "Stopped: the best style so far is kept here." : "Stopped before there was a style.");
}

function follow(step: Step, before: readonly Bare[], merge: string): void {
  const last = working.value;
  if (!last) return;
  working.value = {
    share: step.progress ?? last.share, said: step.said ?? last.said, loss: step.loss ?? last.loss, plain: step.plain ?? last.plain,
    held: step.heldOut ?? last.held, begun: last.begun,
  };
  if (!step.style) return;
  const done = (step.progress ?? 0) >= 1;
  const after = step.after?.map(bareOf) ?? now().made?.after ?? [];
  set("adapt", { made: { style: step.style, before, after, stopped: !done, kept: null } }, merge);
}

export async function keep(name: string, replace: boolean): Promise<void> {
  const { made } = now();
  if (!made || saving.value) return;
  saving.value = true;
  try {
    const kept = await keepStyle(name, made.style, replace);
    set(`keep the style ${kept}`, { made: { ...made, kept }, name: kept });
    say(`The style ${kept} is kept; tools with a style list show it.`);
  } catch (error) {
    complain(error);
  } finally {
    saving.value = false;
  }
}

/** A few takes in a kept style, on the shelf. */
export async function draw(style: string, space: string): Promise<void> {
  try {
    const takes = await run("sample", { space, style, n: KEPT_TAKES, seed: newSeed() });
    shelve(`${takes.length} takes in ${style}`, takes.map((take, k) => itemOf(take, `${style} ${k + 1}`)));
    say(`${takes.length} takes in ${style} are on the shelf.`);
  } catch (error) {
    complain(error);
  }
}
