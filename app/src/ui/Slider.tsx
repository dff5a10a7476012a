/** A number by slider or by typing; shows how far it can go and what came of it. */

import { useId } from "preact/hooks";
import "./parts.css";

interface Props {
  readonly label: string;
  readonly unit?: string | undefined;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
  /** After the drag, or with each typed number. */
  readonly onCommit?: ((value: number) => void) | undefined;
  readonly reach?: readonly [number, number] | undefined;
  readonly got?: number | null | undefined;
  readonly disabled?: boolean | undefined;
  /** Why it is disabled. */
  readonly reason?: string | undefined;
}

export function Slider({ label, unit, min, max, step, value, onChange, onCommit, reach, got, disabled = false, reason }: Props) {
  const id = useId();
  const share = (at: number) => (max > min ? Math.min(1, Math.max(0, (at - min) / (max - min))) : 0);
  const take = (text: string, then: ((value: number) => void) | undefined) => {
    const typed = Number(text);
    if (text !== "" && Number.isFinite(typed)) then?.(Math.min(max, Math.max(min, typed)));
  };
  const text = [
    reach && `can reach ${show(reach[0], step)} to ${show(reach[1], step)}`,
    got !== undefined && got !== null && `got ${show(got, step)}`,
    disabled && reason,
  ].filter(Boolean).join("; ");
  return (
    <div class={disabled ? "slider off" : "slider"} style={{ "--at": share(value) }}>
      <label for={id}>{label}{unit && <span class="soft"> ({unit})</span>}</label>
      <div class="slider-line">
        <div class="slider-track" aria-hidden="true">
          {reach && <i class="reach" style={{ left: `${100 * share(reach[0])}%`, right: `${100 * (1 - share(reach[1]))}%` }} />}
          {got !== undefined && got !== null && <i class="got" style={{ left: `${100 * share(got)}%` }} />}
        </div>
        <input id={id} type="range" min={min} max={max} step={step} value={value} disabled={disabled}
          aria-describedby={text ? `${id}-text` : undefined} aria-valuetext={unit ? `${show(value, step)} ${unit}` : undefined}
          onInput={(event) => take(event.currentTarget.value, onChange)}
          onChange={(event) => take(event.currentTarget.value, onCommit)} />
        <input type="number" aria-label={`${label}, number`} min={min} max={max} step={step} value={show(value, step)} disabled={disabled}
          onChange={(event) => { take(event.currentTarget.value, onChange); take(event.currentTarget.value, onCommit); }} />
      </div>
      {text && <p class="small soft" id={`${id}-text`}>{text}</p>}
    </div>
  );
}

/** With as many decimals as the step has. */
function show(value: number, step: number): string {
  const decimals = Math.min(3, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return String(Number(value.toFixed(decimals)));
}
