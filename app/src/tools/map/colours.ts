/** Colours of the points: along an attribute, or one a name. */

import type { Laid } from "./laid";

// viridis: even steps of lightness, told apart without colour vision
const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]] as const;
const TURN = 137.5; // degrees of hue between two names

export type Legend = { readonly kind: "range"; readonly low: number; readonly high: number; readonly unit: string } | { readonly kind: "names"; readonly count: number } | null;

export const GRADIENT = `linear-gradient(90deg, ${STOPS.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;

/** A colour for each phrase; none where they all have the usual one. */
export function colours(laid: Laid, by: string): string[] {
  if (by === "name") {
    const places = new Map([...new Set(laid.names)].map((name, k) => [name, k]));
    return laid.names.map((name) => `hsl(${(places.get(name)! * TURN) % 360} 60% 47%)`);
  }
  const held = laid.attributes[by];
  if (!held) return [];
  const [low, high] = ends(held.values);
  return held.values.map((value) => shade((value - low) / (high - low || 1)));
}

export function legend(laid: Laid, by: string): Legend {
  if (by === "name") return { kind: "names", count: new Set(laid.names).size };
  const held = laid.attributes[by];
  if (!held) return null;
  const [low, high] = ends(held.values);
  return { kind: "range", low, high, unit: held.unit };
}

function ends(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

function shade(share: number): string {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const k = Math.min(Math.floor(place), STOPS.length - 2);
  return `rgb(${STOPS[k]!.map((from, i) => Math.round(from + (place - k) * (STOPS[k + 1]![i]! - from))).join(" ")})`;
}
