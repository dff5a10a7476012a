/** How the way goes: round or straight, how bold, how many steps. */

import { newSeed } from "../../state/takes";
import { Slider } from "../../ui/Slider";
import { MOST, FEWEST } from "./line";
import { alter, setSteps } from "./making";
import { chosen, now, type InterpolateState } from "./state";

export function Setting() {
  const state = now();
  const least = Math.max(FEWEST, chosen(state).length);
  return (
    <>
      <div class="segments steps" role="group" aria-label="Steps">
        <button type="button" aria-label="One step fewer" disabled={state.steps <= least} onClick={() => setSteps(state.steps - 1)}>−</button>
        <input type="number" aria-label="Steps" min={least} max={MOST} step={1} value={state.steps}
          onChange={(event) => { if (event.currentTarget.value !== "") setSteps(Number(event.currentTarget.value)); event.currentTarget.value = String(now().steps); }} />
        <button type="button" aria-label="One step more" disabled={state.steps >= MOST} onClick={() => setSteps(state.steps + 1)}>+</button>
      </div>
      <span class="small soft">steps</span>
      <Way state={state} />
    </>
  );
}

/** How bold the tiles between the anchors are. */
export function Chance() {
  const state = now();
  return (
    <details class="card chance">
      <summary>Chance: temperature {state.temperature}{state.temperature > 0 ? `, seed ${state.seed}` : ", nothing is drawn"}</summary>
      <div>
        <Slider label="Temperature" min={0} max={1.5} step={0.05} value={state.temperature}
          onChange={(temperature) => alter("change the temperature", { temperature }, "interpolate temperature", 200)} />
        <label class="field">Seed
          <span class="row">
            <input type="number" min={0} max={4294967295} step={1} value={state.seed} disabled={state.temperature === 0}
              onChange={(event) => {
                const seed = Math.round(Number(event.currentTarget.value));
                if (event.currentTarget.value !== "" && seed >= 0 && seed < 2 ** 32) alter("change the seed", { seed });
              }} />
            <button type="button" class="button" disabled={state.temperature === 0} onClick={() => alter("draw again", { seed: newSeed() })}>Draw again</button>
          </span>
        </label>
      </div>
    </details>
  );
}

const WAYS = [
  { method: "slerp", name: "Round", path: "M5 27A22 22 0 0 1 39 27" },
  { method: "linear", name: "Straight", path: "M5 27L39 27" },
] as const;

/** The two ways as pictures: points near the middle of a space are rarer than those on a sphere around it. */
function Way({ state }: { state: InterpolateState }) {
  return (
    <div class="segments ways" role="group" aria-label="Way">
      {WAYS.map(({ method, name, path }) => (
        <button key={method} type="button" aria-pressed={state.method === method} onClick={() => alter(`go ${name.toLowerCase()}`, { method })}>
          <svg viewBox="0 0 44 32" width="44" height="32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2">
            <path d={path} />
            <circle cx="5" cy="27" r="3.2" fill="currentColor" stroke="none" /><circle cx="39" cy="27" r="3.2" fill="currentColor" stroke="none" />
            {method === "slerp" ? <><circle cx="14" cy="19.6" r="2" /><circle cx="22" cy="17.6" r="2" /><circle cx="30" cy="19.6" r="2" /></> : <><circle cx="14" cy="27" r="2" /><circle cx="22" cy="27" r="2" /><circle cx="30" cy="27" r="2" /></>}
          </svg>
          {name}
        </button>
      ))}
    </div>
  );
}
