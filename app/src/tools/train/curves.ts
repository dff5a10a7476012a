/** Curves of a run: from the lines of metrics.jsonl to what a chart draws. Pure functions. */

/** One line of metrics.jsonl. */
export interface Figures {
  readonly step: number;
  readonly kind: "train" | "held-out";
  readonly [name: string]: number | string;
}

export interface Chart {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly what: string;
  /** Names in metrics.jsonl, the first that is there counts. */
  readonly figures: readonly string[];
  /** Whether its scale begins at 0. */
  readonly zero: boolean;
}

export const CHARTS: readonly Chart[] = [
  { name: "reconstruction", title: "Reconstruction", unit: "nats", what: "How improbable the phrases are to the decoder; lower is better.", figures: ["reconstruction", "loss"], zero: false },
  { name: "kl", title: "KL", unit: "nats", what: "What z says about a phrase; near 0 it says nothing.", figures: ["kl"], zero: true },
  { name: "elbo", title: "ELBO", unit: "nats", what: "Minus reconstruction and KL together; higher is better.", figures: ["nll"], zero: false },
  { name: "accuracy", title: "Accuracy per step", unit: "share", what: "How often the next step is guessed right.", figures: ["next_step_accuracy", "accuracy"], zero: true },
  { name: "active", title: "Dimensions in use", unit: "of z", what: "How many dimensions of z differ from phrase to phrase.", figures: ["active_dimensions"], zero: true },
];

export type Place = readonly [step: number, value: number];

export interface Curve {
  readonly kind: "train" | "held-out";
  readonly places: readonly Place[];
}

/** The curves of a chart, one in training and one on held-out phrases; those without a place are left out. */
export function curvesOf(chart: Chart, lines: readonly Figures[]): Curve[] {
  return (["train", "held-out"] as const).flatMap((kind) => {
    const places = lines.flatMap((line): Place[] => {
      const value = line.kind === kind ? valueOf(chart, line) : null;
      return value === null ? [] : [[line.step, value]];
    });
    return places.length ? [{ kind, places }] : [];
  });
}

export function valueOf(chart: Chart, line: Figures): number | null {
  const name = chart.figures.find((each) => typeof line[each] === "number");
  if (!name) return chart.name === "elbo" && typeof line.reconstruction === "number" && typeof line.kl === "number" ? -(line.reconstruction + line.kl) : null;
  const value = line[name] as number;
  return chart.name === "elbo" ? -value : value;
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** A scale that holds all values, with three to six round ticks. */
export function scaleOf(values: readonly number[], zero: boolean): Scale {
  const low = Math.min(...values, ...(zero ? [0] : []));
  const high = Math.max(...values, ...(zero ? [0] : []));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { low: 0, high: 1, ticks: [0, 1] };
  if (zero && low === high) return scaleOf([0, 1], true);
  const span = high - low || Math.max(Math.abs(high), 1) * 0.1;
  const step = roundStep(span / 4);
  const first = Math.floor(low / step + 1e-9) * step;
  const last = Math.max(Math.ceil(high / step - 1e-9) * step, first + step);
  const count = Math.round((last - first) / step);
  const ticks = Array.from({ length: count + 1 }, (_, k) => Number((first + k * step).toPrecision(12)));
  return { low: ticks[0]!, high: ticks[count]!, ticks };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 5, 10] as const).find((each) => each * power >= least - 1e-12) ?? 10) * power;
}

/** A curve as an SVG path in a box of `width` by `height`. */
export function pathOf(places: readonly Place[], steps: Scale, values: Scale, width: number, height: number): string {
  return places.map(([step, value], k) => {
    const x = ((step - steps.low) / (steps.high - steps.low)) * width;
    const y = height - ((value - values.low) / (values.high - values.low)) * height;
    return `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }).join("");
}

const COLLAPSED = 1; // nats a phrase, as in scorespace.training.held_out
export const FEW_HELD_OUT = 16;
const SETTLED = 0.05; // of the steps; an encoder begins unused

/** A sentence when the space has collapsed: the decoder does not use z. Null where it has not, or it is too early to say. */
export function collapse(lines: readonly Figures[], zSize: number | null, steps: number, heldOut: number | null = null): string | null {
  const last = lines.findLast((line) => line.kind === "held-out" && typeof line.kl === "number");
  if (!last || last.step < Math.max(Math.min(100, steps), SETTLED * steps)) return null;
  const kl = last.kl as number;
  const active = heldOut !== null && heldOut < FEW_HELD_OUT ? undefined : last.active_dimensions; // of a few phrases no dimension differs
  if (kl >= COLLAPSED && active !== 0) return null;
  const inUse = typeof active === "number" ? `${active} of ${zSize ?? "its"} dimensions in use` : "z is hardly used";
  return `${inUse}: the KL is ${kl.toFixed(2)} nats, so the decoder ignores z (posterior collapse). Lower model.beta, allow more free bits, or anneal beta more slowly.`;
}

/** A figure as it is shown. */
export function show(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
}

/** At most `most` lines, evenly spread, the last among them: for tables. */
export function spread<T>(lines: readonly T[], most: number): T[] {
  if (lines.length <= most) return [...lines];
  return Array.from({ length: most }, (_, k) => lines[Math.round((k * (lines.length - 1)) / (most - 1))]!);
}
