/** From where to where a slider goes, and in which steps. */

import type { Attribute } from "../../server/api";

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1] as const;
/** At least so many steps from end to end. */
const FEWEST = 20;
/** Of the range of the space's phrases, to each side of it: a goal may lie outside. */
const BEYOND = 0.25;

/** Whole steps that hold the space's range, some more, and all figures that are known of the song. */
export function scaleOf({ unit, range }: Pick<Attribute, "unit" | "range">, figures: readonly (number | undefined)[]): { min: number; max: number; step: number } {
  const known = figures.filter((each): each is number => each !== undefined);
  const [low, high] = range;
  const spare = (high - low) * BEYOND;
  const below = low >= 0 ? Math.max(0, low - spare) : low - spare;
  const above = unit === "share" ? Math.min(1, high + spare) : high + spare;
  const least = Math.min(below, ...known);
  const most = Math.max(above, ...known);
  const step = STEPS.findLast((each) => (most - least) / each >= FEWEST) ?? STEPS[0];
  const whole = (value: number) => Number(value.toFixed(2));
  return { min: whole(Math.floor(least / step + 1e-9) * step), max: whole(Math.ceil(most / step - 1e-9) * step), step };
}
