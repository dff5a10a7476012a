import type { Tool } from "../tool";
import { blending, stopBlending } from "./blending";
import { fill } from "./corners";
import { keepSpot } from "./exporting";
import { loopHere, playOrStopSpot } from "./hearing";
import { addWaypoint } from "./PathPanel";
import { squareKey, now, set } from "./state";
import { keepPath, playOrStopLine } from "./walking";
import { View } from "./View";

export const PALETTE_TOOL: Tool = {
  name: "palette",
  title: "Palette",
  what: "A square between four scores: move the puck and hear what lies there.",
  View,
  actions: () => [
    ...(squareKey() !== null ? [{ name: "Play or stop this spot", key: " ", run: playOrStopSpot }] : []),
    ...(loopHere() ? [{ name: "Keep this spot", key: "k", run: keepSpot }] : []),
    { name: "Draw a path, or move the puck", key: "p", run: () => set("what the pointer does", { mode: now().mode === "path" ? "puck" : "path" }, "palette mode") },
    { name: "Add the puck's place to the path", key: "w", run: addWaypoint },
    ...(now().path.length ? [
      { name: "Play or stop the path", key: "shift+ ", run: playOrStopLine },
      { name: "Path to the shelf", key: "j", run: keepPath },
    ] : []),
    { name: "New phrases in all corners", key: "n", run: () => void fill([0, 1, 2, 3]) },
    ...(blending.value ? [{ name: "Stop blending", key: "Escape", run: stopBlending }] : []),
  ],
};
