/** What the inspector asks the server of an item; answers are kept, since an item's notes mean the same tomorrow. */

import { signal } from "@preact/signals";
import { postJson, ServerError } from "../server/api";
import { fittingSpace, serverState, spaceList, spaceNamed } from "../server/spaces";
import type { Item } from "../state/session";
import { session } from "../state/store";
import type { Score } from "../music/score";

export interface Report {
  readonly ok: boolean;
  readonly notes: number;
  readonly kept: number;
  readonly changes: readonly string[];
  readonly held: number | null;
  readonly limits: string;
  readonly summary?: string;
}

export interface Answer {
  readonly space: string;
  readonly attributes?: Readonly<Record<string, number>>;
  readonly report?: Report;
  readonly error?: string;
}

const KEPT = 60;
const WAIT = 250; // milliseconds, so that going through the shelf asks nothing
const answers = new Map<Score, Map<string, Answer>>();
/** Counts up with each new answer. */
export const answered = signal(0);

export function answerFor(item: Item, space: string): Answer | null {
  void answered.value;
  return answers.get(item.score)?.get(space) ?? null;
}

/** The space that matters for an item: the shown tool's, the one that made it, or one for such parts. */
export function spaceFor(item: Item): string | null {
  const list = spaceList.value;
  const known = (name: unknown) => (typeof name === "string" && list.some((space) => space.name === name) ? name : null);
  const state = session.value.tools[session.value.tool] as { space?: unknown } | undefined;
  return known(state?.space) ?? known(item.take?.space) ?? fittingSpace(item.score, item.quarters, "vary")?.name ?? list[0]?.name ?? null;
}

/** Asks after a moment. Gives what calls it off. */
export function ask(item: Item, space: string): () => void {
  if (serverState.value !== "ready" || answers.get(item.score)?.has(space)) return () => {};
  const control = new AbortController();
  const timer = setTimeout(() => void answer(item.score, space, control.signal), WAIT);
  return () => {
    clearTimeout(timer);
    control.abort();
  };
}

async function answer(score: Score, space: string, stop: AbortSignal): Promise<void> {
  const body = { space, score };
  try {
    const report = await postJson<Report>("check", body, stop);
    const measured = report.ok && spaceNamed(space)?.attributes.length ? await postJson<{ attributes: Record<string, number> }>("attributes", body, stop).catch(unlessGone) : null;
    keep(score, { space, report, ...(measured ? { attributes: measured.attributes } : {}) });
  } catch (error) {
    if ((error as Error).name === "AbortError" || (error as ServerError).code === "gone") return;
    keep(score, { space, error: (error as Error).message });
  }
}

/** A space without attributes says so; that is no failure of the check. */
function unlessGone(error: Error): null {
  if (error.name === "AbortError" || (error as ServerError).code === "gone") throw error;
  return null;
}

function keep(score: Score, found: Answer): void {
  const all = answers.get(score) ?? new Map<string, Answer>();
  answers.set(score, all.set(found.space, found));
  if (answers.size > KEPT) answers.delete(answers.keys().next().value!);
  answered.value += 1;
}
