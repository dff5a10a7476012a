/**
 * Takes of one call as a tool keeps them: what went in stands once for all, and not in each take's provenance, which would make a
 * session many times as large.
 */

import type { Take } from "../server/api";
import type { Piece } from "../music/join";
import type { Score } from "../music/score";
import type { TakeInfo } from "./session";
import { infoOf } from "./takes";

export interface Bare extends Piece {
  readonly score: Score;
  /** Its provenance has no inputs. */
  readonly take: TakeInfo;
}

/** A take that could stand on the shelf. */
export interface Whole extends Piece {
  readonly take: TakeInfo;
}

export function inputsOf(take: Take): readonly unknown[] {
  return (take.provenance.inputs as readonly unknown[] | undefined) ?? [];
}

export function bareOf(take: Take): Bare {
  const { inputs: _, ...provenance } = take.provenance;
  return { score: take.score, quarters: take.quarters, take: { ...infoOf(take), provenance } };
}

export function wholeOf(bare: Bare, inputs: readonly unknown[]): Whole {
  return { ...bare, take: { ...bare.take, provenance: { ...bare.take.provenance, inputs } } };
}
