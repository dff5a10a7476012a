/** What every tool is: a view, and the actions that the keyboard and the command palette know. */

import type { ComponentType } from "preact";
import type { ToolName } from "../state/session";

export interface Action {
  /** As the command palette shows it. */
  readonly name: string;
  /** As in the keyboard map: "v", "shift+ArrowUp", "mod+e"; none = no key. */
  readonly key?: string;
  readonly run: () => void;
}

export interface Tool {
  readonly name: ToolName;
  readonly title: string;
  /** One line: what it is for. */
  readonly what: string;
  readonly View: ComponentType;
  /** Actions while the tool is shown. */
  readonly actions: () => readonly Action[];
}
