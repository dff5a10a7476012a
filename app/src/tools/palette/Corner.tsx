/** One corner: a well, and the ways to fill it. */

import { CheckNote } from "../../ui/CheckNote";
import { Well } from "../../ui/Well";
import { fill, filling, pinHere, setCorner } from "./corners";
import { loopHere } from "./hearing";
import { CORNERS } from "./square";
import { now, spaceOf } from "./state";

export function Corner({ corner }: { corner: number }) {
  const state = now();
  const item = state.corners[corner] ?? null;
  const space = spaceOf(state);
  const name = CORNERS[corner]!;
  return (
    <div class={`corner corner-${corner}`}>
      <Well label={name[0]!.toUpperCase() + name.slice(1)} item={item} onItem={(each) => setCorner(corner, each)} onClear={item ? () => setCorner(corner, null) : undefined} />
      <div class="row corner-row">
        <button type="button" class="button" disabled={!space || filling.value.has(corner)} aria-label={`New phrase at the ${name}`} onClick={() => void fill([corner])}>{filling.value.has(corner) ? "…" : "New"}</button>
        <button type="button" class="button" disabled={!loopHere()} aria-label={`Pin spot at the ${name}`} title="The loop under the puck becomes this corner" onClick={() => pinHere(corner)}>Pin spot</button>
      </div>
      {item && space && <CheckNote score={item.score} space={space.name} />}
    </div>
  );
}
