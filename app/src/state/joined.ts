/** Takes played one after another, as one: its provenance makes it again, as `scorespace.space.provenance.joined` writes it. */

import { join, type Piece } from "../music/join";
import { makeItem } from "./store";
import type { Item, TakeInfo } from "./session";

type Provenance = Readonly<Record<string, unknown>>;

/** A piece that is to be joined; without a take where it is the user's own, or was changed. */
export interface Part extends Piece {
  readonly take?: TakeInfo | undefined;
}

/** One item of the parts. It tells how it was made where that makes exactly these notes again. */
export function joinedItem(name: string, parts: readonly Part[]): Item {
  const quarters = parts.reduce((sum, part) => sum + part.quarters, 0);
  const takes = parts.flatMap((part) => part.take ?? []);
  const first = takes[0];
  const known = first && takes.length === parts.length;
  if (parts.length === 1 && first) return makeItem(name, parts[0]!.score, quarters, first);
  const take: TakeInfo | undefined = known
    ? { verb: "join", index: 0, space: first.space, seed: first.seed, provenance: joinedProvenance(takes.map((each) => each.provenance)) }
    : undefined;
  return makeItem(name, join(parts), quarters, take);
}

/** The record of takes in a row; joined ones among them are taken apart, and every score that went in stands once. */
export function joinedProvenance(records: readonly Provenance[]): Provenance {
  const places = new Map<string, number>();
  const inputs: unknown[] = [];
  const placeOf = (score: unknown) => {
    const key = JSON.stringify(score);
    if (!places.has(key)) {
      places.set(key, inputs.length);
      inputs.push(score);
    }
    return places.get(key)!;
  };
  const takes = records.flatMap(singles).map((record) => ({ ...record, inputs: (record.inputs as unknown[]).map(placeOf) }));
  return { format: 1, verb: "join", takes, inputs };
}

function singles(record: Provenance): Provenance[] {
  if (record.verb !== "join") return [record];
  const pool = record.inputs as readonly unknown[];
  return (record.takes as readonly Provenance[]).map((take) => ({ ...take, inputs: (take.inputs as number[]).map((place) => pool[place]) }));
}
