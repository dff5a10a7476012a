import { makingRow, joinRow, playOrStopRow, setSteps, stop } from "./making";
import { heard, now } from "./state";
import type { Tool } from "../tool";
import { View } from "./View";

export const INTERPOLATE_TOOL: Tool = {
  name: "interpolate",
  title: "Interpolate",
  what: "Walk from one score to another, tile by tile. The ends are your own notes.",
  View,
  actions: () => [
    ...(heard.value ? [
      { name: "Play or stop the row", key: " ", run: playOrStopRow },
      { name: "Join the row to the shelf", key: "j", run: joinRow },
    ] : []),
    { name: "One step more", key: "+", run: () => setSteps(now().steps + 1) },
    { name: "One step fewer", key: "-", run: () => setSteps(now().steps - 1) },
    ...(makingRow.value ? [{ name: "Stop making the row", key: "Escape", run: stop }] : []),
  ],
};
