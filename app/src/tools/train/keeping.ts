/** A sample of a run goes on the shelf. */

import { makeItem, shelve } from "../../state/store";
import { say } from "../../ui/announce";
import type { Sample } from "./runs";

export function itemOfSample(run: string, step: number, sample: Sample): void {
  const name = `${run}, step ${step}, ${sample.name}`;
  shelve(`keep ${name}`, [makeItem(name, sample.score, sample.quarters)]);
  say(`${name} is on the shelf.`);
}
