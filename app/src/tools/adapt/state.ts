/** What Adapt keeps, and what follows from it. */

import type { SpaceInfo } from "../../server/api";
import { spacesWith } from "../../server/spaces";
import type { Style } from "../../server/styles";
import { suiting } from "../../server/suits";
import type { Bare } from "../../state/bare";
import type { Item } from "../../state/session";
import { changeTool, session, toolState } from "../../state/store";

export interface Made {
  readonly style: Style;
  /** The takes of the same seeds: in the space as it is, and in the style. */
  readonly before: readonly Bare[];
  readonly after: readonly Bare[];
  /** Whether it was stopped before its end. */
  readonly stopped: boolean;
  /** Under which name it is kept; null = not yet. */
  readonly kept: string | null;
}

export interface AdaptState {
  /** Ids of items of the shelf. */
  readonly chosen: readonly string[];
  /** Null = the one that suits them. */
  readonly space: string | null;
  readonly seconds: number;
  readonly seed: number;
  readonly name: string;
  readonly made: Made | null;
}

export const FEWEST_FILES = 10;
export const FEWEST_PHRASES = 8;
const FIRST: AdaptState = { chosen: [], space: null, seconds: 60, seed: 0, name: "", made: null };

export function now(): AdaptState {
  return toolState("adapt", FIRST);
}

export function set(label: string, part: Partial<AdaptState>, merge: string | null = null): void {
  changeTool<AdaptState>(label, "adapt", part, merge);
}

/** The chosen items that are still on the shelf, in its order. */
export function chosenItems(state: AdaptState): Item[] {
  return session.value.items.filter((item) => state.chosen.includes(item.id));
}

export function spaceOf(state: AdaptState): SpaceInfo | null {
  const known = spacesWith("adapt");
  return known.find((space) => space.name === state.space) ?? suiting(known, chosenItems(state));
}

/** Every style that the server keeps, of whatever space. */
export function keptNames(): readonly string[] {
  return spacesWith("adapt").flatMap((space) => space.styles);
}
