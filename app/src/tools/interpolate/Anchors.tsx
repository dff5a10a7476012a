/** The scores that the row goes between, and the space that it goes through. */

import type { Item } from "../../state/session";
import { session } from "../../state/store";
import { CheckNote } from "../../ui/CheckNote";
import { Icon } from "../../ui/Icon";
import { SpacePicker } from "../../ui/SpacePicker";
import { StylePicker } from "../../ui/StylePicker";
import { Well } from "../../ui/Well";
import { LETTERS } from "./line";
import { alter } from "./making";
import { letterOf, now, spaceOf, styleOf } from "./state";

export function Anchors() {
  const state = now();
  const space = spaceOf(state);
  const put = (place: number, item: Item | null) => alter(item ? `${item.name} as ${letterOf(place)}` : `clear ${letterOf(place)}`,
    { anchors: state.anchors.map((each, k) => (k === place ? item : each)), ...(item ? { steps: Math.max(state.steps, state.anchors.length) } : {}) });
  const remove = (place: number) => alter(`take ${letterOf(place)} away`, { anchors: state.anchors.filter((_, k) => k !== place) });
  return (
    <section class="anchors" aria-label="Anchors">
      <div class="anchor-wells" style={{ "--count": state.anchors.length }}>
        {state.anchors.map((anchor, place) => (
          <div key={place} class="anchor">
            <Well label={`${letterOf(place)}${place === 0 ? ": from" : place === state.anchors.length - 1 ? ": to" : ": by way of"}`} item={anchor} onItem={(item) => put(place, item)}
              onClear={anchor ? () => put(place, null) : undefined} />
            {state.anchors.length > 2 && (
              <button type="button" class="button quiet" onClick={() => remove(place)} aria-label={`Take the place ${letterOf(place)} away`}><Icon name="minus" size={15} />Take away</button>
            )}
            {anchor && space && <CheckNote score={anchor.score} space={space.name} />}
          </div>
        ))}
      </div>
      <div class="row">
        <SpacePicker verb="interpolate" value={space?.name ?? state.space} onChange={(name) => alter(`use ${name}`, { space: name })} />
        <StylePicker space={space?.name} value={styleOf(state)} onChange={(style) => alter(style ? `follow ${style}` : "no style", { style })} />
        {state.anchors.length < LETTERS.length && (
          <button type="button" class="button" onClick={() => alter("another anchor", { anchors: [...state.anchors, null] })}><Icon name="plus" size={16} />Another anchor</button>
        )}
        {state.anchors.every((anchor) => anchor === null) && session.value.items.length >= 2 && (
          <button type="button" class="button" onClick={firstTwo}>Take the first two that go together</button>
        )}
      </div>
    </section>
  );
}

/** The selected item, or the first, and another of its kind. */
function firstTwo(): void {
  const { items, selected } = session.value;
  const first = items.find((item) => item.id === selected) ?? items[0]!;
  const drums = (item: Item) => item.score.tracks.every((track) => track.drum);
  const others = items.filter((item) => item !== first && drums(item) === drums(first));
  const second = others.find((item) => item.quarters === first.quarters && item.score.tracks.length === first.score.tracks.length) ?? others[0];
  if (second) alter("choose two anchors", { anchors: [first, second] });
}
