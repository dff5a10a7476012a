/** The tools as tabs: arrows move among them. */

import { useRef } from "preact/hooks";
import { session, showTool } from "../state/store";
import { TOOLS } from "../tools/registry";

export function Tabs() {
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(0, TOOLS.findIndex((tool) => tool.name === session.value.tool));
  const go = (place: number) => {
    const next = (place + TOOLS.length) % TOOLS.length;
    showTool(TOOLS[next]!.name);
    const tab = list.current?.children[next] as HTMLElement | undefined;
    tab?.focus();
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const keys: Record<string, () => void> = {
    ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1), Home: () => go(0), End: () => go(TOOLS.length - 1),
  };
  return (
    <nav class="tabs" aria-label="Tools"><div class="tab-list" role="tablist" aria-label="Tools" ref={list} onKeyDown={(event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    }}>
      {TOOLS.map((tool, i) => (
        <button key={tool.name} type="button" role="tab" id={`tab-${tool.name}`} class="tab" aria-selected={i === at} aria-controls="tool"
          tabIndex={i === at ? 0 : -1} title={tool.what} onClick={() => go(i)}>{tool.title}</button>
      ))}
    </div></nav>
  );
}
