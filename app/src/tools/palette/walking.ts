/** The path: its waypoints, the loops along it, and how it sounds. */

import { run } from "../../server/api";
import { LastWins } from "../../server/lastWins";
import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import { bareOf, inputsOf } from "../../state/bare";
import { joinedItem } from "../../state/joined";
import { newId, shelve } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { placesFor, resampled, simplified } from "./path";
import { rounded, type Place } from "./square";
import { bodyOf, chosen, squareKey, line, now, PATH_KEY, set, spaceOf, type PaletteState } from "./state";

const REST = 250; // milliseconds after the last change of a waypoint
const MOST_BARS_TRIED = 128; // so that spaces of long phrases are not asked for an hour of music

interface Asked {
  readonly key: string;
  readonly places: readonly Place[];
  readonly merge: string;
  readonly play: boolean;
}

const walks = new LastWins<Asked>(REST, walk, complain);
export const walking = walks.working;

/** The most places that are tried on a path. */
export function mostPlaces(state: PaletteState): number {
  return Math.max(8, Math.min(64, Math.floor(MOST_BARS_TRIED / Math.max(1, spaceOf(state)?.bars ?? 2))));
}

/** Where the path is heard: closely enough that no loop is missed, or as often as the bars ask for. */
export function placesOf(state: PaletteState): Place[] {
  if (!state.path.length) return [];
  if (state.fit === null) return resampled(state.path, placesFor(state.path, mostPlaces(state))).map(rounded);
  const loop = (chosen(state)[0] && spaceOf(state)?.bars) || 2;
  return resampled(state.path, Math.max(1, Math.min(mostPlaces(state), Math.round(state.fit / loop)))).map(rounded);
}

/** A line that was drawn becomes the path. */
export function draw(points: readonly Place[]): void {
  const path = simplified(points).map(rounded);
  if (path.length > 1) setPath("draw a path", path, { play: true, wait: 0 });
}

export function setPath(label: string, path: readonly Place[], { play = false, wait = REST, merge = `path ${newId()}` } = {}): void {
  set(label, { path }, merge);
  follow(merge, play, wait);
}

export function setFit(fit: number | null): void {
  const merge = `fit ${newId()}`;
  set(fit === null ? "every loop once" : `fit the path to ${fit} bars`, { fit }, merge);
  follow(merge, false, REST);
}

/** Fetches the loops of the path where they are not there. */
export function follow(merge = `path ${newId()}`, play = false, wait = 0): void {
  const state = now();
  const key = squareKey();
  const places = placesOf(state);
  if (key === null || places.length === 0) walks.cancel();
  else if (isWalked(state)) { if (play) playLine(); }
  else walks.ask({ key, places, merge, play }, wait);
}

export function isWalked(state: PaletteState): boolean {
  const { walk } = state;
  return walk !== null && walk.key === squareKey() && JSON.stringify(walk.places) === JSON.stringify(placesOf(state));
}

async function walk({ key, places, merge, play }: Asked, signal: AbortSignal): Promise<void> {
  const takes = await run("palette", { ...bodyOf(now()), at: places }, signal);
  if (squareKey() !== key || !takes[0]) return;
  set("follow the path", { walk: { key, inputs: inputsOf(takes[0]), places, loops: takes.map(bareOf) } }, merge);
  const count = line.value?.loops.length ?? 0;
  say(`The path has ${count} loop${count === 1 ? "" : "s"}.`);
  if (play) playLine();
}

export function stopWalking(): void {
  walks.cancel();
}

export function playLine(from = 0): void {
  const found = line.value;
  if (!found) return;
  player.play({ key: PATH_KEY, score: found.score, quarters: found.quarters }, from > 0 ? { from, loop: false } : {}).catch(complain);
}

export function playOrStopLine(): void {
  if (playing.value?.key === PATH_KEY) player.stop();
  else if (isWalked(now())) playLine();
  else follow(undefined, true);
}

export function pathName(state: PaletteState): string {
  return `path ${chosen(state).map((corner) => corner.name).join(", ")}`.slice(0, 80);
}

/** The path as it is heard, as one item. */
export function pathItem() {
  const found = line.value;
  return found && joinedItem(pathName(now()), found.loops);
}

export function keepPath(): void {
  const item = pathItem();
  if (!item) return;
  shelve("keep the path", [item]);
  say(`${item.name} is on the shelf as one score.`);
}
