/** What of each chosen score a space can use. Asked once for each score and space. */

import { signal } from "@preact/signals";
import type { Score } from "../../music/score";
import { LastWins } from "../../server/lastWins";
import { checkScores, type Usable } from "../../server/styles";
import type { Item } from "../../state/session";
import { complain } from "../../ui/announce";

const REST = 150; // milliseconds without another choice until it is asked
const known = new WeakMap<Score, Map<string, Usable>>();
/** Counts answers, so that views that show them are drawn again. */
const answers = signal(0);

const asking = new LastWins<{ space: string; items: readonly Item[] }>(REST, ask, complain);
export const checking = asking.working;

export function rowOf(item: Item, space: string): Usable | null {
  void answers.value;
  return known.get(item.score)?.get(space) ?? null;
}

export function check(space: string, items: readonly Item[]): void {
  const open = items.filter((item) => !known.get(item.score)?.has(space));
  if (open.length) asking.ask({ space, items: open });
  else asking.cancel();
}

async function ask({ space, items }: { space: string; items: readonly Item[] }, signal: AbortSignal): Promise<void> {
  const rows = await checkScores(space, items.map(({ name, score }) => ({ name, score })), signal);
  items.forEach((item, k) => known.set(item.score, (known.get(item.score) ?? new Map<string, Usable>()).set(space, rows[k]!)));
  answers.value += 1;
}
