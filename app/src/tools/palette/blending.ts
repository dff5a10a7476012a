/** The cells of the square from the server, coarse ones first. */

import { runStreamed, type Take } from "../../server/api";
import { LastWins } from "../../server/lastWins";
import { bareOf, inputsOf, type Bare } from "../../state/bare";
import { newId } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { coarseToFine, cellPlace, placeKey, type Place } from "./square";
import { bodyOf, cellLoop, isBlended, squareKey, now, set, type PaletteState } from "./state";

const FIRST_ROUND = 9; // cells that are made before the others, in one pass
const REST = 200; // milliseconds without another change of a slider

interface Asked {
  readonly key: string;
  readonly size: number;
  readonly merge: string;
  readonly label: string;
}

const blends = new LastWins<Asked>(REST, blend, complain);
export const blending = blends.working;

/** Changes what the square is made of, and makes it anew where that matters. One step of the history, result included. */
export function alter(label: string, part: Partial<PaletteState>, merge = `blend ${newId()}`, wait = 0): void {
  set(label, part, merge);
  renew(label, merge, wait);
}

export function renew(label = "blend the square", merge = `blend ${newId()}`, wait = 0): void {
  const state = now();
  const key = squareKey();
  if (key === null) blends.cancel();
  else if (!isBlended(state)) blends.ask({ key, size: state.size, merge, label }, wait);
}

export function stopBlending(): void {
  blends.cancel();
}

async function blend(asked: Asked, signal: AbortSignal): Promise<void> {
  const start = now();
  if (squareKey() !== asked.key || start.size !== asked.size) return;
  const missing = coarseToFine(asked.size).filter(({ row, column }) => !cellLoop(start, row, column)).map(({ row, column }) => cellPlace(row, column, asked.size));
  for (const places of [missing.slice(0, FIRST_ROUND), missing.slice(FIRST_ROUND)]) {
    if (places.length) await blendPlaces(asked, bodyOf(start), places, signal);
  }
  say(`${asked.size} by ${asked.size} loops are ready.`);
}

async function blendPlaces({ key, size, merge, label }: Asked, body: Record<string, unknown>, places: readonly Place[], signal: AbortSignal): Promise<void> {
  const made: Record<string, Bare> = {};
  let inputs: readonly unknown[] = [];
  let shown = 0;
  const show = () => {
    const state = now();
    if (squareKey() !== key || state.size !== size) return blends.cancel(); // undone meanwhile
    const before = state.cells?.key === key ? state.cells.at : {};
    set(label, { cells: { key, inputs, at: { ...before, ...made } } }, merge);
    shown = performance.now();
  };
  await runStreamed("palette", { ...body, at: places }, (take: Take) => {
    made[placeKey(places[take.index]!)] = bareOf(take);
    inputs = inputsOf(take);
    if (performance.now() - shown > 50) show();
  }, signal);
  show();
}
