/** The shown tool; one that fails does not take the rest down with it. */

import { useErrorBoundary } from "preact/hooks";
import { changeTool, session } from "../state/store";
import type { Tool } from "../tools/tool";
import { shownTool } from "./actions";

export function ToolArea() {
  const tool = shownTool();
  if (!tool) return <main id="tool" class="tool"><p class="empty">No tool is here.</p></main>;
  return (
    <main class="tool">
      <div id="tool" class={`tool-panel tool-${tool.name}`} role="tabpanel" aria-labelledby={`tab-${tool.name}`} tabIndex={-1}>
        <div class="tool-head"><h1>{tool.title}</h1><p class="soft">{tool.what}</p></div>
        <Guarded key={tool.name} tool={tool} />
      </div>
    </main>
  );
}

function Guarded({ tool }: { tool: Tool }) {
  const [error, again] = useErrorBoundary();
  if (!error) return <tool.View />;
  const empty = Object.fromEntries(Object.keys((session.value.tools[tool.name] as object | undefined) ?? {}).map((key) => [key, undefined]));
  return (
    <div class="card stack" role="alert">
      <p>{tool.title} cannot show what it kept: {(error as Error).message}</p>
      <div class="row">
        <button type="button" class="button" onClick={() => again()}>Try again</button>
        <button type="button" class="button" onClick={() => { changeTool(`reset ${tool.title}`, tool.name, empty); again(); }}>Reset {tool.title} (can be undone)</button>
      </div>
    </div>
  );
}
