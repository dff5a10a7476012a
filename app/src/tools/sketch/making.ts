/** What the spaces make of a sketch. */

import { signal } from "@preact/signals";
import { runStreamed, run, type Take } from "../../server/api";
import { spaceNamed } from "../../server/spaces";
import { infoOf, newSeed } from "../../state/takes";
import { makeItem, shelve } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { notesOf, page, set, sketch, spaceOf, type Idea } from "./state";

const COUNT = 4;
const STEP_OF_DENSITY = 2; // notes a bar

/** What is under way, and how to stop it. */
export const busy = signal<{ readonly what: string; readonly stop: () => void } | null>(null);

export function vary(): Promise<void> {
  const { amount } = sketch();
  if (!notesOf(page()).length) return refuse("Draw a few notes first: a variation needs something to vary.");
  return stream("vary", "variation", { inputs: [page().score], n: COUNT, amount });
}

export function sampleNew(): Promise<void> {
  return stream("sample", "new", { inputs: [], n: COUNT });
}

/** The sketch with more (1) or less (-1) notes. */
export async function thicken(sign: 1 | -1): Promise<void> {
  const space = spaceOf();
  if (!notesOf(page()).length) return refuse("Draw a few notes first.");
  if (!space) return refuse("No space for this is here yet.");
  const word = sign > 0 ? "denser" : "sparser";
  await under(`making it ${word}`, async (signal) => {
    const [take] = await run("edit", { space, inputs: [page().score], seed: newSeed(), change: { density: sign * STEP_OF_DENSITY } }, signal);
    if (take) add([idea(take, `${word} ${page().name}`)], `${word}`);
    const got = take?.got?.density;
    say(got === undefined ? `A ${word} one is ready.` : `A ${word} one is ready: ${got.toFixed(1)} notes a bar.`);
  });
}

/** Why the sketch cannot be made denser, or null. */
export function whyNoDensity(): string | null {
  const space = spaceNamed(spaceOf());
  if (!space) return "no space for this is here yet";
  const density = space.attributes.find((each) => each.name === "density");
  return space.verbs.includes("edit") && density?.movable ? null : `${space.name} cannot change the density`;
}

async function stream(verb: "vary" | "sample", word: string, body: Record<string, unknown>): Promise<void> {
  const space = spaceOf();
  if (!space) return refuse("No space for this is here yet.");
  const merge = `${verb} ${newSeed()}`;
  const name = page().name || "sketch";
  await under(verb === "vary" ? "varying" : "drawing new ones", async (signal) => {
    const found: Idea[] = [];
    await runStreamed(verb, { space, seed: newSeed(), ...body }, (take) => {
      found.push(idea(take, verb === "vary" ? `${name}, ${word} ${take.index + 1}` : `${word} ${take.index + 1} of ${space}`));
      set(`${verb} ${name}`, { ideas: [...found], chosen: 0 }, merge);
    }, signal);
    say(`${found.length} are ready to be heard.`);
  });
}

async function under(what: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  busy.value?.stop();
  const control = new AbortController();
  const mine = { what, stop: () => control.abort() };
  busy.value = mine;
  try {
    await work(control.signal);
  } catch (error) {
    complain(error);
  } finally {
    if (busy.value === mine) busy.value = null;
  }
}

function idea(take: Take, name: string): Idea {
  return { name, score: take.score, quarters: take.quarters, take: infoOf(take) };
}

function add(ideas: readonly Idea[], label: string): void {
  set(label, { ideas: [...ideas, ...sketch().ideas].slice(0, 2 * COUNT), chosen: 0 });
}

/** Puts an idea on the shelf. */
export function keep(place: number): void {
  const found = sketch().ideas[place];
  if (!found) return;
  shelve(`keep ${found.name}`, [makeItem(found.name, found.score, found.quarters, found.take)]);
  say(`${found.name} is on the shelf.`);
}

async function refuse(why: string): Promise<void> {
  complain(new Error(why));
}
