/** A corpus laid out, as the server writes it: row k of everything is phrase k. */

import type { Score } from "../../music/score";

export type Point = readonly [x: number, y: number];

export interface Laid {
  readonly space: string;
  readonly project: Project;
  /** How far neighbours on the picture are neighbours in the space: 1 at best, 0.5 by chance. */
  readonly trust: number;
  /** Length of every phrase. */
  readonly quarters: number;
  /** Of PCA: the way back into the space. */
  readonly plane: { readonly centre: readonly number[]; readonly axes: readonly (readonly number[])[]; readonly shares: readonly [number, number] } | null;
  readonly points: readonly Point[];
  readonly names: readonly string[];
  readonly bars: readonly string[];
  readonly attributes: Readonly<Record<string, { readonly unit: string; readonly values: readonly number[] }>>;
  readonly scores: readonly Score[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export const PROJECTS = [["pca", "PCA"], ["tsne", "t-SNE"], ["umap", "UMAP"]] as const;
export type Project = (typeof PROJECTS)[number][0];

let read: { readonly text: string; readonly laid: Laid } | null = null;

/**
 * The map in a text. The session keeps maps as texts: ten thousand phrases are copied and saved at once as such, and they are
 * read once.
 */
export function laidIn(text: string | null): Laid | null {
  if (!text) return null;
  if (read?.text !== text) read = { text, laid: JSON.parse(text) as Laid };
  return read.laid;
}

export function titleOf(laid: Laid, k: number): string {
  const bars = laid.bars[k]!;
  return `${laid.names[k]}, ${bars.includes("-") ? "bars" : "bar"} ${bars}`;
}
