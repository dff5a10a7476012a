/** A finished style, or the best so far: heard beside the space, measured, named and kept. */

import { Tile } from "../../ui/Tile";
import { keep, saving, working } from "./running";
import { keptNames, now, set, type Made } from "./state";

export function Result({ made }: { made: Made }) {
  const { held_out: held, copied, warnings } = made.style.table;
  return (
    <section class="adapt-result stack" aria-label="Before and after">
      <h3>Before and after, from the same seeds</h3>
      <ol class="pairs">
        {made.after.map((after, k) => (
          <li key={k} class="pair">
            {made.before[k] && <Tile {...made.before[k]} name={`${k + 1}: the space`} playKey={`adapt before ${k}`} note="before" />}
            <Tile {...after} name={`${k + 1}: the style`} playKey={`adapt after ${k}`} note="after" />
          </li>
        ))}
      </ol>
      <ul class="said small">
        <li>{made.style.table.phrases} phrases were heard in {made.style.space}.</li>
        {held && <li>On {held.files.length} scores set aside a phrase costs {held.before.toFixed(1)} nats in the space and {held.after.toFixed(1)} in the style: {gained(held.before - held.after)}.</li>}
        {copied && <li>{percent(copied.after)} of {copied.samples} samples copy a phrase that was heard; {percent(copied.before)} without the style.</li>}
      </ul>
      {warnings && warnings.length > 0 && !working.value && <ul class="warnings" role="alert">{warnings.map((warning) => <li key={warning}>{warning}</li>)}</ul>}
      {!working.value && <Keep made={made} />}
    </section>
  );
}

function gained(nats: number): string {
  return nats > 0 ? `${nats.toFixed(1)} less` : "no less";
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function Keep({ made }: { made: Made }) {
  const { name } = now();
  const there = keptNames().includes(name.trim());
  if (made.kept !== null) return <p class="small soft">Kept as {made.kept}.</p>;
  return (
    <form class="row" onSubmit={(event) => { event.preventDefault(); void keep(name.trim(), there); }}>
      <label class="field">Name of the style
        <input type="text" maxLength={60} value={name} required onInput={(event) => set("name the style", { name: event.currentTarget.value }, "adapt name")} />
      </label>
      <button type="submit" class="button primary" disabled={!name.trim() || saving.value}>{there ? `Replace ${name.trim()}` : "Keep the style"}</button>
    </form>
  );
}
