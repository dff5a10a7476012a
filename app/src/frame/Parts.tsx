/** The parts of what plays or is selected, each to be silenced. */

import { partName } from "../sound/plan";
import { playing } from "../sound/player";
import { selected, session } from "../state/store";
import { set } from "./transportActions";

export function Parts() {
  const score = (playing.value ?? selected.value)?.score;
  const { muted } = session.value.settings;
  const names = [...new Set((score?.tracks ?? []).map(partName))];
  const toggle = (name: string) => {
    const silent = muted.includes(name);
    set(silent ? `hear ${name}` : `silence ${name}`, { muted: silent ? muted.filter((each) => each !== name) : [...muted, name] });
  };
  if (!names.length) return null;
  return (
    <fieldset class="transport-parts">
      <legend>Parts that sound</legend>
      {names.map((name) => (
        <label key={name} class="check"><input type="checkbox" checked={!muted.includes(name)} onChange={() => toggle(name)} /> {name}</label>
      ))}
    </fieldset>
  );
}
