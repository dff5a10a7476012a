/** The tools, in the order of the tabs. */

import { ADAPT_TOOL } from "./adapt";
import { ARRANGE_TOOL } from "./arrange";
import { EDIT_TOOL } from "./edit";
import { INPAINT_TOOL } from "./inpaint";
import { INTERPOLATE_TOOL } from "./interpolate";
import { MAP_TOOL } from "./map";
import { PALETTE_TOOL } from "./palette";
import { SKETCH_TOOL } from "./sketch";
import { TRAIN_TOOL } from "./train";
import type { Tool } from "./tool";

export const TOOLS: readonly Tool[] = [SKETCH_TOOL, INTERPOLATE_TOOL, PALETTE_TOOL, EDIT_TOOL, INPAINT_TOOL, MAP_TOOL, ARRANGE_TOOL, ADAPT_TOOL, TRAIN_TOOL];
