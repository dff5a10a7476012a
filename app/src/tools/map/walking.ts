/** A line from one phrase to another: places of the map where it has a way back, else a line through the space. */

import { run, type Take } from "../../server/api";
import { infoOf } from "../../state/takes";
import { complain, say } from "../../ui/announce";
import { along, around } from "./geometry";
import { titleOf, type Laid } from "./laid";
import { working } from "./laying";
import { laid, map, set, type Step } from "./state";

const LENT = 3; // phrases around a place that say what the plane does not, as in scorespace.space.projections

export async function walk(from: number, to: number): Promise<void> {
  const held = laid();
  const { steps: count } = map();
  if (!held || from === to) return;
  working.value?.stop();
  const stopper = new AbortController();
  const mine = { what: "Writing the line", share: 0.5, stop: () => stopper.abort() };
  working.value = mine;
  try {
    const between = held.plane ? await places(held, from, to, count, stopper.signal) : await through(held, from, to, count, stopper.signal);
    const own = (k: number): Step => ({ name: titleOf(held, k), score: held.scores[k]! });
    const inner = between.map((take, k): Step => ({ name: `${Math.round((100 * (k + 1)) / (count - 1))} % of the way`, score: take.score, take: infoOf(take) }));
    set("draw a line on the map", { line: { from, to, steps: [own(from), ...inner, own(to)] } });
    say(`A line of ${count} steps is ready.`);
  } catch (error) {
    complain(error);
  } finally {
    if (working.value === mine) working.value = null;
  }
}

/** Decodes the places on the straight line, the ends left out. */
function places(held: Laid, from: number, to: number, count: number, signal: AbortSignal): Promise<Take[]> {
  const line = along(held.points[from]!, held.points[to]!, count).slice(1, -1);
  const near = around(held.points, line, LENT);
  const { centre, axes } = held.plane!;
  return run("map/places", { space: held.space, centre, axes, places: line, inputs: near.map((k) => held.scores[k]) }, signal);
}

async function through(held: Laid, from: number, to: number, count: number, signal: AbortSignal): Promise<Take[]> {
  const takes = await run("interpolate", { space: held.space, inputs: [held.scores[from], held.scores[to]], steps: count }, signal);
  return takes.slice(1, -1);
}
