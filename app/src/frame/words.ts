/** How an item came about, in words. */

import { barStarts, noteCount, pitchName, pitchRange, qpmOf } from "../music/score";
import type { Item, TakeInfo } from "../state/session";

export function facts(item: Item): string {
  const bars = barStarts(item.score, item.quarters).length;
  const notes = noteCount(item.score);
  const range = pitchRange(item.score);
  const metres = [...new Set(item.score.metres.map(([, above, below]) => `${above}/${below}`))];
  const parts = [
    `${bars} bar${bars === 1 ? "" : "s"} of ${metres.join(", ")}`,
    `${notes} note${notes === 1 ? "" : "s"}`,
    ...(item.score.tracks.length > 1 ? [`${item.score.tracks.length} tracks`] : []),
    ...(range ? [range[0] === range[1] ? pitchName(range[0]) : `${pitchName(range[0])} to ${pitchName(range[1])}`] : []),
    `${Number(qpmOf(item.score).toFixed(1))} qpm`,
  ];
  return parts.join(" · ");
}

const VERBS: Readonly<Record<string, string>> = {
  sample: "A new draw", reconstruct: "As the space holds it", vary: "A variation", interpolate: "A step between scores", palette: "A cell of a palette",
  edit: "Changed by attributes", inpaint: "Written into a gap", adapt: "Drawn in a style", decode: "Decoded from a point",
};

/** Sentences on how a take was made. */
export function provenance(take: TakeInfo): string[] {
  const { temperature, arguments: given, inputs } = take.provenance as { temperature?: number; arguments?: Record<string, unknown>; inputs?: unknown[] };
  const drawn = take.seed === null ? "nothing was left to chance" : `seed ${take.seed}, take ${take.index + 1}`;
  const sentences = [`${VERBS[take.verb] ?? take.verb} by ${take.space} (${take.verb}): ${drawn}${temperature === undefined || take.seed === null ? "" : `, temperature ${temperature}`}.`];
  const told = Object.entries(given ?? {}).filter(([, value]) => typeof value === "number" || typeof value === "string");
  if (told.length) sentences.push(`Asked for ${told.map(([name, value]) => `${name} ${typeof value === "number" ? round(value) : String(value)}`).join(", ")}.`);
  if (inputs?.length) sentences.push(`${inputs.length} score${inputs.length === 1 ? "" : "s"} went in.`);
  return sentences;
}

/** [attribute, asked, got] of an edit. */
export function askedAndGot(take: TakeInfo): readonly (readonly [string, string, string])[] {
  const { asked = {}, got = {} } = take;
  return Object.keys({ ...asked, ...got }).map((name) => [name, show(asked[name]), show(got[name])] as const);
}

function show(value: number | undefined): string {
  return value === undefined ? "–" : round(value);
}

export function round(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}

/** Other takes of the same draw. */
export function alternatives(item: Item, items: readonly Item[]): readonly Item[] {
  const { take } = item;
  if (!take) return [];
  return items.filter((each) => each.id !== item.id && each.take?.verb === take.verb && each.take.seed === take.seed && each.take.space === take.space);
}
