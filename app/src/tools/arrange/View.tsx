/** Arrange as it is shown. */

import { useEffect, useId, useState } from "preact/hooks";
import { playing } from "../../sound/player";
import { newId, session } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { playOrStop } from "../../ui/play";
import { copyClip, moveClip, playClip, removeClip, repeatClip, where } from "./ClipView";
import { ENDINGS, exportSong, nameOf, shelveSong, type Ending } from "./exports";
import { Filling, Offered } from "./Filling";
import { Form, SONG_KEY } from "./Form";
import { Lanes, SECTION_KEY } from "./Lanes";
import { addLane, changeSong } from "./moves";
import { assemble, assembleSection, gaps, type Clip, type Gap } from "./song";
import { arrange, chosenClip, edit, placeItem, set, shownEntry } from "./state";
import "./arrange.css";

export function playSong(): void {
  playOrStop({ key: SONG_KEY, ...assemble(arrange().song) });
}

export function playSection(): void {
  playOrStop({ key: SECTION_KEY, ...assembleSection(arrange().song, shownEntry().section) });
}

export function View() {
  const { song } = arrange();
  const entry = shownEntry();
  const [chosen, choose] = useState<Gap | null>(null);
  // what is around a gap may have moved since it was chosen
  const gap = chosen && (gaps(song, entry.section, chosen.lane).find((each) => each.bar === chosen.bar) ?? null);
  useEffect(() => choose(null), [entry.id]);
  const clip = chosenClip();
  return (
    <div class="stack arrange">
      <Head />
      <Form />
      <Lanes gap={gap} onGap={choose} />
      {clip && clip.section === entry.section && <Chosen clip={clip} />}
      {gap && <Filling gap={gap} onClose={() => choose(null)} />}
      <Offered />
      <Placing />
      <Export />
    </div>
  );
}

function Head() {
  const { song } = arrange();
  const empty = !song.clips.length;
  const sounds = (key: string) => playing.value?.key === key;
  return (
    <div class="row">
      <button type="button" class="button primary" disabled={empty} onClick={playSong}>
        <Icon name={sounds(SONG_KEY) ? "stop" : "play"} size={16} />{sounds(SONG_KEY) ? "Stop" : "Play the song"}
      </button>
      <button type="button" class="button" disabled={empty} onClick={playSection}>
        <Icon name={sounds(SECTION_KEY) ? "stop" : "play"} size={16} />{sounds(SECTION_KEY) ? "Stop" : "Play this section"}
      </button>
      <label class="row"><span class="soft small">Name</span>
        <input type="text" maxLength={80} value={song.name} onChange={(event) => {
          const name = event.currentTarget.value.trim();
          if (name) edit(`call the song ${name}`, (now) => changeSong(now, { name }));
          else event.currentTarget.value = song.name;
        }} />
      </label>
      <label class="row"><span class="soft small">Tempo</span>
        <input type="number" class="arrange-number" min={10} max={400} value={song.qpm} onChange={(event) => {
          const qpm = Number(event.currentTarget.value);
          if (qpm >= 10 && qpm <= 400) edit(`set the song to ${qpm} qpm`, (now) => changeSong(now, { qpm }));
          else event.currentTarget.value = String(song.qpm);
        }} /><span class="soft small">qpm, {song.metre.join("/")}</span>
      </label>
    </div>
  );
}

function Chosen({ clip }: { clip: Clip }) {
  return (
    <div class="row card arrange-chosen" role="group" aria-label={`Chosen clip: ${clip.name}`}>
      <span class="grow"><b>{clip.name}</b> <span class="soft small">{where(clip)}</span></span>
      <button type="button" class="button" onClick={() => playClip(clip)}>Play</button>
      <button type="button" class="button" onClick={() => moveClip(clip, -1)}>Bar earlier</button>
      <button type="button" class="button" onClick={() => moveClip(clip, 1)}>Bar later</button>
      <button type="button" class="button" disabled={clip.times === 1} onClick={() => repeatClip(clip, -1)}>Once less</button>
      <button type="button" class="button" onClick={() => repeatClip(clip, 1)}>Once more</button>
      <button type="button" class="button" onClick={() => copyClip(clip)}>Copy</button>
      <button type="button" class="button" onClick={() => removeClip(clip)}>Delete</button>
    </div>
  );
}

