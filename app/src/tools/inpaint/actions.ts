/** What the keyboard and the command palette know while the tool is shown. */

import { resized } from "../../music/bars";
import type { Action } from "../tool";
import { barCount, barsOf, chooseBars, now, set, songOf } from "./state";
import { accept, audition, cancel, shownOf, step, write } from "./writing";
import { isHeard, quiet } from "./hearing";

export function resize(way: 1 | -1): void {
  const state = now();
  const song = songOf(state);
  if (!song) return;
  if (state.way === "bars") chooseBars(song, resized(barsOf(state, song), way, barCount(song)));
  else set("change the number of bars", { count: way > 0 ? Math.min(16, state.count * 2) : Math.max(1, Math.floor(state.count / 2)) }, "count");
}

export function actions(): readonly Action[] {
  const state = now();
  const song = songOf(state);
  const written = shownOf(state, song);
  const always: Action[] = [
    { name: "Write what is missing", key: "f", run: () => void write() },
    { name: "More bars", key: "]", run: () => resize(1) },
    { name: "Fewer bars", key: "[", run: () => resize(-1) },
    { name: "Give up, or show the original", key: "Escape", run: leave },
  ];
  if (!written?.takes.length) return always;
  return [
    ...always,
    { name: "Next alternative", key: "ArrowDown", run: () => step(1) },
    { name: "Previous alternative", key: "ArrowUp", run: () => step(-1) },
    { name: "Keep this alternative", key: "Enter", run: () => { accept(written.chosen); } },
    { name: "Hear or stop this alternative", key: " ", run: () => (isHeard() ? quiet() : audition(written.chosen)) },
  ];
}

/** Esc: a running request is given up; without one the song is shown as it was. */
function leave(): void {
  if (cancel()) return;
  quiet();
  const { written } = now();
  if (written && written.chosen !== null) set("show the original", { written: { ...written, chosen: null } }, "show alternative");
}
