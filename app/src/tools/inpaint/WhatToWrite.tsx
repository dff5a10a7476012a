/** Which bars: of the song, between two of them, or after its end. */

import { ranges, spellBars } from "../../music/bars";
import type { Item } from "../../state/session";
import { resize } from "./actions";
import { barCount, barsOf, chooseBars, set, unshown, type InpaintState, type Way } from "./state";

const WAYS: readonly (readonly [Way, string])[] = [["bars", "Bars anew"], ["insert", "Insert bars"], ["extend", "Go on at the end"]];

export function WhatToWrite({ state, song }: { state: InpaintState; song: Item }) {
  return (
    <div class="row inpaint-what">
      <div class="segments" role="group" aria-label="What to write">
        {WAYS.map(([way, name]) => (
          <button key={way} type="button" aria-pressed={state.way === way} onClick={() => set(name.toLowerCase(), { way, ...unshown(state) })}>{name}</button>
        ))}
      </div>
      {state.way === "bars" ? <Chosen state={state} song={song} /> : <New state={state} song={song} />}
    </div>
  );
}

function Chosen({ state, song }: { state: InpaintState; song: Item }) {
  const bars = barsOf(state, song);
  return (
    <div class="row">
      <span class="inpaint-chosen" aria-live="polite">{bars.size ? spellBars(bars) : "no bar chosen"}</span>
      <button type="button" class="button icon" aria-label="Fewer bars" aria-keyshortcuts="[" title="Fewer bars: [" disabled={!bars.size} onClick={() => resize(-1)}>−</button>
      <button type="button" class="button icon" aria-label="More bars" aria-keyshortcuts="]" title="More bars: ]" onClick={() => resize(1)}>+</button>
      {ranges(bars).length > 0 && <button type="button" class="button quiet" onClick={() => chooseBars(song, new Set(), "choose none")}>None</button>}
    </div>
  );
}

function New({ state, song }: { state: InpaintState; song: Item }) {
  const count = barCount(song);
  return (
    <div class="row">
      <label class="inpaint-number">
        <Whole value={state.count} low={1} high={64} onChange={(value) => set("change the number of bars", { count: value }, "count")} /> new bars
      </label>
      {state.way === "insert" && (
        <label class="inpaint-number">
          after bar <Whole value={Math.min(state.after, count)} low={0} high={count} onChange={(after) => set("insert elsewhere", { after }, "insert after")} />
          <span class="soft">of {count} (0: at the beginning)</span>
        </label>
      )}
    </div>
  );
}

function Whole({ value, low, high, onChange }: { value: number; low: number; high: number; onChange: (value: number) => void }) {
  return (
    <input type="number" min={low} max={high} step={1} value={value} onChange={(event) => {
      const typed = Math.round(Number(event.currentTarget.value));
      const right = event.currentTarget.value !== "" && Number.isFinite(typed) ? Math.min(high, Math.max(low, typed)) : value;
      event.currentTarget.value = String(right);
      if (right !== value) onChange(right);
    }} />
  );
}
