/** What the space made of the sketch: tiles to hear, keep, or draw on. */

import { serverState } from "../../server/spaces";
import { Busy } from "../../ui/Busy";
import { Icon } from "../../ui/Icon";
import { Slider } from "../../ui/Slider";
import { SpacePicker } from "../../ui/SpacePicker";
import { Tile } from "../../ui/Tile";
import { busy, keep, sampleNew, thicken, vary, whyNoDensity } from "./making";
import { drawOnIdea, set, sketch, spaceOf } from "./state";

export function Ideas() {
  const { amount, ideas, chosen } = sketch();
  const noDensity = whyNoDensity();
  const gone = serverState.value !== "ready";
  return (
    <section class="card ideas" aria-label="Variations">
      <div class="row">
        <SpacePicker verb="vary" value={spaceOf()} onChange={(space) => set(`use ${space}`, { space })} />
      </div>
      <div class="ideas-line">
        <Slider label="How far away" min={0} max={1} step={0.05} value={amount} onChange={(value) => set("change the amount", { amount: value }, "amount")} />
        <div class="row">
          <button type="button" class="button primary" disabled={gone} onClick={() => void vary()}>Vary</button>
          <button type="button" class="button" disabled={gone} onClick={() => void sampleNew()}>New</button>
          <button type="button" class="button" disabled={gone || noDensity !== null} title={noDensity ?? undefined} onClick={() => void thicken(1)}>Denser</button>
          <button type="button" class="button" disabled={gone || noDensity !== null} title={noDensity ?? undefined} onClick={() => void thicken(-1)}>Sparser</button>
          {busy.value && <Busy what={busy.value.what} onCancel={busy.value.stop} />}
        </div>
      </div>
      {gone && <p class="soft small">The server is not there; drawing, playing and saving go on without it.</p>}
      {ideas.length === 0 && <p class="soft small">Vary makes four alternatives of what you drew; New draws four from the space. Nothing is overwritten.</p>}
      <ul class="ideas-tiles">
        {ideas.map((idea, i) => (
          <li key={`${idea.take.seed} ${idea.name}`} onKeyDown={(event) => {
            if (event.key !== "Enter" || (event.target as HTMLElement).className !== "tile-play") return;
            event.preventDefault();
            event.stopPropagation();
            keep(i);
          }}>
            <Tile score={idea.score} quarters={idea.quarters} name={idea.name} playKey={`idea ${idea.take.seed} ${idea.name}`} take={idea.take}
              selected={i === chosen} onSelect={() => set("choose an alternative", { chosen: i }, "chosen")}
              actions={[{ name: "Keep", run: () => keep(i) }, { name: "Draw on it", icon: <Icon name="pencil" size={15} />, run: () => drawOnIdea(idea) }]} />
          </li>
        ))}
      </ul>
    </section>
  );
}
