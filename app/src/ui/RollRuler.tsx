/** The ruler of bars: numbers, or a list from which bars are chosen by drag, Shift-click or keys. */

import { useRef, useState } from "preact/hooks";

interface Props {
  readonly starts: readonly number[];
  readonly quarters: number;
  readonly chosen: ReadonlySet<number> | undefined;
  readonly onBars: ((bars: ReadonlySet<number>) => void) | undefined;
}

export function RollRuler({ starts, quarters, chosen, onBars }: Props) {
  const place = (i: number) => ({
    left: `${(100 * starts[i]!) / quarters}%`,
    width: `${(100 * ((starts[i + 1] ?? quarters) - starts[i]!)) / quarters}%`,
  });
  if (onBars) return <BarList count={starts.length} place={place} chosen={chosen ?? new Set()} onBars={onBars} />;
  return (
    <div class="roll-ruler" aria-hidden="true">
      {starts.map((start, i) => <span key={start} style={place(i)}>{named(i, starts.length) ? i + 1 : ""}</span>)}
    </div>
  );
}

/** Not every number has room. */
function named(i: number, count: number): boolean {
  return i % (count > 32 ? 8 : count > 12 ? 4 : 1) === 0;
}

interface ListProps {
  readonly count: number;
  readonly place: (i: number) => { left: string; width: string };
  readonly chosen: ReadonlySet<number>;
  readonly onBars: (bars: ReadonlySet<number>) => void;
}

function BarList({ count, place, chosen, onBars }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState(1);
  const anchor = useRef(1);
  const drag = useRef<{ before: ReadonlySet<number>; from: number } | null>(null);
  const here = Math.min(focus, count);
  const span = (a: number, b: number) => new Set(Array.from({ length: Math.abs(b - a) + 1 }, (_, i) => Math.min(a, b) + i));
  const at = (event: PointerEvent) => {
    const found = document.elementFromPoint(event.clientX, list.current!.getBoundingClientRect().top + 4) as HTMLElement | null;
    return Number(found?.dataset.bar) || null;
  };
  const go = (bar: number, extend: boolean) => {
    const next = Math.min(count, Math.max(1, bar));
    setFocus(next);
    if (extend) onBars(span(anchor.current, next));
    else anchor.current = next;
    list.current?.querySelector<HTMLElement>(`[data-bar="${next}"]`)?.focus();
  };
  const toggle = (bar: number) => {
    const next = new Set(chosen);
    if (!next.delete(bar)) next.add(bar);
    anchor.current = bar;
    onBars(next);
  };
  const down = (event: PointerEvent) => {
    const bar = Number((event.target as HTMLElement).dataset.bar);
    if (!bar || event.button !== 0) return;
    setFocus(bar);
    if (event.shiftKey) return onBars(span(anchor.current, bar));
    if (event.ctrlKey || event.metaKey) return toggle(bar);
    drag.current = { before: chosen, from: bar };
    anchor.current = bar;
    onBars(chosen.size === 1 && chosen.has(bar) ? new Set() : new Set([bar]));
    list.current!.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const bar = drag.current && at(event);
    if (bar && (bar !== drag.current!.from || chosen.size > 1)) onBars(span(drag.current!.from, bar));
  };
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    ArrowLeft: (e) => go(here - 1, e.shiftKey), ArrowRight: (e) => go(here + 1, e.shiftKey),
    Home: (e) => go(1, e.shiftKey), End: (e) => go(count, e.shiftKey),
    " ": () => toggle(here), Enter: () => toggle(here),
  };
  return (
    <div class="roll-ruler choosable" ref={list} role="listbox" aria-multiselectable="true" aria-orientation="horizontal" aria-label="Bars"
      onPointerDown={down} onPointerMove={move} onPointerUp={() => { drag.current = null; }} onPointerCancel={() => { drag.current = null; }}
      onKeyDown={(event) => {
        const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
        if (!act) return;
        event.preventDefault();
        event.stopPropagation();
        act(event);
      }}>
      {Array.from({ length: count }, (_, i) => (
        <div key={i} role="option" data-bar={i + 1} tabIndex={here === i + 1 ? 0 : -1} aria-selected={chosen.has(i + 1)}
          aria-label={`bar ${i + 1}`} style={place(i)}>{i + 1}</div>
      ))}
    </div>
  );
}
