/** Which space suits scores, by what they are: drums or a line, one part or several, long or short. */

import { barStarts, type Score } from "../music/score";
import type { Item } from "../state/session";
import type { SpaceInfo } from "./api";

interface Kind {
  readonly drums: boolean;
  readonly pitched: boolean;
  /** Tracks in which something sounds. */
  readonly parts: number;
  readonly chords: boolean;
  readonly bars: number;
  readonly metre: string;
}

/** The space that suits all of the items best; null where there is none at all. */
export function suiting(spaces: readonly SpaceInfo[], items: readonly Pick<Item, "score" | "quarters" | "take">[]): SpaceInfo | null {
  if (!items.length) return spaces.find((space) => space.name === "melody-2bar") ?? spaces[0] ?? null;
  const own = spaces.find((space) => items.every((item) => item.take?.space === space.name));
  if (own) return own;
  const kinds = items.map(kindOf);
  const scored = spaces.map((space) => [space, Math.min(...kinds.map((kind) => fit(space, kind)))] as const);
  return scored.sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function kindOf({ score, quarters }: Pick<Item, "score" | "quarters">): Kind {
  const sounding = score.tracks.filter((track) => track.notes.length);
  const pitched = sounding.filter((track) => !track.drum);
  const [, above, below] = score.metres[0]!;
  return {
    drums: pitched.length < sounding.length,
    pitched: pitched.length > 0,
    parts: sounding.length,
    chords: pitched.length === 1 && overlaps(pitched[0]!.notes),
    bars: barStarts(score, quarters).length,
    metre: `${above}/${below}`,
  };
}

/** Whether a good part of the notes begin while another sounds. */
function overlaps(notes: Score["tracks"][number]["notes"]): boolean {
  const ordered = [...notes].sort((a, b) => a[0] - b[0]);
  let end = -Infinity;
  let over = 0;
  for (const [start, duration] of ordered) {
    if (start < end - 0.1) over += 1;
    end = Math.max(end, start + duration);
  }
  return over > ordered.length / 8;
}

/** How well: what the parts are weighs more than the metre, and that more than the length. */
function fit(space: SpaceInfo, kind: Kind): number {
  const played = space.verbs.includes("humanise"); // wants the timing and the loudness of a drummer
  return 1000 * parts(space, kind) + (space.metres.includes(kind.metre) ? 100 : 0) - lengthApart(space.bars, kind.bars) - (played ? 5 : 0);
}

function parts(space: SpaceInfo, { drums, pitched, parts: count, chords }: Kind): number {
  const several = space.parts.length > 1;
  const only = space.parts[0];
  if (!several) {
    if (only === "drums") return drums && !pitched ? 4 : 0;
    if (only === "melody") return drums ? (pitched ? 2 : 0) : chords ? 2 : count > 1 ? 2.5 : 4;
    if (only === "piano") return chords && !drums ? 4 : 1;
    return count > 2 && !drums ? 3 : 0.5;
  }
  if (!drums || !pitched) return 1;
  return 4 - 0.2 * Math.abs(space.parts.length - count);
}

/** A score that is longer goes phrase by phrase; a phrase that is longer than the score is filled up with rest. */
function lengthApart(bars: number, wanted: number): number {
  return bars > wanted ? 4 * Math.log2(bars / wanted) * 4 : Math.log2(wanted / bars) * 4;
}
