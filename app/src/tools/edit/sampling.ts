/** New phrases of a genre. */

import { signal } from "@preact/signals";
import { runStreamed, type Take } from "../../server/api";
import { makeItem, newId, shelve } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { spellPlace } from "./circle";
import { infoOf } from "./editing";
import { currentSpace, set, type Kept, type Samples } from "./state";

const COUNT = 4;

export const samplesComing = signal<Samples | null>(null);
let running: AbortController | null = null;

export async function sampleGenre(genre: string | number): Promise<void> {
  const space = currentSpace();
  if (!space) return;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const name = spellPlace(space.genres, genre);
  samplesComing.value = { space: space.name, genre: name, takes: [] };
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  try {
    await runStreamed("sample", { space: space.name, genre, n: COUNT, seed }, (take) => {
      if (running === mine) arrived(take);
    }, mine.signal);
    if (running !== mine) return;
    set(`sample ${name}`, { samples: samplesComing.value }, `sample ${newId()}`);
    say(`${samplesComing.value.takes.length} phrases of ${name} are ready.`);
  } catch (error) {
    if (running === mine) complain(error);
  }
  if (running === mine) stopSampling();
}

function arrived({ z: _, ...take }: Take): void {
  const had = samplesComing.value!;
  samplesComing.value = { ...had, takes: [...had.takes, take] };
}

export function stopSampling(): void {
  running?.abort();
  running = null;
  samplesComing.value = null;
}

export function keepSample(samples: Samples, take: Kept): void {
  const name = `${samples.genre} ${take.index + 1}`;
  shelve(`keep ${name}`, [makeItem(name, take.score, take.quarters, infoOf(take))]);
  say(`${name} is on the shelf.`);
}
