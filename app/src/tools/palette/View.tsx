/** Palette: a square between four scores, walked by hand. */

import { useEffect } from "preact/hooks";
import { serverState, spacesWith } from "../../server/spaces";
import { playing } from "../../sound/player";
import { newSeed } from "../../state/takes";
import { Busy } from "../../ui/Busy";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { Slider } from "../../ui/Slider";
import { SpacePicker } from "../../ui/SpacePicker";
import { StylePicker } from "../../ui/StylePicker";
import { alter, blending, renew, stopBlending } from "./blending";
import { Corner } from "./Corner";
import { fill, filling, stopFilling } from "./corners";
import { downloadSquare, keepSpot, shelveSquare, stopZipping, zipping } from "./exporting";
import { loopHere, playOrStopSpot, settle, stopAsking } from "./hearing";
import { Pad } from "./Pad";
import { PathPanel } from "./PathPanel";
import { describeNotes, describePlace } from "./square";
import { chosen, dragged, isBlended, squareKey, LARGEST, now, set, SMALLEST, spaceOf, SPOT_KEY, styleOf, type PaletteState } from "./state";
import { stopWalking } from "./walking";
import "./palette.css";

export function View() {
  const state = now();
  useEffect(() => leave, []);
  return (
    <div class="palette stack">
      <Head state={state} />
      <div class="square">
        {[0, 1, 2, 3].map((corner) => <Corner key={corner} corner={corner} />)}
        <div class="square-middle"><Pad /></div>
      </div>
      {chosen(state).length < 4 && <p class="empty">Put a score in each corner: drop it there, pick it from the list, or press New.</p>}
      <Spot state={state} />
      <PathPanel />
      <More state={state} />
    </div>
  );
}

function leave(): void {
  stopBlending();
  stopAsking();
  stopWalking();
  stopFilling();
  stopZipping();
}

function Head({ state }: { state: PaletteState }) {
  const space = spaceOf(state);
  return (
    <div class="row">
      <SpacePicker verb="palette" value={space?.name ?? state.space} onChange={(name) => alter(`use ${name}`, { space: name })} />
      <StylePicker space={space?.name} value={styleOf(state)} onChange={(style) => alter(style ? `follow ${style}` : "no style", { style })} />
      <Menu label="Fill all corners with new phrases" class="button" choices={spacesWith("sample").map((each) => ({ name: `Four of ${each.name}`, run: () => void fill([0, 1, 2, 3], each.name, { space: null }) }))}>Fill all corners</Menu>
      {filling.value.size > 0 && <Busy what="drawing new phrases" onCancel={stopFilling} />}
      {blending.value && <Busy what={`${Object.keys(state.cells?.key === squareKey() ? (state.cells?.at ?? {}) : {}).length} loops`} onCancel={stopBlending} />}
      {squareKey() !== null && !blending.value && !isBlended(state) && (
        <button type="button" class="button" disabled={serverState.value !== "ready"} onClick={() => renew()}>Blend the square</button>
      )}
    </div>
  );
}

/** The spot under the puck: where it is, how it sounds, what becomes of it. */
function Spot({ state }: { state: PaletteState }) {
  const place = dragged.value ?? state.puck;
  const loop = loopHere();
  const sounds = playing.value?.key === SPOT_KEY;
  const move = (x: number, y: number) => settle([x / 100, y / 100], { merge: "puck by sliders" });
  return (
    <section class="card stack" aria-label="This spot">
      <div class="row">
        <button type="button" class="button primary" disabled={squareKey() === null} onClick={playOrStopSpot}><Icon name={sounds ? "stop" : "play"} size={16} />{sounds ? "Stop" : "Play spot"}</button>
        <button type="button" class="button" disabled={!loop} onClick={keepSpot}>Keep spot</button>
        <div class="segments" role="group" aria-label="What the pointer does">
          <button type="button" aria-pressed={state.mode === "puck"} onClick={() => set("move the puck by hand", { mode: "puck" }, "palette mode")}>Puck</button>
          <button type="button" aria-pressed={state.mode === "path"} onClick={() => set("draw paths", { mode: "path" }, "palette mode")}>Path</button>
        </div>
        <span class="row when">
          <span class="small soft" id="palette-when">comes in</span>
          <span class="segments" role="group" aria-labelledby="palette-when">
            {(["now", "beat", "bar"] as const).map((when) => (
              <button key={when} type="button" aria-pressed={state.when === when} onClick={() => set("when a loop comes in", { when }, "palette when")}>{when === "now" ? "Now" : when === "beat" ? "Beat" : "Bar"}</button>
            ))}
          </span>
        </span>
      </div>
      <div class="axes">
        <Slider label="Left to right" unit="%" min={0} max={100} step={1} value={Math.round(100 * place[0])} onChange={(x) => move(x, 100 * place[1])} />
        <Slider label="Top to bottom" unit="%" min={0} max={100} step={1} value={Math.round(100 * place[1])} onChange={(y) => move(100 * place[0], y)} />
      </div>
      <p class="small soft" aria-live="off">{describePlace(place)}{loop ? `; ${describeNotes(loop.score)}` : ""}</p>
    </section>
  );
}

function More({ state }: { state: PaletteState }) {
  const blended = isBlended(state);
  return (
    <details class="card more">
      <summary>How the square is made, and the whole of it as files</summary>
      <div class="stack">
        <div class="axes">
          <Slider label="Rows and columns" min={SMALLEST} max={LARGEST} step={1} value={state.size} onChange={(size) => alter(`${size} by ${size}`, { size: Math.round(size) }, "palette size", 200)} />
          <Slider label="Temperature" min={0} max={1.5} step={0.05} value={state.temperature} onChange={(temperature) => alter("change the temperature", { temperature }, "palette temperature", 200)} />
        </div>
        <div class="row">
          <div class="segments" role="group" aria-label="Way between the corners">
            <button type="button" aria-pressed={state.method === "slerp"} onClick={() => alter("go round", { method: "slerp" })}>Round</button>
            <button type="button" aria-pressed={state.method === "linear"} onClick={() => alter("go straight", { method: "linear" })}>Straight</button>
          </div>
          <label class="small">Seed <input type="number" class="seed" min={0} max={4294967295} step={1} value={state.seed} disabled={state.temperature === 0}
            onChange={(event) => { const seed = Math.round(Number(event.currentTarget.value)); if (event.currentTarget.value !== "" && seed >= 0 && seed < 2 ** 32) alter("change the seed", { seed }); }} /></label>
          <button type="button" class="button" disabled={state.temperature === 0} onClick={() => alter("draw again", { seed: newSeed() })}>Draw again</button>
          {state.temperature === 0 && <span class="small soft">At temperature 0 nothing is drawn.</span>}
        </div>
        <div class="row">
          <button type="button" class="button" disabled={!blended} onClick={shelveSquare}>Square to the shelf</button>
          <button type="button" class="button" disabled={!blended || zipping.value !== null} onClick={() => void downloadSquare()}><Icon name="download" size={16} />Zip of {state.size ** 2} MIDI files</button>
          {zipping.value !== null && <Busy what={`${zipping.value} of ${state.size ** 2} files`} onCancel={stopZipping} />}
        </div>
      </div>
    </details>
  );
}
