/** What Map keeps in the session. */

import type { Score } from "../../music/score";
import type { TakeInfo } from "../../state/session";
import { changeTool, makeItem, session, shelve, toolState } from "../../state/store";
import { say } from "../../ui/announce";
import type { View } from "./geometry";
import { laidIn, titleOf, type Laid, type Project } from "./laid";

export type Source = "drawn" | "shelf" | "files";
export type Mode = "move" | "lasso" | "line";

/** A step of a line between two phrases. */
export interface Step {
  readonly name: string;
  readonly score: Score;
  readonly take?: TakeInfo | undefined;
}

export interface Line {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly Step[];
}

interface MapState {
  readonly space: string | null;
  readonly project: Project;
  readonly source: Source;
  /** Attribute, "name", or "" for one colour. */
  readonly colour: string;
  readonly mode: Mode;
  readonly steps: number;
  /** JSON of names and scores that are laid out, and of what the server made of them: see `laidIn`. */
  readonly corpus: string | null;
  readonly laid: string | null;
  readonly chosen: readonly number[];
  readonly line: Line | null;
  /** The phrase that the arrows stand on. */
  readonly marked: number | null;
  /** Null = the whole map. */
  readonly view: View | null;
}

const FIRST: MapState = {
  space: null, project: "pca", source: "drawn", colour: "density", mode: "move", steps: 7, corpus: null, laid: null, chosen: [], line: null, marked: null, view: null,
};

export function map(): MapState {
  return toolState("map", FIRST);
}

export function laid(): Laid | null {
  return laidIn(map().laid);
}

export function set(label: string, part: Partial<MapState>, merge: string | null = null): void {
  changeTool(label, "map", part, merge);
}

/** Changes what is looked at; that is no step to undo. */
export function look(part: Partial<Pick<MapState, "marked" | "view" | "mode" | "colour" | "source" | "steps">>): void {
  session.value = { ...session.value, tools: { ...session.value.tools, map: { ...map(), ...part } } };
}

export function choose(label: string, chosen: readonly number[]): void {
  set(label, { chosen: [...new Set(chosen)] });
  say(`${map().chosen.length} phrases are chosen.`);
}

export function toggle(k: number): void {
  const { chosen } = map();
  const held = laid();
  if (!held) return;
  set(chosen.includes(k) ? "choose a phrase less" : "choose a phrase more", { chosen: chosen.includes(k) ? chosen.filter((each) => each !== k) : [...chosen, k] });
  say(`${titleOf(held, k)} is ${chosen.includes(k) ? "not chosen any more" : "chosen"}.`);
}

/** Puts the chosen phrases on the shelf. */
export function shelveChosen(): void {
  const { chosen } = map();
  const held = laid();
  if (!held || !chosen.length) return;
  const items = chosen.map((k) => makeItem(titleOf(held, k), held.scores[k]!, held.quarters));
  shelve(items.length === 1 ? `add ${items[0]!.name}` : `add ${items.length} phrases of the map`, items);
  say(`${items.length === 1 ? "One phrase is" : `${items.length} phrases are`} on the shelf.`);
}

export function shelveLine(): void {
  const { line } = map();
  const held = laid();
  if (!held || !line) return;
  shelve(`add the line of ${line.steps.length} steps`, line.steps.map((step) => makeItem(step.name, step.score, held.quarters, step.take)));
  say(`The line's ${line.steps.length} steps are on the shelf.`);
}
