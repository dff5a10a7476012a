/** What Train keeps in the session, and what the server says of the runs (which is not the session's). */

import { signal } from "@preact/signals";
import { watchServer } from "../../server/spaces";
import { changeTool, session, toolState } from "../../state/store";
import { complain, say } from "../../ui/announce";
import type { Figures } from "./curves";
import { act, follow, isGoing, listing, start, use, type Listing, type Run, type RunState, type Sample, samplesAt, type Wish } from "./runs";

interface TrainState {
  readonly recipe: string;
  /** Name of a data set, or "" for the shelf. */
  readonly data: string;
  /** What was typed, by setting; "" = as the recipe says. */
  readonly settings: Readonly<Record<string, string>>;
  readonly minutes: string;
  /** The run that is shown. */
  readonly run: string | null;
}

const FIRST: TrainState = { recipe: "tiny", data: "", settings: {}, minutes: "", run: null };

export function train(): TrainState {
  return toolState("train", FIRST);
}

export function set(label: string, part: Partial<TrainState>, merge: string | null = null): void {
  changeTool(label, "train", part, merge);
}

export function look(run: string | null): void {
  session.value = { ...session.value, tools: { ...session.value.tools, train: { ...train(), run } } };
}

export const known = signal<Listing | null>(null);

/** What is known of the run that is shown. */
export const shown = signal<Shown | null>(null);

interface Shown {
  readonly name: string;
  readonly run: Run | null;
  readonly lines: readonly Figures[];
  /** At which samples were written. */
  readonly steps: readonly number[];
  readonly heard: readonly Heard[];
}

/** The samples of one evaluation. */
export interface Heard {
  readonly step: number;
  readonly samples: readonly Sample[];
}

const HEARD = 8; // evaluations whose samples are kept to be heard
const AGAIN = 2000; // ms until a lost server is asked again

export async function refresh(): Promise<void> {
  try {
    known.value = await listing();
  } catch (error) {
    complain(error);
  }
}

/** Follows a run until the signal is aborted: its figures and samples as they come. */
export async function watch(name: string, signal: AbortSignal): Promise<void> {
  shown.value = { name, run: null, lines: [], steps: [], heard: [] };
  let state: RunState | null = null;
  while (!signal.aborted) {
    const now: Shown | null = shown.value;
    if (now?.name !== name) return;
    try {
      const news = await follow(name, now.lines.length, now.steps, state, signal);
      const ended = state !== null && isGoing(state) && !isGoing(news.run.state);
      state = news.run.state;
      const heard = await hearings(name, news.samples, now.heard, signal);
      shown.value = { name, run: news.run, lines: [...now.lines.slice(0, news.from), ...news.lines], steps: news.samples, heard };
      if (ended) {
        say(news.run.problem ?? `${name} is ${state}.`);
        void refresh();
      }
    } catch (error) {
      if ((error as Error).name === "AbortError") return;
      complain(error);
      await new Promise((wait) => setTimeout(wait, AGAIN));
    }
  }
}

/** The last samples; those that are known are not asked for again. */
async function hearings(name: string, steps: readonly number[], before: readonly Heard[], signal: AbortSignal): Promise<readonly Heard[]> {
  const wanted = spaced(steps, HEARD);
  return Promise.all(wanted.map(async (step) => before.find((each) => each.step === step) ?? { step, samples: await samplesAt(name, step, signal) }));
}

/** At most `most` of the steps, the first and the last among them. */
function spaced(steps: readonly number[], most: number): number[] {
  if (steps.length <= most) return [...steps];
  return [...new Set(Array.from({ length: most }, (_, k) => steps[Math.round((k * (steps.length - 1)) / (most - 1))]!))];
}

/** Starts a run as the form says, and shows it. */
export async function begin(): Promise<void> {
  const { recipe, data, settings, minutes } = train();
  const typed = Object.entries(settings).filter(([, text]) => text.trim() !== "").map(([key, text]) => [key, Number(text)] as const);
  const wrong = typed.find(([, value]) => !Number.isFinite(value));
  if (wrong) return complain(new Error(`${wrong[0]} is to be a number.`));
  const wish: Wish = {
    recipe, settings: Object.fromEntries(typed), ...(minutes.trim() ? { minutes: Number(minutes) } : {}),
    ...(data ? { data } : { inputs: session.value.items.map((item) => item.score) }),
  };
  try {
    const run = await start(wish);
    look(run.name);
    say(`${run.name} has begun.`);
    await refresh();
  } catch (error) {
    complain(error);
  }
}

export async function stopRun(name: string): Promise<void> {
  await act(name, "stop").catch(complain);
}

export async function resumeRun(name: string): Promise<void> {
  await act(name, "resume").catch(complain);
}

/** Makes the run's best checkpoint a space that every tool can choose. */
export async function useRun(name: string): Promise<void> {
  try {
    const space = await use(name);
    await watchServer();
    say(`The space ${space} is there for every tool.`);
    await refresh();
  } catch (error) {
    complain(error);
  }
}
