/** From what the server answers to what the session keeps. */

import type { Take } from "../server/api";
import type { Item, TakeInfo } from "./session";
import { makeItem } from "./store";

/** A take without its notes and points. */
export function infoOf({ score: _, quarters: __, z: ___, ...info }: Take): TakeInfo {
  return info;
}

export function itemOf(take: Take, name: string): Item {
  return makeItem(name, take.score, take.quarters, infoOf(take));
}

/** A seed as the server takes them, by chance. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
