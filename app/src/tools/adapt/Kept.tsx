/** The styles that are kept for the space. */

import type { SpaceInfo } from "../../server/api";
import { forgetStyle } from "../../server/styles";
import { complain, say } from "../../ui/announce";
import { draw } from "./running";

export function Kept({ space }: { space: SpaceInfo | null }) {
  if (!space?.styles.length) return null;
  const forget = (name: string) => { if (confirm(`Forget the style ${name}? Takes made in it stay, but cannot be made again.`)) forgetStyle(name).then(() => say(`The style ${name} is forgotten.`), complain); };
  return (
    <section class="stack" aria-label="Kept styles">
      <h3>Styles in {space.name}</h3>
      <ul class="adapt-kept">
        {space.styles.map((name) => (
          <li key={name} class="row">
            <span class="grow">{name}</span>
            <button type="button" class="button" onClick={() => void draw(name, space.name)}>4 takes to the shelf<span class="hidden-text"> in {name}</span></button>
            <button type="button" class="button quiet" onClick={() => forget(name)}>Forget<span class="hidden-text"> {name}</span></button>
          </li>
        ))}
      </ul>
    </section>
  );
}
