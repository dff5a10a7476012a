/** Rows and single tiles from the server. */

import { signal } from "@preact/signals";
import { runStreamed, run, type Take } from "../../server/api";
import { LastWins } from "../../server/lastWins";
import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import { bareOf, inputsOf } from "../../state/bare";
import { joinedItem } from "../../state/joined";
import type { Item } from "../../state/session";
import { makeItem, newId, shelve } from "../../state/store";
import { infoOf, newSeed } from "../../state/takes";
import { complain, say } from "../../ui/announce";
import { blankRow, FEWEST, MOST, placed, touches, type Tile, type Touch } from "./line";
import { chosen, heard, rowKey, nameOf, now, ROW_KEY, set, spaceOf, styleOf, tiles, wholeTake, type InterpolateState } from "./state";

const REST = 180; // milliseconds without another change until a row is made
const NEAR = 0.15; // share of the notes that a reroll changes

interface Asked {
  readonly key: string;
  /** The step of the history that the row belongs to. */
  readonly merge: string;
  readonly label: string;
}

const rows = new LastWins<Asked>(REST, makeRow, complain);
export const makingRow = rows.working;
/** Which tile (from 0) is being rerolled. */
export const rerolling = signal<number | null>(null);
let tileWork: AbortController | null = null;

/** Changes what a row is made of, and makes it anew where that matters. One step of the history, result included. */
export function alter(label: string, part: Partial<InterpolateState>, merge = `row ${newId()}`, wait = 0): void {
  set(label, part, merge);
  renew(label, merge, wait);
}

export function renew(label = "make the row", merge = `row ${newId()}`, wait = 0): void {
  const state = now();
  const key = rowKey();
  if (key === null) rows.cancel();
  else if (!isMade(state, key)) rows.ask({ key, merge, label }, wait);
}

export function isMade(state: InterpolateState, key = rowKey()): boolean {
  return state.row !== null && state.row.key === key && state.row.tiles.every((tile) => tile !== null);
}

async function makeRow({ key, merge, label }: Asked, signal: AbortSignal): Promise<void> {
  const state = now();
  const space = spaceOf(state);
  if (rowKey() !== key || !space) return;
  const anchors = chosen(state);
  let done: ReadonlyMap<number, Touch> = new Map();
  const body = {
    space: space.name, inputs: anchors.map((anchor) => anchor.score), steps: state.steps, method: state.method,
    temperature: state.temperature, ...(state.temperature > 0 ? { seed: state.seed } : {}), ...withStyle(state),
  };
  await runStreamed("interpolate", body, (take) => {
    if (rowKey() !== key) return rows.cancel(); // undone meanwhile
    const row = now().row;
    if (row?.key !== key) done = touches(row?.tiles ?? [], state.steps);
    const begun = row?.key === key ? row.tiles : blankRow(state.steps, done);
    set(label, { row: { key, inputs: inputsOf(take), tiles: placed(begun, take.index, lineTile(take), done) } }, merge);
  }, signal);
  swapSound();
  say(`${state.steps} tiles are ready.`);
}

function withStyle(state: InterpolateState): { style?: string } {
  const style = styleOf(state);
  return style === null ? {} : { style };
}

function lineTile(take: Take): Tile {
  return { ...bareOf(take), from: "line", times: 1, muted: false };
}

export function stop(): void {
  rows.cancel();
  tileWork?.abort();
}

export function setSteps(steps: number, merge?: string): void {
  const least = Math.max(FEWEST, chosen(now()).length);
  const wanted = Math.min(MOST, Math.max(least, Math.round(steps)));
  if (wanted !== now().steps) alter(`${wanted} steps`, { steps: wanted }, merge, REST);
}

export function setTile(label: string, place: number, part: Partial<Tile>): void {
  const { row } = now();
  const tile = row?.tiles[place];
  if (!row || !tile) return;
  set(label, { row: { ...row, tiles: row.tiles.map((each, k) => (k === place ? { ...tile, ...part } : each)) } });
  swapSound();
}

/** Another one in the place of a tile: a near variation of it, by a new seed. */
export async function reroll(place: number): Promise<void> {
  const tile = tiles.value[place];
  const space = spaceOf(now());
  if (!tile || !space) return;
  tileWork?.abort();
  const mine = new AbortController();
  tileWork = mine;
  rerolling.value = place;
  const { key } = now().row!;
  try {
    const [take] = await run("vary", { space: space.name, inputs: [tile.score], n: 1, amount: NEAR, seed: newSeed(), ...withStyle(now()) }, mine.signal);
    if (take && now().row?.key === key) setTile(`reroll tile ${place + 1}`, place, { score: take.score, quarters: take.quarters, take: infoOf(take), from: "vary" });
  } catch (error) {
    complain(error);
  } finally {
    if (tileWork === mine) rerolling.value = null;
  }
}

export function replaceTile(place: number, item: Item): void {
  setTile(`put ${item.name} at tile ${place + 1}`, place, { score: item.score, quarters: item.quarters, take: item.take, name: item.name, from: "shelf" });
}

export function keepTile(place: number): void {
  const tile = tiles.value[place];
  if (!tile) return;
  const name = tileName(tile, place);
  shelve(`keep ${name}`, [makeItem(name, tile.score, tile.quarters, wholeTake(tile))]);
  say(`${name} is on the shelf.`);
}

export function tileName(tile: Tile, place: number): string {
  return tile.name ?? `${nameOf(now()).replace(/, \d+ steps$/, "")}, ${place + 1} of ${tiles.value.length}${tile.from === "vary" ? ", rerolled" : ""}`;
}

/** The row as it is heard, as one item. */
export function joinRow(): void {
  const line = heard.value;
  if (!line) return;
  const item = joinedItem(nameOf(now()), line.parts.map(({ part }) => part));
  shelve(`join ${item.name}`, [item]);
  say(`${item.name} is on the shelf as one score.`);
}

export function playRow(from = 0): void {
  const line = heard.value;
  if (!line) return;
  const what = { key: ROW_KEY, score: line.score, quarters: line.quarters };
  player.play(what, from > 0 ? { from, loop: false } : {}).catch(complain);
}

export function playOrStopRow(): void {
  if (playing.value?.key === ROW_KEY) player.stop();
  else playRow();
}

/** A row that sounds goes on as it is now. */
function swapSound(): void {
  const line = heard.value;
  if (playing.value?.key === ROW_KEY && line) player.swap({ key: ROW_KEY, score: line.score, quarters: line.quarters }, "now").catch(complain);
}
