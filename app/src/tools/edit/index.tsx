/** Edit: more or less of an attribute, or another genre. */

import type { Action, Tool } from "../tool";
import { cancel, keep, playResult, reset, working } from "./editing";
import { now } from "./state";
import { View } from "./View";

function actions(): readonly Action[] {
  const { edited, asked, genre } = now();
  const found: Action[] = [];
  if (edited) {
    found.push(
      { name: "Play or stop the result", key: " ", run: playResult },
      { name: "Keep the result on the shelf", key: "k", run: keep },
    );
  }
  if (working.value) found.push({ name: "Give up the edit", key: "Escape", run: () => { cancel(); } });
  else if (Object.keys(asked).length || genre !== null) found.push({ name: "Back to the original", key: "Escape", run: reset });
  return found;
}

export const EDIT_TOOL: Tool = {
  name: "edit",
  title: "Edit",
  what: "Ask for more or less of an attribute, or for another genre; as much of the rest as can be is kept.",
  View,
  actions,
};
