/** How it is to be written: what stays of the old notes, in which scale, how boldly, how often. */

import { SCALES, TONICS } from "../../music/scales";
import type { Item } from "../../state/session";
import { Slider } from "../../ui/Slider";
import { pitchedTracks, set, type InpaintState, type Keep } from "./state";

const KEEPS: readonly (readonly [Keep, string])[] = [["rhythm", "Keep the rhythm"], ["contour", "Keep the contour"]];
/** As `scorespace.music.scales` names them. */
const NOTES = TONICS.map((name) => name.replace("♭", "b").replace("♯", "#"));

export function Options({ state, song }: { state: InpaintState; song: Item | null }) {
  const tracks = song ? pitchedTracks(song.score) : [];
  return (
    <details class="inpaint-more">
      <summary>Options <span class="soft">{inWords(state)}</span></summary>
      <div class="inpaint-options card">
        <fieldset class="inpaint-keep" disabled={state.way !== "bars"}>
          <legend class="hidden-text">What stays of the old notes</legend>
          {KEEPS.map(([name, label]) => (
            <label key={name} class="check">
              <input type="checkbox" checked={state.keep.includes(name)} onChange={(event) =>
                set(label.toLowerCase(), { keep: event.currentTarget.checked ? [...state.keep, name] : state.keep.filter((each) => each !== name) })} />
              {label}
            </label>
          ))}
        </fieldset>
        <Scale state={state} />
        {song && tracks.length > 1 && (
          <label class="field">Track
            <select value={state.track ?? ""} onChange={(event) => set("choose a track", { track: Number(event.currentTarget.value) || null })}>
              <option value="">the melody, as the space finds it</option>
              {tracks.map((i) => <option key={i} value={i + 1}>{i + 1}{song.score.tracks[i]!.name ? `: ${song.score.tracks[i]!.name}` : ""}</option>)}
            </select>
          </label>
        )}
        <Slider label="Temperature" min={0} max={2} step={0.05} value={state.temperature}
          onChange={(temperature) => set("change the temperature", { temperature }, "temperature")} />
        <label class="field">Alternatives
          <select value={state.n} disabled={state.temperature === 0} onChange={(event) => set("change the number of alternatives", { n: Number(event.currentTarget.value) })}>
            {[1, 2, 4, 6, 8].map((n) => <option key={n} value={n}>{n}</option>)}
          </select>
        </label>
        <label class="field">Seed
          <input type="number" min={0} max={2 ** 32 - 1} step={1} value={state.seed ?? ""} placeholder="a new one each time" onChange={(event) => {
            const typed = event.currentTarget.value;
            const seed = Math.min(2 ** 32 - 1, Math.max(0, Math.round(Number(typed))));
            set("change the seed", { seed: typed === "" || !Number.isFinite(seed) ? null : seed });
          }} />
        </label>
      </div>
    </details>
  );
}

/** What is set, for when the options are closed. */
function inWords({ way, keep, scale, temperature, n, seed }: InpaintState): string {
  const scales: Record<string, string> = { "": "any pitch", key: "key of the song", heard: "pitches of the song" };
  const kept = way === "bars" && keep.length ? `${keep.join(" and ")} kept` : null;
  const count = temperature === 0 ? "the likeliest alone" : `${n} alternative${n === 1 ? "" : "s"}`;
  return [kept, scales[scale] ?? scale, `temperature ${temperature}`, count, seed === null ? null : `seed ${seed}`].filter(Boolean).join(", ");
}

function Scale({ state }: { state: InpaintState }) {
  const [tonic, ...mode] = state.scale.split(" ");
  const named = !["", "key", "heard"].includes(state.scale);
  const choose = (scale: string) => set("choose a scale", { scale });
  return (
    <div class="inpaint-scale">
      <label class="field">Scale of new notes
        <select value={named ? "named" : state.scale} onChange={(event) => choose(event.currentTarget.value === "named" ? "C major" : event.currentTarget.value)}>
          <option value="">free</option>
          <option value="key">key of the song</option>
          <option value="heard">pitches of the song</option>
          <option value="named">a named scale</option>
        </select>
      </label>
      {named && (
        <>
          <select aria-label="Tonic" value={tonic} onChange={(event) => choose(`${event.currentTarget.value} ${mode.join(" ")}`)}>
            {NOTES.map((note, i) => <option key={note} value={note}>{TONICS[i]}</option>)}
          </select>
          <select aria-label="Kind of scale" value={mode.join(" ")} onChange={(event) => choose(`${tonic} ${event.currentTarget.value}`)}>
            {Object.keys(SCALES).map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </>
      )}
    </div>
  );
}
