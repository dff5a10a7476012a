import { canStart, start, stop, working } from "./running";
import type { Tool } from "../tool";
import { View } from "./View";

export const ADAPT_TOOL: Tool = {
  name: "adapt",
  title: "Adapt",
  what: "Make a style of your own from 10 to 20 scores: one composer, one drummer, one kind of tune.",
  View,
  actions: () => [
    ...(canStart() ? [{ name: "Start adapting", key: "mod+Enter", run: () => void start() }] : []),
    ...(working.value ? [{ name: "Stop, and keep the best so far", key: "Escape", run: stop }] : []),
  ],
};
