/** Inpaint: the missing bars of a song, written so that they fit what stands around them. */

import type { Tool } from "../tool";
import { actions } from "./actions";
import { View } from "./View";

export const INPAINT_TOOL: Tool = {
  name: "inpaint",
  title: "Inpaint",
  what: "Choose bars of a song and have them written anew; everything else stays note for note.",
  View,
  actions,
};
