/** A run: where it stands, its curves, and what the same points sound like over time. */

import { useState } from "preact/hooks";
import { itemOfSample } from "./keeping";
import { Icon } from "../../ui/Icon";
import { Busy } from "../../ui/Busy";
import { Tile } from "../../ui/Tile";
import { ChartView } from "./ChartView";
import { CHARTS, collapse, FEW_HELD_OUT, show, spread, valueOf, type Figures } from "./curves";
import { isGoing, type Run } from "./runs";
import { resumeRun, shown, stopRun, useRun, type Heard } from "./state";

const ROWS = 40;

export function RunView() {
  const now = shown.value;
  if (!now?.run) return now ? <Busy what={`Asking for ${now.name}`} /> : null;
  const { run, lines, heard } = now;
  const collapsed = collapse(lines, run.z_size, run.steps, run.held_out);
  return (
    <section class="stack" aria-label={`Run ${run.name}`}>
      <Standing run={run} />
      {run.problem && <p class="train-problem" role="alert">{run.problem}</p>}
      {collapsed && <p class="train-warning" role="status">{collapsed}</p>}
      {run.held_out !== null && run.held_out < FEW_HELD_OUT && <p class="small soft">{run.held_out ? `The held-out figures are of ${run.held_out} phrase${run.held_out === 1 ? "" : "s"} and say little.` : "No phrase is held out, so there are no held-out figures."}</p>}
      {lines.length > 0 && (
        <>
          <div class="charts">{CHARTS.map((chart) => <ChartView key={chart.name} chart={chart} lines={lines} />)}</div>
          <p class="small soft train-key"><i class="train" /> in training <i class="held-out" /> on held-out phrases</p>
          <Table lines={lines} />
        </>
      )}
      {heard.length > 0 && <Samples heard={heard} run={run.name} />}
    </section>
  );
}

const WORDS = { preparing: "cuts the music into phrases", running: "trains", stopping: "saves and stops", finished: "is finished", interrupted: "was stopped", failed: "has failed" } as const;

function Standing({ run }: { run: Run }) {
  const going = isGoing(run.state);
  return (
    <div class="row">
      <p class="grow"><b>{run.name}</b> {WORDS[run.state]}: step {run.step.toLocaleString("en")} of {run.steps.toLocaleString("en")}{run.minutes ? ` or ${run.minutes} minutes` : ""}.</p>
      {going && <progress max={run.steps} value={run.step} aria-label={`Steps of ${run.name}`} />}
      {going && <button type="button" class="button" disabled={run.state === "stopping"} onClick={() => void stopRun(run.name)}>Stop</button>}
      {!going && run.own && run.state !== "finished" && <button type="button" class="button" onClick={() => void resumeRun(run.name)}>{run.state === "failed" ? "Try again" : "Go on"}</button>}
      <button type="button" class="button" disabled={!run.usable} onClick={() => void useRun(run.name)}>{run.used ? "Use its newest" : "Use this space"}</button>
    </div>
  );
}

function Table({ lines }: { lines: readonly Figures[] }) {
  const charts = CHARTS.filter((chart) => lines.some((line) => valueOf(chart, line) !== null));
  return (
    <details>
      <summary>The figures as a table</summary>
      <div class="train-table" tabIndex={0} role="region" aria-label="Figures of the run">
        <table>
          <thead><tr><th scope="col">step</th><th scope="col">on</th>{charts.map((chart) => <th key={chart.name} scope="col">{chart.title}</th>)}</tr></thead>
          <tbody>
            {spread(lines, ROWS).map((line, k) => (
              <tr key={k}><th scope="row">{line.step}</th><td>{line.kind === "train" ? "training" : "held-out"}</td>
                {charts.map((chart) => { const value = valueOf(chart, line); return <td key={chart.name}>{value === null ? "–" : show(value)}</td>; })}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** A row an evaluation, a column a point of the space: down a column, the same point over time. */
function Samples({ heard, run }: { heard: readonly Heard[]; run: string }) {
  const [held, setHeld] = useState(false);
  const kind = held ? "held-out" : "sample";
  const columns = Math.max(...heard.map(({ samples }) => samples.filter((each) => each.name.startsWith(kind)).length));
  const any = heard.some(({ samples }) => samples.some((each) => each.name.startsWith("held-out")));
  return (
    <section class="stack" aria-labelledby="train-samples">
      <div class="row">
        <h2 id="train-samples" class="grow">The same points over time</h2>
        {any && (
          <div class="segments" role="group" aria-label="What is heard">
            <button type="button" aria-pressed={!held} onClick={() => setHeld(false)}>Draws</button>
            <button type="button" aria-pressed={held} onClick={() => setHeld(true)}>Held-out and copies</button>
          </div>
        )}
      </div>
      <div class="train-samples" style={{ "--columns": columns }}>
        {[...heard].reverse().map(({ step, samples }) => (
          <section key={step} aria-label={`Step ${step}`}>
            <h3 class="small">step {step}</h3>
            <div class="train-row">
              {samples.filter((each) => each.name.startsWith(kind)).map((each) => (
                <Tile key={each.name} score={each.score} quarters={each.quarters} name={each.name} playKey={`train-${run}-${step}-${each.name}`}
                  actions={[{ name: "Keep", icon: <Icon name="shelf" size={14} />, run: () => itemOfSample(run, step, each) }]} />
              ))}
            </div>
          </section>
        ))}
      </div>
    </section>
  );
}
