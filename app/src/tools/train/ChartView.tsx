/** One chart: curves in training and on held-out phrases. */

import { curvesOf, pathOf, scaleOf, show, type Chart, type Figures } from "./curves";

const [WIDTH, HEIGHT] = [280, 120];
const [LEFT, BOTTOM, TOP, RIGHT] = [46, 20, 6, 8];

export function ChartView({ chart, lines }: { chart: Chart; lines: readonly Figures[] }) {
  const curves = curvesOf(chart, lines);
  if (!curves.length) return null;
  const all = curves.flatMap((curve) => curve.places);
  const steps = scaleOf(all.map(([step]) => step), true);
  const values = scaleOf(all.map(([, value]) => value), chart.zero);
  const y = (value: number) => TOP + HEIGHT - ((value - values.low) / (values.high - values.low)) * HEIGHT;
  const x = (step: number) => LEFT + ((step - steps.low) / (steps.high - steps.low)) * WIDTH;
  return (
    <figure class="chart">
      <figcaption><b>{chart.title}</b> <span class="soft small">{chart.unit}</span>
        <span class="chart-last small">{curves.map((curve) => `${curve.kind === "train" ? "training" : "held-out"} ${show(curve.places[curve.places.length - 1]![1])}`).join(" · ")}</span>
      </figcaption>
      <svg viewBox={`0 0 ${LEFT + WIDTH + RIGHT} ${TOP + HEIGHT + BOTTOM}`} role="img" aria-label={`${chart.title}: ${curves.map((curve) => `${curve.kind} from ${show(curve.places[0]![1])} to ${show(curve.places[curve.places.length - 1]![1])} ${chart.unit}`).join("; ")}. The table below has the figures.`}>
        {values.ticks.map((tick) => <g key={tick}><line x1={LEFT} x2={LEFT + WIDTH} y1={y(tick)} y2={y(tick)} /><text x={LEFT - 5} y={y(tick) + 3.5} text-anchor="end">{tick}</text></g>)}
        {steps.ticks.map((tick) => <text key={tick} x={x(tick)} y={TOP + HEIGHT + 14} text-anchor="middle">{tick}</text>)}
        {curves.map(({ kind, places }) => (
          <g key={kind} class={`curve ${kind}`} transform={`translate(${LEFT} ${TOP})`}>
            <path d={pathOf(places, steps, values, WIDTH, HEIGHT)} />
            {(kind === "held-out" || places.length === 1) && places.map(([step, value]) => <circle key={step} cx={x(step) - LEFT} cy={y(value) - TOP} r="2.6" />)}
          </g>
        ))}
      </svg>
      <p class="small soft">{chart.what}</p>
    </figure>
  );
}
