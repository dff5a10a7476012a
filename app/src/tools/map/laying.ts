/** From a corpus to a map: reading it, and having it laid out. */

import { signal } from "@preact/signals";
import { lines, readFile, runStreamed, ServerError } from "../../server/api";
import { spacesWith } from "../../server/spaces";
import type { Score } from "../../music/score";
import { session } from "../../state/store";
import { complain, said, say } from "../../ui/announce";
import type { Laid, Project } from "./laid";
import { map, set, type Source } from "./state";

const USUAL = "melody-2bar";
const DRAWN = 128;
const SEED = 1;

interface Corpus {
  readonly names: readonly string[];
  readonly inputs: readonly Score[];
}

/** What is under way, how far it is from 0 to 1, and how to give it up. */
export const working = signal<{ readonly what: string; readonly share: number; readonly stop: () => void } | null>(null);

export function usedSpace(): string | null {
  const found = spacesWith("map");
  const named = (name: string | null) => found.find((space) => space.name === name)?.name;
  return named(map().space) ?? named(USUAL) ?? found[0]?.name ?? null;
}

/** Lays a fresh corpus out: draws of the space, the shelf, or files. */
export async function layOut(source: Source, files: readonly File[] = []): Promise<void> {
  await work(async (signal, tell) => {
    const space = named();
    const bad: string[] = [];
    const corpus = source === "files" ? await ofFiles(files, bad, tell, signal) : source === "shelf" ? ofShelf() : await draws(space, tell, signal);
    await place(space, map().project, corpus, source, tell, signal);
    if (bad.length) said.value = { kind: "error", text: `${bad.length} of ${files.length} files could not be read: ${bad.slice(0, 3).join(" ")}`, hint: "The others are on the map." };
  });
}

/** The same corpus in another projection or another space. */
export async function layOutAgain(change: { readonly project?: Project; readonly space?: string }): Promise<void> {
  const { corpus, source } = map();
  if (!corpus) return set("choose how to lay out", change);
  await work(async (signal, tell) => {
    const space = change.space ?? named();
    const kept = source === "drawn" && change.space ? await draws(space, tell, signal) : (JSON.parse(corpus) as Corpus);
    await place(space, change.project ?? map().project, kept, source, tell, signal);
  });
}

function named(): string {
  const space = usedSpace();
  if (!space) throw new ServerError("model", "No space is here yet to lay phrases out.", "Wait until the server is ready.");
  return space;
}

function ofShelf(): Corpus {
  const { items } = session.value;
  return { names: items.map((item) => item.name), inputs: items.map((item) => item.score) };
}

async function ofFiles(files: readonly File[], bad: string[], tell: Tell, signal: AbortSignal): Promise<Corpus> {
  const names: string[] = [];
  const inputs: Score[] = [];
  for (const [k, file] of files.entries()) {
    signal.throwIfAborted();
    tell(`Reading file ${k + 1} of ${files.length}`, (0.4 * k) / files.length);
    try {
      inputs.push((await readFile(file)).score);
      names.push(file.name);
    } catch (error) {
      if (error instanceof ServerError && error.code === "gone") throw error;
      bad.push((error as Error).message);
    }
  }
  if (!inputs.length) throw new ServerError("input", `None of ${files.length} files could be read. ${bad[0] ?? ""}`);
  return { names, inputs };
}

async function draws(space: string, tell: Tell, signal: AbortSignal): Promise<Corpus> {
  const inputs: Score[] = [];
  await runStreamed("sample", { space, n: DRAWN, seed: SEED }, (take) => {
    inputs.push(take.score);
    tell(`Drawing phrase ${inputs.length} of ${DRAWN}`, (0.4 * inputs.length) / DRAWN);
  }, signal);
  return { names: inputs.map((_, k) => `draw ${k + 1}`), inputs };
}

type Tell = (what: string, share: number) => void;

async function place(space: string, project: Project, corpus: Corpus, source: Source, tell: Tell, signal: AbortSignal): Promise<void> {
  let made: Laid | null = null;
  tell(`Laying ${corpus.inputs.length} scores out`, 0.4);
  await lines<{ progress?: number; map?: Laid }>("map", { space, project, names: corpus.names, inputs: corpus.inputs }, (line) => {
    if (line.progress !== undefined) tell(`Laying ${corpus.inputs.length} scores out`, 0.4 + 0.6 * line.progress);
    made = line.map ?? made;
  }, signal);
  const found = made as Laid | null;
  if (!found) return;
  set("lay out a map", {
    space, project, source, corpus: JSON.stringify(corpus), laid: JSON.stringify(found), chosen: [], line: null, marked: null, view: null,
  });
  say(`${found.points.length} phrases are laid out.`);
}

async function work(what: (signal: AbortSignal, tell: Tell) => Promise<void>): Promise<void> {
  working.value?.stop();
  const stopper = new AbortController();
  const stop = () => stopper.abort();
  let mine: typeof working.value = null;
  const tell: Tell = (text, share) => {
    if (stopper.signal.aborted) return;
    mine = { what: text, share, stop };
    working.value = mine;
  };
  tell("Beginning", 0);
  try {
    await what(stopper.signal, tell);
  } catch (error) {
    complain(error);
  } finally {
    if (working.value === mine) working.value = null;
  }
}
