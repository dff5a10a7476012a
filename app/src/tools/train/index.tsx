/** Train: a recipe and music become a space; its curves and samples as they come. */

import type { Action, Tool } from "../tool";
import { isGoing } from "./runs";
import { begin, resumeRun, shown, stopRun, useRun } from "./state";
import { View } from "./View";

function actions(): readonly Action[] {
  const run = shown.value?.run;
  return [
    { name: "Start training as set", run: () => void begin() },
    ...(run && isGoing(run.state) ? [{ name: `Stop ${run.name}`, run: () => void stopRun(run.name) }] : []),
    ...(run?.own && !isGoing(run.state) && run.state !== "finished" ? [{ name: `Go on with ${run.name}`, run: () => void resumeRun(run.name) }] : []),
    ...(run?.usable ? [{ name: `Use the space of ${run.name}`, run: () => void useRun(run.name) }] : []),
  ];
}

export const TRAIN_TOOL: Tool = {
  name: "train",
  title: "Train",
  what: "Make a space of your own from music, and watch and hear it learn.",
  View,
  actions,
};
