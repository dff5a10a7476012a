/** Asks for alternatives, shows each as it comes, and keeps them in the session when all are there. */

import { signal } from "@preact/signals";
import { runStreamed, ServerError, type Take } from "../../server/api";
import { spacesWith } from "../../server/spaces";
import type { Item, TakeInfo } from "../../state/session";
import * as store from "../../state/store";
import { itemById, makeItem, newId } from "../../state/store";
import { say } from "../../ui/announce";
import { hear, isHeard, quiet } from "./hearing";
import { argumentsOf, now, ranked, set, songOf, whatOf, type Alternative, type InpaintState, type Written } from "./state";

export interface Problem {
  readonly message: string;
  readonly hint: string | null;
}

/** What comes just now: not in the session before it is whole, so that giving up leaves that as it was. */
export const coming = signal<Written | null>(null);
export const problem = signal<Problem | null>(null);
let running: AbortController | null = null;
/** Whether the user chose what is shown: then it stays when likelier ones come. */
let byHand = false;

/** What is shown: what comes, or what the session keeps of this song. */
export function shownOf(state: InpaintState, song: Item | null): Written | null {
  const found = coming.value ?? state.written;
  return found && song && found.of === song.id ? found : null;
}

export function spaceOf(state: InpaintState): string | null {
  const known = spacesWith("inpaint");
  return known.some((space) => space.name === state.space) ? state.space : (known[0]?.name ?? state.space);
}

export async function write(): Promise<void> {
  const state = now();
  const song = songOf(state);
  const space = spaceOf(state);
  const what = song && whatOf(state, song);
  if (!song) return fail("There is no song to write in.", "Drop one on the song's place, or choose it from the shelf.");
  if (!what) return fail("No bar is chosen.", "Choose bars on the ruler over the notes, by dragging or with the arrow keys and Space.");
  if (!space) return fail("The server has no space that inpaints.", "Start `scorespace app` again, or add one such as folk-inpaint.");
  running?.abort();
  const mine = new AbortController();
  running = mine;
  problem.value = null;
  byHand = false;
  const merge = `write ${newId()}`;
  set(`write ${what}`, { item: song.id, space }, merge);
  coming.value = { of: song.id, what, song: song.score, quarters: song.quarters, way: state.way, wanted: state.temperature > 0 ? state.n : 1, takes: [], chosen: null, kept: [] };
  const seed = state.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  try {
    await runStreamed("inpaint", { space, seed, inputs: [song.score], ...argumentsOf(state, song) }, (take) => {
      if (running === mine) arrived(take);
    }, mine.signal);
    if (running === mine) done(merge);
  } catch (error) {
    if (running === mine) failed(error);
  }
}

function arrived(take: Take): void {
  const { z: _, ...kept } = take;
  const before = coming.value!;
  const first = before.takes.length === 0;
  coming.value = { ...before, takes: ranked([...before.takes, kept]), chosen: first ? kept.index : before.chosen };
  if (first && isHeard()) hear(coming.value, kept);
}

function done(merge: string): void {
  const written = coming.value!;
  running = null;
  coming.value = null;
  if (!written.takes.length) return fail("The space wrote nothing.", "Try another seed.");
  const chosen = byHand || isHeard() ? written.chosen : written.takes[0]!.index;
  set(`write ${written.what}`, { written: { ...written, chosen } }, merge);
}

function failed(error: unknown): void {
  running = null;
  coming.value = null;
  if ((error as Error).name === "AbortError") return;
  fail((error as Error).message, error instanceof ServerError ? error.hint : null);
}

function fail(message: string, hint: string | null): void {
  problem.value = { message, hint };
}

/** Gives a running request up; what was there before is there again. */
export function cancel(): boolean {
  const had = coming.value !== null;
  running?.abort();
  running = null;
  coming.value = null;
  if (had) {
    quiet();
    say("Given up; nothing has changed.");
  }
  return had;
}

/** Changes what is shown, wherever that stands. */
function change(label: string, part: Partial<Written>, merge: string | null = null): void {
  const state = now();
  if (coming.value) coming.value = { ...coming.value, ...part };
  else if (state.written) set(label, { written: { ...state.written, ...part } }, merge);
}

/** Shows an alternative, or with null the song as it was. */
export function show(index: number | null): void {
  const written = shownOf(now(), songOf(now()));
  byHand = true;
  if (!written || written.chosen === index) return;
  change(index === null ? "show the original" : "show another alternative", { chosen: index }, "show alternative");
}

/** Shows an alternative and plays it with a bar before and after. */
export function audition(index: number | null): void {
  show(index);
  const written = shownOf(now(), songOf(now()));
  if (written?.takes.length) hear(written, written.takes.find((take) => take.index === index) ?? null);
}

/** The next or previous one, as they stand: first the song as it was. */
export function step(by: 1 | -1): void {
  const written = shownOf(now(), songOf(now()));
  if (!written?.takes.length) return;
  const order = [null, ...written.takes.map((take) => take.index)];
  const place = order.indexOf(written.chosen) + by;
  audition(order[Math.min(order.length - 1, Math.max(0, place))]!);
}

/** Puts an alternative on the shelf, once; nothing else changes. Gives the item's id. */
export function accept(index: number | null): string | null {
  const song = songOf(now());
  const written = shownOf(now(), song);
  const take = written?.takes.find((each) => each.index === index);
  if (!song || !written || !take) return null;
  const name = `${song.name}, ${written.what}`;
  const had = written.kept.find(([number]) => number === take.index)?.[1];
  if (had && itemById(had)) {
    say(`${name} is on the shelf already.`);
    return had;
  }
  const item = makeItem(name, take.score, take.quarters, infoOf(take));
  const merge = `keep ${item.id}`;
  change(`keep ${name}`, { kept: [...written.kept.filter(([number]) => number !== take.index), [take.index, item.id]] }, merge);
  store.change(`keep ${name}`, (session) => ({ ...session, items: [...session.items, item], selected: item.id }), merge);
  say(`${name} is on the shelf.`);
  return item.id;
}

export function infoOf({ score: _, quarters: __, ...info }: Alternative): TakeInfo {
  return info;
}

/** Puts an alternative on the shelf and makes it the song that is worked on. */
export function goOnWith(index: number): void {
  const item = accept(index);
  if (item) set("go on with an alternative", { item, of: item, bars: [], locked: [] });
}
