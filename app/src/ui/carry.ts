/** What travels when a tile is dragged. */

import type { Score } from "../music/score";
import { addTo } from "./dragOut";
import { itemById, makeItem, shelve } from "../state/store";
import type { Item, TakeInfo } from "../state/session";

export const ITEM_TYPE = "application/x-scorespace-item";
export const SCORE_TYPE = "application/x-scorespace-score";

/** A score that is not on the shelf yet. */
export interface Loose {
  readonly name: string;
  readonly score: Score;
  readonly quarters: number;
  readonly take?: TakeInfo | undefined;
}

export function pack(transfer: DataTransfer, item: Item | undefined, loose: Loose): void {
  transfer.effectAllowed = "copy";
  if (item) {
    transfer.setData(ITEM_TYPE, item.id);
    addTo(transfer, item);
  } else transfer.setData(SCORE_TYPE, JSON.stringify(loose));
}

export function carries(transfer: DataTransfer | null): boolean {
  return !!transfer && (transfer.types.includes(ITEM_TYPE) || transfer.types.includes(SCORE_TYPE) || transfer.types.includes("Files"));
}

/** The item that was dropped; a loose score is put on the shelf first. Null where it is neither. */
export function dropped(transfer: DataTransfer): Item | null {
  const id = transfer.getData(ITEM_TYPE);
  if (id) return itemById(id);
  const text = transfer.getData(SCORE_TYPE);
  if (!text) return null;
  const { name, score, quarters, take } = JSON.parse(text) as Loose;
  const item = makeItem(name, score, quarters, take);
  shelve(`keep ${name}`, [item]);
  return item;
}
