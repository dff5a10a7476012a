/** What stands in the corners. */

import { signal } from "@preact/signals";
import { run } from "../../server/api";
import type { Item } from "../../state/session";
import { makeItem, newId } from "../../state/store";
import { itemOf, newSeed } from "../../state/takes";
import { complain } from "../../ui/announce";
import { alter } from "./blending";
import { loopHere } from "./hearing";
import { CORNERS, describePlace } from "./square";
import { now, spaceOf, withStyle, type PaletteState } from "./state";

/** Corners (0 to 3) for which new phrases are on their way. */
export const filling = signal<ReadonlySet<number>>(new Set());
let work: AbortController | null = null;

export function setCorner(corner: number, item: Item | null): void {
  const { corners } = now();
  alter(item ? `${item.name} at the ${CORNERS[corner]}` : `clear the ${CORNERS[corner]}`, { corners: corners.map((each, k) => (k === corner ? item : each)) });
}

/** The loop under the puck becomes a corner. */
export function pinHere(corner: number): void {
  const loop = loopHere();
  if (loop) setCorner(corner, makeItem(`spot ${describePlace(now().puck)}`, loop.score, loop.quarters, loop.take));
}

/** New phrases, drawn from the space, in these corners. */
export async function fill(corners: readonly number[], space = spaceOf(now())?.name, part: Partial<PaletteState> = {}): Promise<void> {
  if (!space) return complain(new Error("No space for this is here yet."));
  work?.abort();
  const mine = new AbortController();
  work = mine;
  filling.value = new Set(corners);
  try {
    const own = space === spaceOf(now())?.name ? withStyle(now()) : {};
    const takes = await run("sample", { space, inputs: [], n: corners.length, seed: newSeed(), ...own }, mine.signal);
    const items = takes.map((take) => itemOf(take, `new ${take.seed}-${take.index + 1}`));
    const label = corners.length === 1 ? `new at the ${CORNERS[corners[0]!]}` : `four new ones of ${space}`;
    alter(label, { ...part, corners: now().corners.map((each, k) => items[corners.indexOf(k)] ?? each) }, `fill ${newId()}`);
  } catch (error) {
    complain(error);
  } finally {
    if (work === mine) filling.value = new Set();
  }
}

export function stopFilling(): void {
  work?.abort();
}
