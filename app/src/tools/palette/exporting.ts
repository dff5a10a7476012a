/** What leaves the palette: a spot, the path, the square. */

import { signal } from "@preact/signals";
import { zipSync } from "fflate";
import { download, fileName, saveBlob } from "../../frame/exports";
import { writeFile } from "../../server/api";
import { wholeOf, type Whole } from "../../state/bare";
import type { Item } from "../../state/session";
import { makeItem, shelve } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { loopHere } from "./hearing";
import { cellPlace, describePlace } from "./square";
import { cellLoop, isBlended, now } from "./state";
import { pathItem } from "./walking";

/** How many files of the zip are written; null = none is under way. */
export const zipping = signal<number | null>(null);
let work: AbortController | null = null;

export function keepSpot(): void {
  const loop = loopHere();
  if (!loop) return;
  const item = makeItem(`spot ${describePlace(now().puck)}`, loop.score, loop.quarters, loop.take);
  shelve(`keep ${item.name}`, [item]);
  say(`${item.name} is on the shelf.`);
}

/** The cells row by row. */
function cells(): { readonly name: string; readonly loop: Whole }[] {
  const state = now();
  if (!isBlended(state) || !state.cells) return [];
  return Array.from({ length: state.size ** 2 }, (_, k) => {
    const [row, column] = [Math.floor(k / state.size), k % state.size];
    const name = `${String(k + 1).padStart(2, "0")} row ${row + 1} column ${column + 1}, ${describePlace(cellPlace(row, column, state.size))}`;
    return { name, loop: wholeOf(cellLoop(state, row, column)!, state.cells!.inputs) };
  });
}

export function shelveSquare(): void {
  const items: Item[] = cells().map(({ name, loop }) => makeItem(name, loop.score, loop.quarters, loop.take));
  shelve(`keep ${items.length} loops`, items);
  say(`${items.length} loops are on the shelf.`);
}

/** Numbered MIDI files in one zip. */
export async function downloadSquare(): Promise<void> {
  work?.abort();
  const mine = new AbortController();
  work = mine;
  zipping.value = 0;
  try {
    const files: Record<string, Uint8Array> = {};
    for (const { name, loop } of cells()) {
      const blob = await writeFile(loop.score, "mid", loop.take.provenance, mine.signal);
      files[fileName(name, "mid")] = new Uint8Array(await blob.arrayBuffer());
      zipping.value += 1;
    }
    saveBlob(new Blob([zipSync(files) as BlobPart], { type: "application/zip" }), "palette.zip");
    say(`palette.zip holds ${Object.keys(files).length} MIDI files.`);
  } catch (error) {
    complain(error);
  } finally {
    if (work === mine) zipping.value = null;
  }
}

export function stopZipping(): void {
  work?.abort();
}

export function downloadPath(): void {
  const item = pathItem();
  if (item) void download(item, "mid");
}
