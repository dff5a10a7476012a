/** Arithmetic of chosen bars. Bars are counted from 1, and ranges include both ends. */

import { barStarts, type Score } from "./score";

export type Range = readonly [first: number, last: number];

/** Steps of `resized`, in bars. */
export const SIZES = [1, 2, 4, 8] as const;
/** Bars of a gap that are written in one go; longer gaps from left to right, as in `scorespace.space.inpainting`. */
const AT_ONCE = 8;

/** The chosen bars as ranges that lie apart from each other, in order. */
export function ranges(bars: Iterable<number>): Range[] {
  const found: [number, number][] = [];
  for (const bar of [...new Set(bars)].sort((a, b) => a - b)) {
    const last = found[found.length - 1];
    if (last && bar === last[1] + 1) last[1] = bar;
    else found.push([bar, bar]);
  }
  return found;
}

export function barsIn(all: readonly Range[]): Set<number> {
  return new Set(all.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));
}

/** "5-8, 12". */
export function spellRanges(all: readonly Range[]): string {
  return all.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(", ");
}

/** "bar 12", "bars 5-8, 12". */
export function spellBars(bars: Iterable<number>): string {
  const found = ranges(bars);
  const one = found.length === 1 && found[0]![0] === found[0]![1];
  return `${one ? "bar" : "bars"} ${spellRanges(found)}`;
}

/**
 * Every range made longer (`way` 1) or shorter (-1): to the next of 1, 2, 4 and 8 bars, from its first bar on, or back from
 * the score's last bar where it would go beyond. Without a range, the first bar is chosen.
 */
export function resized(bars: Iterable<number>, way: 1 | -1, count: number): Set<number> {
  const found = ranges(bars);
  if (!found.length) return way > 0 && count > 0 ? new Set([1]) : new Set();
  return barsIn(found.map(([first, last]) => {
    const size = nextSize(last - first + 1, way, count);
    return first + size - 1 > count ? [count - size + 1, count] : [first, first + size - 1];
  }));
}

function nextSize(size: number, way: 1 | -1, count: number): number {
  const next = way > 0 ? SIZES.find((each) => each > size) : SIZES.findLast((each) => each < size);
  return Math.min(count, next ?? size);
}

/**
 * The bars around gaps that an inpainter hears while it writes: as many as it learnt from, as much on both sides as can be.
 *
 * @param gaps what is to be written, in bars of one stretch
 * @param stretch bars of one metre around them
 * @param size how many bars the space hears at a time
 */
export function heardAround(gaps: readonly Range[], [start, end]: Range, size: number): Set<number> {
  const left = [...barsIn(gaps)].filter((bar) => bar >= start && bar <= end).sort((a, b) => a - b);
  const heard = new Set<number>();
  const count = end - start + 1;
  while (left.length) {
    const begin = left[0]!;
    const stop = left.filter((bar) => bar < begin + AT_ONCE).pop()! + 1;
    const length = Math.min(Math.max(size, stop - begin), count);
    const before = Math.floor((length - (stop - begin) + 1) / 2);
    const first = Math.min(Math.max(begin - before, start), start + count - length);
    for (let bar = first; bar < first + length; bar += 1) heard.add(bar);
    left.splice(0, left.filter((bar) => bar < stop).length);
  }
  return heard;
}

/** The stretch of bars in one metre in which a bar lies; `starts` are those of all bars. 2/2 counts as 4/4: they sound alike. */
export function stretchOf(score: Score, bar: number, starts: readonly number[]): Range {
  const names = starts.map((start) => metreAt(score, start));
  let [first, last] = [bar, bar];
  while (first > 1 && names[first - 2] === names[bar - 1]) first -= 1;
  while (last < names.length && names[last] === names[bar - 1]) last += 1;
  return [first, last];
}

function metreAt(score: Score, time: number): string {
  const [, above, below] = score.metres.findLast(([start]) => start <= time + 1e-9) ?? [0, 4, 4];
  return above === 2 && below === 2 ? "4/4" : `${above}/${below}`;
}

/** The bar, and the beat in it from 1 in the unit of its metre, at a time in quarter notes. */
export function placeOf(score: Score, time: number): [bar: number, beat: number] {
  const starts = barStarts(score, time + 1e-6);
  const start = starts[starts.length - 1]!;
  const below = score.metres.findLast(([at]) => at <= start + 1e-9)?.[2] ?? 4;
  return [starts.length, Number((((time - start) * below) / 4 + 1).toFixed(6))];
}
