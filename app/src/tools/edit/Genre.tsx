/** Another genre for the song, and new phrases of a genre. */

import type { SpaceInfo } from "../../server/api";
import { Busy } from "../../ui/Busy";
import { Slider } from "../../ui/Slider";
import { Tile } from "../../ui/Tile";
import { likeliest, spellPlace } from "./circle";
import { ask, percent, restyled } from "./editing";
import { Flower } from "./Flower";
import type { Measured } from "./measuring";
import { keepSample, sampleGenre, samplesComing, stopSampling } from "./sampling";
import { genreName, set, type EditState, type Samples } from "./state";

interface Props {
  readonly state: EditState;
  readonly space: SpaceInfo;
  readonly figures: Measured | null;
}

export function Genre({ state, space, figures }: Props) {
  const likeness = figures?.genres ?? {};
  const present = likeliest(likeness);
  const { genre } = state;
  const choose = (to: string | number) => { if (to !== genre) ask("choose a genre", { genre: to }); };
  const at = genre ?? present;
  return (
    <section class="card stack" aria-label="Genre">
      <Flower genres={space.genres} likeness={likeness} present={present} chosen={genre} onChange={choose} />
      <div class="edit-genre">
        <label class="field">To the genre
          <select value={typeof genre === "string" ? genre : genre === null ? "" : "between"} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="" disabled>{present ? `none (the song is most like ${genreName(present)})` : "none"}</option>
            {typeof genre === "number" && <option value="between" disabled>{spellPlace(space.genres, genre)}</option>}
            {Object.keys(space.genres).map((name) => <option key={name} value={name}>{genreName(name)}{name === present ? " (the song is most like it now)" : ""}</option>)}
          </select>
        </label>
        <Slider label="Keep at least" unit="share of the song" min={0} max={1} step={0.05} value={state.keep} onChange={(keep) => ask("keep more or less", { keep })} />
      </div>
      <Styled state={state} />
      <div class="row">
        {at !== null && <button type="button" class="button" onClick={() => void sampleGenre(at)}>Sample {spellPlace(space.genres, at)}</button>}
        {samplesComing.value && <Busy what="Sampling" onCancel={stopSampling} />}
      </div>
      <Sampled samples={samplesComing.value ?? (state.samples?.space === space.name ? state.samples : null)} />
    </section>
  );
}

/** What an edit did: likeness before and after, and what was kept. */
function Styled({ state }: { state: EditState }) {
  const take = state.edited?.take;
  if (!take || !restyled(take)) return null;
  const style = take.style as { to: string; likeness: number; likeness_before: number; kept: { onsets: number; chroma: number; contour: number } };
  const rows: [string, number][] = [
    ["like it before", style.likeness_before], ["like it now", style.likeness],
    ["onsets kept", style.kept.onsets], ["pitch classes kept", style.kept.chroma], ["contour kept", style.kept.contour],
  ];
  return (
    <dl class="edit-style" aria-label={`What the edit to ${genreName(style.to)} did`}>
      {rows.map(([name, share]) => (
        <div key={name}><dt>{name}</dt><dd><i style={{ width: `${100 * share}%` }} /><span>{percent(share)}</span></dd></div>
      ))}
    </dl>
  );
}

function Sampled({ samples }: { samples: Samples | null }) {
  if (!samples?.takes.length) return null;
  return (
    <section class="stack" aria-label={`Phrases of ${samples.genre}`}>
      <div class="row"><h3 class="grow">Phrases of {samples.genre}</h3><button type="button" class="button quiet" onClick={() => set("clear the samples", { samples: null })}>Clear</button></div>
      <div class="edit-samples">
        {samples.takes.map((take) => (
          <Tile key={take.index} score={take.score} quarters={take.quarters} name={`${samples.genre} ${take.index + 1}`} playKey={`edit sample ${String(take.seed)}.${take.index}`}
            actions={[{ name: "Keep", run: () => keepSample(samples, take) }]} />
        ))}
      </div>
    </section>
  );
}
