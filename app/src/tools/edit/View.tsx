/** The song, what is asked of it, and what came of it. */

import { useEffect } from "preact/hooks";
import type { SpaceInfo } from "../../server/api";
import type { Item } from "../../state/session";
import { Slider } from "../../ui/Slider";
import { SpacePicker } from "../../ui/SpacePicker";
import { Well } from "../../ui/Well";
import { Attributes } from "./Attributes";
import { ask, cancel, problem } from "./editing";
import { Genre } from "./Genre";
import { measureAgain, measured } from "./measuring";
import { Result } from "./Result";
import { stopSampling } from "./sampling";
import { now, set, songOf, spaceOf, type EditState } from "./state";
import "./edit.css";

export function View() {
  const state = now();
  const song = songOf(state);
  const space = spaceOf(state, song);
  useEffect(() => leave, []);
  const trouble = problem.value;
  return (
    <div class="edit stack">
      <div class="edit-top">
        <Well label="Song" item={song} onItem={(item) => set("choose the song", { item: item.id })}
          onClear={state.item ? () => set("follow the shelf", { item: null }) : undefined} />
        <div class="card stack">
          <SpacePicker verb="edit" value={space?.name ?? state.space} onChange={(name) => { cancel(); set("choose a space", { space: name }); }} />
          {space && Object.keys(space.genres).length > 0 && <Ways state={state} />}
          {song && space && (
            <div class="edit-temperature">
              <Slider label="Temperature" min={0} max={1.5} step={0.05} value={state.temperature} onChange={(temperature) => ask("change the temperature", { temperature })} />
            </div>
          )}
          {trouble && <p class="edit-problem" role="alert"><strong>{trouble.message}</strong>{trouble.hint && ` ${trouble.hint}`}</p>}
        </div>
      </div>
      {!song && <p class="empty">Put a song here: drop a MIDI, ABC or MusicXML file, or choose one from the shelf.</p>}
      {song && space && <Work state={state} song={song} space={space} />}
    </div>
  );
}

function leave(): void {
  cancel();
  stopSampling();
  problem.value = null;
}

function Ways({ state }: { state: EditState }) {
  const choose = (way: EditState["way"]) => {
    cancel();
    set(way === "genre" ? "edit the genre" : "edit attributes", { way });
  };
  return (
    <div class="segments edit-ways" role="group" aria-label="What to change">
      <button type="button" aria-pressed={state.way === "attributes"} onClick={() => choose("attributes")}>Attributes</button>
      <button type="button" aria-pressed={state.way === "genre"} onClick={() => choose("genre")}>Genre</button>
    </div>
  );
}

function Work({ state, song, space }: { state: EditState; song: Item; space: SpaceInfo }) {
  const figures = measured(song.score, space.name).value;
  if (figures && figures.problem !== null) {
    return (
      <div class="card stack" role="alert">
        <p>{space.name} cannot read {song.name}: {figures.problem}</p>
        <div><button type="button" class="button" onClick={() => measureAgain(song.score, space.name)}>Try again</button></div>
      </div>
    );
  }
  const genres = Object.keys(space.genres).length > 0 && state.way === "genre";
  return (
    <div class="edit-work">
      {genres ? <Genre state={state} space={space} figures={figures} /> : <Attributes state={state} space={space} figures={figures} />}
      <Result state={state} song={song} />
    </div>
  );
}
