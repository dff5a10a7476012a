/** What the tool keeps, and what follows from it and the shelf. */

import type { Score } from "../../music/score";
import type { SpaceInfo, Take } from "../../server/api";
import { spaceNamed, spacesWith } from "../../server/spaces";
import type { Item } from "../../state/session";
import { changeTool, itemById, selected, toolState } from "../../state/store";

export type Kept = Omit<Take, "z">;

export interface Edited {
  readonly take: Kept;
  /** What the space was given: the parts that it takes. */
  readonly before: Score;
  /** As in "density 8, contour -3" or "as jazz". */
  readonly what: string;
  /** Its item on the shelf, when it is kept. */
  readonly item: string | null;
}

export interface Samples {
  readonly space: string;
  readonly genre: string;
  readonly takes: readonly Kept[];
}

export interface EditState {
  /** null = whatever is selected on the shelf. */
  readonly item: string | null;
  readonly space: string | null;
  /** What `asked`, `genre` and `edited` belong to, as `subject` names it. */
  readonly of: string | null;
  /** Goals by attribute, in its unit. */
  readonly asked: Readonly<Record<string, number>>;
  readonly way: "attributes" | "genre";
  /** A genre, or degrees on the circle. */
  readonly genre: string | number | null;
  /** Share of the song that must be kept on the way to another genre. */
  readonly keep: number;
  readonly temperature: number;
  readonly seed: number;
  readonly edited: Edited | null;
  readonly samples: Samples | null;
}

export const FIRST: EditState = {
  item: null, space: null, of: null, asked: {}, way: "attributes", genre: null, keep: 0.5, temperature: 0, seed: 1, edited: null, samples: null,
};

export function set(label: string, part: Partial<EditState>, merge: string | null = null): void {
  changeTool<EditState>(label, "edit", part, merge);
}

/** Of another song or space, what was asked of the one before it is left out. */
export function now(): EditState {
  const state = toolState("edit", FIRST);
  const song = songOf(state);
  const same = song !== null && state.of === subject(song.id, spaceOf(state, song)?.name ?? null);
  return same ? state : { ...state, asked: {}, genre: null, edited: null };
}

export function subject(item: string, space: string | null): string {
  return `${item} in ${space}`;
}

export function songOf(state: Pick<EditState, "item">): Item | null {
  return itemById(state.item) ?? selected.value;
}

/** The chosen space; without one, one that fits the song. */
export function spaceOf(state: Pick<EditState, "space">, song: Item | null): SpaceInfo | null {
  const known = spacesWith("edit");
  return known.find((space) => space.name === state.space) ?? (song && fitting(known, song)) ?? known[0] ?? null;
}

/** A space with the parts that the song has, and phrases no longer than it is. */
export function fitting(spaces: readonly SpaceInfo[], { score, quarters, take }: Item): SpaceInfo | null {
  const own = spaces.find((space) => space.name === take?.space);
  if (own) return own;
  const sounding = score.tracks.filter((track) => track.notes.length);
  const drums = sounding.some((track) => track.drum);
  const parts = sounding.length;
  const bars = quarters / 4;
  const alike = spaces.filter((space) => space.drums === drums && (space.parts.length === 1) === (parts <= 1));
  const short = alike.filter((space) => space.bars <= bars + 0.5).sort((a, b) => b.bars - a.bars || Math.abs(a.parts.length - parts) - Math.abs(b.parts.length - parts));
  return short[0] ?? alike[0] ?? null;
}

export function currentSpace(): SpaceInfo | null {
  const state = now();
  return spaceNamed(spaceOf(state, songOf(state))?.name);
}

/** "pitch range" for "pitch_range.bass". */
export function attributeName(name: string): string {
  return name.split(".")[0]!.replaceAll("_", " ");
}

/** "R&B soul" stays readable: "rnb soul" for "rnb_soul". */
export function genreName(name: string): string {
  return name.replaceAll("_", " ");
}

/** "density 8, contour of the bass -3". */
export function whatAsked(asked: Readonly<Record<string, number>>): string {
  return Object.entries(asked).map(([name, value]) => {
    const part = name.split(".")[1];
    return `${attributeName(name)}${part ? ` of the ${part}` : ""} ${Number(value.toFixed(2))}`;
  }).join(", ");
}
