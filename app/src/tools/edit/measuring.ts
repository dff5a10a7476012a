/** The attributes of scores as a space measures them: asked once for each score. */

import { signal, type Signal } from "@preact/signals";
import type { Score } from "../../music/score";
import { postJson, ServerError } from "../../server/api";

export interface Measured {
  readonly attributes: Readonly<Record<string, number>>;
  /** How like each genre of the space it is, 0 to 1. */
  readonly genres: Readonly<Record<string, number>>;
  /** Why it cannot be measured. */
  readonly problem: string | null;
}

const known = new WeakMap<Score, Map<string, Signal<Measured | null>>>();

/** What a space measures of a score; null until the answer is there. */
export function measured(score: Score, space: string): Signal<Measured | null> {
  const bySpace = known.get(score) ?? new Map<string, Signal<Measured | null>>();
  known.set(score, bySpace);
  const found = bySpace.get(space);
  if (found) return found;
  const made = signal<Measured | null>(null);
  bySpace.set(space, made);
  void ask(score, space).then((answer) => { made.value = answer; });
  return made;
}

/** Asks again for what could not be measured. */
export function measureAgain(score: Score, space: string): void {
  const found = known.get(score)?.get(space);
  if (found) void ask(score, space).then((answer) => { found.value = answer; });
}

async function ask(score: Score, space: string): Promise<Measured> {
  try {
    const { attributes, genres = {} } = await postJson<{ attributes: Record<string, number>; genres?: Record<string, number> }>("attributes", { space, score });
    return { attributes, genres, problem: null };
  } catch (error) {
    const hint = error instanceof ServerError && error.hint ? ` ${error.hint}` : "";
    return { attributes: {}, genres: {}, problem: `${(error as Error).message}${hint}` };
  }
}
