/** The tools, in the order of the tabs. */

import type { Tool } from "./tool";

export const TOOLS: readonly Tool[] = [];
