/** A slider for each attribute of the space, those of a part together. */

import type { Attribute, SpaceInfo } from "../../server/api";
import { Slider } from "../../ui/Slider";
import { askFor, leaveAlone } from "./editing";
import { measured, type Measured } from "./measuring";
import { grouped } from "./groups";
import { scaleOf } from "./scale";
import { attributeName, type EditState } from "./state";

interface Props {
  readonly state: EditState;
  readonly space: SpaceInfo;
  readonly figures: Measured | null;
}

export function Attributes({ state, space, figures }: Props) {
  const groups = grouped(space.attributes);
  const after = state.edited ? measured(state.edited.take.score, space.name).value : null;
  const list = (attributes: readonly Attribute[]) => (
    <div class="edit-sliders">
      {attributes.map((each) => <One key={each.name} attribute={each} state={state} now={figures?.attributes[each.name]} after={after?.attributes[each.name]} />)}
    </div>
  );
  const [[, all] = ["", []], ...parts] = groups;
  return (
    <section class="card stack" aria-label="Attributes">
      {list(all)}
      {parts.map(([part, attributes]) => (
        <details key={part} class="edit-part" open={attributes.some((each) => state.asked[each.name] !== undefined)}>
          <summary>{part[0]!.toUpperCase() + part.slice(1)}</summary>
          {list(attributes)}
        </details>
      ))}
    </section>
  );
}

interface OneProps {
  readonly attribute: Attribute;
  readonly state: EditState;
  /** Of the song; undefined until it is measured. */
  readonly now: number | undefined;
  /** Of the result. */
  readonly after: number | undefined;
}

function One({ attribute, state, now, after }: OneProps) {
  const { name, unit, what, range, movable, reason } = attribute;
  const asked = state.asked[name];
  const got = state.edited ? (state.edited.take.got?.[name] ?? after) : undefined;
  const scale = scaleOf(attribute, [now, asked, got]);
  const value = asked ?? now ?? range[0];
  const moved = got !== undefined && now !== undefined && Math.abs(got - now) > 0.005;
  return (
    <div class="edit-attribute" title={what} onDblClick={() => leaveAlone(name)}>
      <Slider label={attributeName(name)} unit={unit} min={scale.min} max={scale.max} step={scale.step} value={value}
        reach={movable ? range : undefined} got={moved || asked !== undefined ? got : undefined}
        disabled={!movable || now === undefined} reason={movable ? undefined : `cannot be moved here: ${reason ?? "it was not measured"}`}
        onChange={(to) => askFor(name, to)} />
      <p class="small edit-figures">
        <span>now {now === undefined ? "…" : round(now)}</span>
        {asked !== undefined && <span>asked {round(asked)}</span>}
        {asked !== undefined && got !== undefined && <span class={met(attribute, asked, got) ? "" : "edit-missed"}>got {round(got)}</span>}
        {asked !== undefined && <button type="button" class="tile-action" aria-label={`Back: ${attributeName(name)} as in the song`} onClick={() => leaveAlone(name)}>Back</button>}
      </p>
    </div>
  );
}

function met({ step }: Attribute, asked: number, got: number): boolean {
  return Math.abs(asked - got) <= step / 2 + 1e-9;
}

function round(value: number): string {
  return String(Number(value.toFixed(2)));
}
