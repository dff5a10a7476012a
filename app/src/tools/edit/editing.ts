/** Edits as the hand moves: what was asked last is done, the rest given up. */

import { signal } from "@preact/signals";
import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import { run, ServerError } from "../../server/api";
import { LastWins } from "../../server/lastWins";
import type { Score } from "../../music/score";
import type { TakeInfo } from "../../state/session";
import * as store from "../../state/store";
import { itemById, makeItem, newId } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { spellPlace } from "./circle";
import { now, set, songOf, spaceOf, subject, whatAsked, type EditState, type Kept } from "./state";

export const RESULT_KEY = "edit result";
export const BEFORE_KEY = "edit original";
/** Milliseconds of rest before the server is asked. */
const REST = 150;

export interface Problem {
  readonly message: string;
  readonly hint: string | null;
}

interface Wish {
  readonly space: string;
  readonly of: string;
  readonly score: Score;
  readonly arguments: Record<string, unknown>;
  readonly what: string;
  /** Steps of the history with this key are one. */
  readonly merge: string;
}

export const problem = signal<Problem | null>(null);
let gesture = "";

const queue = new LastWins<Wish>(REST, perform, (error) => {
  problem.value = { message: (error as Error).message, hint: error instanceof ServerError ? error.hint : null };
});
export const working = queue.working;

async function perform(wish: Wish, aborted: AbortSignal): Promise<void> {
  const [take] = await run("edit", { space: wish.space, inputs: [wish.score], ...wish.arguments }, aborted);
  const state = now();
  if (aborted.aborted || !take || state.of !== wish.of || JSON.stringify(argumentsOf(state)) !== JSON.stringify(wish.arguments)) return;
  const { z: _, ...kept } = take;
  const before = (take.provenance.inputs as readonly Score[])[0] ?? wish.score;
  set(`edit: ${wish.what}`, { edited: { take: kept, before, what: wish.what, item: null } }, wish.merge);
  const heard = playing.value?.key;
  if (heard === RESULT_KEY || heard === BEFORE_KEY) player.swap(resultOf(kept), "beat").catch(complain);
}

function argumentsOf(state: EditState): Record<string, unknown> {
  const drawn = state.temperature > 0 ? { temperature: state.temperature, seed: state.seed } : {};
  if (state.way === "genre") return { genre: goal(state.genre), keep: state.keep, ...drawn };
  return { to: { ...state.asked }, ...drawn };
}

function goal(genre: string | number | null): string {
  return typeof genre === "number" ? `${genre}deg` : (genre ?? "");
}

/** Changes what is asked, and asks for it. The result of before stays until the new one is there. */
export function ask(label: string, part: Partial<EditState>, wait?: number): void {
  const song = songOf(now());
  const space = spaceOf(now(), song);
  if (!song || !space) return;
  if (!working.value) gesture = newId();
  const of = subject(song.id, space.name);
  const merge = `edit ${gesture}`;
  problem.value = null;
  set(label, { item: song.id, space: space.name, of, asked: now().asked, genre: now().genre, edited: now().edited, ...part }, merge);
  const state = now();
  const nothing = state.way === "genre" ? state.genre === null : !Object.keys(state.asked).length;
  if (nothing) {
    queue.cancel();
    if ("asked" in part || "genre" in part) set(label, { edited: null }, merge);
    return;
  }
  const what = state.way === "genre" ? spellPlace(space.genres, state.genre!) : whatAsked(state.asked);
  queue.ask({ space: space.name, of, score: song.score, arguments: argumentsOf(state), what, merge }, wait);
}

/** Asks again for what was asked. */
export function askAgain(): void {
  ask("edit again", {}, 0);
}

export function askFor(name: string, value: number): void {
  ask(`ask for ${name.replaceAll("_", " ")}`, { asked: { ...now().asked, [name]: value } });
}

/** The attribute as the song has it. */
export function leaveAlone(name: string): void {
  const { [name]: had, ...rest } = now().asked;
  if (had !== undefined) ask(`leave ${name.replaceAll("_", " ")} alone`, { asked: rest });
}

export function cancel(): boolean {
  const had = working.value;
  queue.cancel();
  if (had) say("Given up; the result of before is still there.");
  return had;
}

/** Everything as the song has it. */
export function reset(): void {
  ask("back to the original", { asked: {}, genre: null });
}

export function resultOf(take: Kept) {
  return { key: RESULT_KEY, score: take.score, quarters: take.quarters };
}

export function playResult(): void {
  const { edited } = now();
  if (playing.value?.key === RESULT_KEY || !edited) player.stop();
  else player.play(resultOf(edited.take)).catch(complain);
}

/** In one sentence, what came of an edit. */
export function saidOf(take: Kept): string {
  const { got } = take;
  if (restyled(take)) return `Edited: likeness ${percent(take.style?.likeness)}, before ${percent(take.style?.likeness_before)}.`;
  return `Edited: ${Object.entries(got ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")} ${Number(value.toFixed(2))}`).join(", ")}.`;
}

/** Whether it is an edit to another genre. */
export function restyled(take: Kept): boolean {
  return take.style?.likeness !== undefined;
}

export function percent(share: unknown): string {
  return typeof share === "number" ? `${Math.round(100 * share)} %` : "unknown";
}

/** Puts the result on the shelf, once; later results are further items. */
export function keep(): void {
  const state = now();
  const song = songOf(state);
  const { edited } = state;
  if (!song || !edited) return say("There is no result to keep yet.");
  if (edited.item && itemById(edited.item)) return say("This result is on the shelf already.");
  const item = makeItem(`${song.name}, ${restyled(edited.take) ? `as ${edited.what}` : edited.what}`, edited.take.score, edited.take.quarters, infoOf(edited.take));
  const merge = `keep ${item.id}`;
  set(`keep ${item.name}`, { edited: { ...edited, item: item.id } }, merge);
  store.change(`keep ${item.name}`, (session) => ({ ...session, items: [...session.items, item] }), merge);
  say(`${item.name} is on the shelf.`);
}

export function infoOf({ score: _, quarters: __, ...info }: Kept): TakeInfo {
  return info;
}
