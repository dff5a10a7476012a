/** Which spaces the server has, and whether it is there. */

import { signal } from "@preact/signals";
import { barStarts, type Score } from "../music/score";
import { inFlight, onGone, request, spaces, type ServerError, type SpaceInfo } from "./api";

export const spaceList = signal<readonly SpaceInfo[]>([]);
/** "asking" until the first answer; "refused" by a server that was started again, whose token this page does not know. */
export const serverState = signal<"asking" | "ready" | "gone" | "refused">("asking");
export { inFlight };

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
const LOOK_EVERY = 10_000; // milliseconds between looks whether a quiet server is still there
let wait = FIRST_WAIT;
let timer: ReturnType<typeof setTimeout> | null = null;

/** Asks for the spaces until the server answers, then looks now and then whether it is still there. */
export async function watchServer(): Promise<void> {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  try {
    spaceList.value = await spaces();
    serverState.value = "ready";
    wait = FIRST_WAIT;
    timer = setTimeout(() => void look(), LOOK_EVERY);
  } catch (error) {
    serverState.value = (error as ServerError).code === "gone" ? "gone" : "refused";
    timer = setTimeout(() => void watchServer(), wait);
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }
}

/** A cheap question; no answer makes `onGone` speak. */
async function look(): Promise<void> {
  timer = null;
  if (document.hidden || inFlight.value > 0) timer = setTimeout(() => void look(), LOOK_EVERY);
  else await request("health").then(() => { timer ??= setTimeout(() => void look(), LOOK_EVERY); }, () => watchServer());
}

onGone(() => {
  if (serverState.value === "ready") void watchServer();
});

export function spaceNamed(name: string | null | undefined): SpaceInfo | null {
  return spaceList.value.find((space) => space.name === name) ?? null;
}

/** The space of a verb that is made for such a score: as many parts, and as long as can be; null where none is. */
export function fittingSpace(score: Score, quarters: number, verb: string): SpaceInfo | null {
  const drums = score.tracks.length > 0 && score.tracks.every((track) => track.drum);
  const kind = drums ? "drums" : score.tracks.length > 1 ? null : "melody";
  const bars = barStarts(score, quarters).length;
  const off = (space: SpaceInfo) => Math.abs(Math.log2(Math.max(space.bars, 1) / bars));
  return spacesWith(verb)
    .filter(({ parts }) => (kind === null ? parts.length > 1 : parts.length === 1 && parts[0] === kind))
    .reduce<SpaceInfo | null>((best, space) => (best === null || off(space) < off(best) - 1e-9 ? space : best), null);
}

export function spacesWith(verb: string): readonly SpaceInfo[] {
  return spaceList.value.filter((space) => space.verbs.includes(verb));
}
