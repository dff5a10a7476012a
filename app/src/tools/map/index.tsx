/** Map: a corpus as a picture in which like stands beside like. */

import type { Action, Tool } from "../tool";
import { hear } from "./hearing";
import { layOut, working } from "./laying";
import { laid, look, map, shelveChosen, toggle } from "./state";
import { View } from "./View";
import { walk } from "./walking";

function actions(): readonly Action[] {
  const { marked, chosen } = map();
  const held = laid();
  const [from, to] = chosen;
  return [
    { name: "Lay the shelf out", run: () => void layOut("shelf") },
    { name: "Lay draws of the space out", run: () => void layOut("drawn") },
    ...(held ? [{ name: "Show the whole map", run: () => look({ view: null }) }] : []),
    ...(held && marked !== null ? [
      { name: "Play the marked phrase", key: "p", run: () => hear(marked) },
      { name: "Choose the marked phrase", key: "x", run: () => toggle(marked) },
    ] : []),
    ...(chosen.length ? [{ name: "Put the chosen phrases on the shelf", key: "k", run: shelveChosen }] : []),
    ...(chosen.length === 2 ? [{ name: "Draw a line between the two chosen", key: "m", run: () => void walk(from!, to!) }] : []),
    ...(working.value ? [{ name: "Stop", key: "Escape", run: () => working.value?.stop() }] : []),
  ];
}

export const MAP_TOOL: Tool = {
  name: "map",
  title: "Map",
  what: "Lay many phrases out so that like stands beside like; hear them, choose them, walk between them.",
  View,
  actions,
};
