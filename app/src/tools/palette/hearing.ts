/** What the puck stands on is decoded and heard. */

import { signal } from "@preact/signals";
import { run } from "../../server/api";
import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import { bareOf, inputsOf, wholeOf, type Bare, type Whole } from "../../state/bare";
import { newId } from "../../state/store";
import { complain } from "../../ui/announce";
import { Recent } from "./cache";
import { Newest } from "./newest";
import { isCell, placeKey, rounded, type Place } from "./square";
import { bodyOf, dragged, squareKey, knownLoop, now, set, SPOT_KEY } from "./state";

const KEPT = 512;

interface Wanted {
  readonly key: string;
  readonly place: Place;
  /** When the hand asked for it, on the page's clock. */
  readonly since: number;
  /** Whether it is to be heard even if nothing sounds. */
  start: boolean;
  /** The step of the history that it belongs to; null while the hand still moves. */
  merge: string | null;
}

const found = new Recent<{ readonly loop: Bare; readonly inputs: readonly unknown[] }>(KEPT);
const asking = new Newest<Wanted>(decode, complain);
/** The loop under the puck: what was decoded last. */
export const under = signal<{ readonly key: string; readonly place: Place; readonly loop: Whole } | null>(null);

/** The hand moves: the place is heard as soon as it can be. */
export function glide(place: Place, since: number, start: boolean): void {
  const at = rounded(place);
  dragged.value = at;
  seek({ place: at, since, start, merge: null });
}

/** The hand rests, or a key chose a place: the session holds it from now on. */
export function settle(place: Place, { start = false, since = performance.now(), merge = `puck ${newId()}` } = {}): void {
  const at = isCell(place, now().size) ? place : rounded(place);
  dragged.value = null;
  set("move the puck", { puck: at }, merge);
  seek({ place: at, since, start, merge });
}

function seek({ place, since, start, merge }: Omit<Wanted, "key">): void {
  const state = now();
  const key = squareKey();
  if (key === null) return;
  const wanted: Wanted = { key, place, since, start, merge };
  const remembered = found.get(`${key} ${placeKey(place)}`);
  const loop = knownLoop(state, place) ?? (remembered && wholeOf(remembered.loop, remembered.inputs));
  if (loop) {
    if (merge !== null) asking.cancel();
    if (merge !== null && remembered && !knownLoop(state, place)) note(wanted, remembered.loop, remembered.inputs);
    arrive(wanted, loop);
  } else if (merge === null) asking.ask(wanted);
  else if (!joins(wanted, asking.current)) asking.settle(wanted);
}

/** Whether the same place is being decoded already: as when a button goes down and up again. */
function joins(wanted: Wanted, running: Wanted | null): boolean {
  if (running?.key !== wanted.key || placeKey(running.place) !== placeKey(wanted.place)) return false;
  running.start ||= wanted.start;
  running.merge = wanted.merge;
  asking.hold();
  return true;
}

async function decode(wanted: Wanted, signal: AbortSignal): Promise<void> {
  const [take] = await run("palette", { ...bodyOf(now()), at: [wanted.place] }, signal);
  if (!take || squareKey() !== wanted.key) return;
  const loop = bareOf(take);
  const inputs = inputsOf(take);
  found.set(`${wanted.key} ${placeKey(wanted.place)}`, { loop, inputs });
  if (wanted.merge !== null) note(wanted, loop, inputs);
  arrive(wanted, wholeOf(loop, inputs));
}

/** Results are data of the session: undo finds them there. */
function note({ key, place, merge }: Wanted, loop: Bare, inputs: readonly unknown[]): void {
  if (placeKey(now().puck) === placeKey(place)) set("move the puck", { spot: { key, inputs, at: { [placeKey(place)]: loop } } }, merge);
}

function arrive({ key, place, since, start }: Wanted, loop: Whole): void {
  under.value = { key, place, loop };
  measure(since);
  const what = { key: SPOT_KEY, score: loop.score, quarters: loop.quarters };
  if (playing.value?.key === SPOT_KEY) player.swap(what, now().when).catch(complain);
  else if (start) player.play(what, { loop: true }).catch(complain);
}

/** From the hand's movement to the loop being there, for who observes it. */
function measure(since: number): void {
  performance.measure("scorespace-place", { start: since, end: performance.now() });
  performance.clearMeasures("scorespace-place");
}

/** The loop where the puck stands; null while it is not there. */
export function loopHere(): Whole | null {
  const state = now();
  const place = dragged.value ?? state.puck;
  const latest = under.value;
  const kept = knownLoop(state, place);
  if (kept) return kept;
  return latest && placeKey(latest.place) === placeKey(place) && latest.key === squareKey() ? latest.loop : null;
}

export function playOrStopSpot(): void {
  if (playing.value?.key === SPOT_KEY) player.stop();
  else settle(now().puck, { start: true });
}

export function stopAsking(): void {
  asking.cancel();
  dragged.value = null;
}
