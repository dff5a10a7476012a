/** Adapt: a style from a few scores. */

import { useEffect } from "preact/hooks";
import { Slider } from "../../ui/Slider";
import { SpacePicker } from "../../ui/SpacePicker";
import { Choosing } from "./Choosing";
import { Kept } from "./Kept";
import { Result } from "./Result";
import { Running } from "./Running";
import { canStart, start, stop, working } from "./running";
import { chosenItems, FEWEST_FILES, now, set, spaceOf } from "./state";
import "./adapt.css";

export function View() {
  const state = now();
  const space = spaceOf(state);
  const count = chosenItems(state).length;
  useEffect(() => stop, []);
  return (
    <div class="adapt stack">
      <Choosing space={space?.name ?? null} />
      <div class="adapt-setting">
        <SpacePicker verb="adapt" value={space?.name ?? state.space} onChange={(name) => set(`use ${name}`, { space: name })} />
        <Slider label="Time, at most" unit="s" min={10} max={300} step={10} value={state.seconds} onChange={(seconds) => set("change the time", { seconds }, "adapt seconds")} />
      </div>
      <div class="row">
        <button type="button" class="button primary" disabled={!canStart()} onClick={() => void start()}>Start</button>
        {working.value && <button type="button" class="button" onClick={stop}>Stop, and keep the best</button>}
        {count > 0 && count < FEWEST_FILES && <p class="small soft">{count} of the 10 to 20 scores that make a style.</p>}
      </div>
      {working.value && <Running now={working.value} seconds={state.seconds} />}
      {state.made && <Result made={state.made} />}
      <Kept space={space} />
    </div>
  );
}