/** The way without dragging: an item of the shelf, a lane and a bar. */
function Placing() {
  const { song } = arrange();
  const { items, selected } = session.value;
  const [item, setItem] = useState<string | null>(null);
  const [lane, setLane] = useState<string | null>(null);
  const [bar, setBar] = useState(1);
  const id = useId();
  const chosen = items.find((each) => each.id === (item ?? selected)) ?? items[0];
  const fits = chosen?.score.tracks.find((track) => track.notes.length)?.drum ?? false;
  const on = song.lanes.find((each) => each.id === lane) ?? song.lanes.find((each) => each.drum === fits) ?? song.lanes[0]!;
  return (
    <section class="stack" aria-labelledby={`${id}-head`}>
      <h2 id={`${id}-head`} class="small">Place an item</h2>
      {items.length ? (
        <form class="row" onSubmit={(event) => { event.preventDefault(); if (chosen) placeItem(chosen, on.id, bar); }}>
          <label class="field">Item
            <select value={chosen?.id ?? ""} onChange={(event) => setItem(event.currentTarget.value)}>{items.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}</select>
          </label>
          <label class="field">Lane
            <select value={on.id} onChange={(event) => setLane(event.currentTarget.value)}>{song.lanes.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}</select>
          </label>
          <label class="field">Bar
            <input type="number" class="arrange-number" min={1} max={128} value={bar} onInput={(event) => setBar(Math.max(1, Math.round(Number(event.currentTarget.value)) || 1))} />
          </label>
          <button type="submit" class="button">Place</button>
          <NewLane />
        </form>
      ) : <p class="empty">The shelf is empty. Add files or make something with another tool; then drag it onto a lane.</p>}
      <p class="soft small">Or drag items from the shelf onto a lane. A taken bar is passed over for the next free one.</p>
    </section>
  );
}

function NewLane() {
  return (
    <span class="row">
      <button type="button" class="button" onClick={() => edit("add a lane", (song) => addLane(song, "lane", false, newId))}>Add a lane</button>
      <button type="button" class="button" onClick={() => edit("add a lane of drums", (song) => addLane(song, "drums", true, newId))}>Add drums</button>
    </span>
  );
}

function Export() {
  const { song, swing } = arrange();
  const [ending, setEnding] = useState<Ending>("mid");
  const [busy, setBusy] = useState(false);
  const amount = session.value.settings.swing;
  const empty = !song.clips.length;
  return (
    <section class="stack" aria-labelledby="arrange-export">
      <h2 id="arrange-export" class="small">Export the song</h2>
      <div class="row">
        <label class="row"><span class="soft small">As</span>
          <select value={ending} onChange={(event) => setEnding(event.currentTarget.value as Ending)}>{ENDINGS.map(([each, name]) => <option key={each} value={each}>{name}</option>)}</select>
        </label>
        <label class="check"><input type="checkbox" checked={swing || ending === "wav"} disabled={!amount || ending === "wav"} onChange={() => set("swing in the file", { swing: !swing })} />
          {amount ? `write the swing (${Math.round(100 * amount)} %) into the notes` : "swing in the notes: there is no swing set"}</label>
        <button type="button" class="button" disabled={empty || busy} onClick={() => { setBusy(true); void exportSong(ending).finally(() => setBusy(false)); }}>
          <Icon name="download" size={16} />{busy ? "Writing" : `Write ${nameOf(song, ending)}`}
        </button>
        <button type="button" class="button" disabled={empty} onClick={shelveSong}>Put it on the shelf</button>
      </div>
    </section>
  );
}
