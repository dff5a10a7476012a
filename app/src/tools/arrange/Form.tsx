/** The song's course: sections one after another, each so many times. */

import { playing, playhead } from "../../sound/player";
import { newId } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { addSection, enter, moveEntry, removeEntry, setBars, setTimes } from "./moves";
import { barOf, courseStarts, MOST_BARS, placeAt, sectionOf, type Entry } from "./song";
import { arrange, edit, look, shownEntry } from "./state";

export const SONG_KEY = "arrange-song";

export function Form() {
  const { song } = arrange();
  const shown = shownEntry();
  const section = sectionOf(song, shown.section);
  const sounding = playing.value?.key === SONG_KEY ? placeAt(song, Math.floor(playhead.value / barOf(song)))?.entry.id : undefined;
  return (
    <section class="stack" aria-labelledby="arrange-sections">
      <div class="row">
        <h2 id="arrange-sections" class="small">Sections</h2>
        <span class="soft small">{courseStarts(song).bars} bars in all</span>
      </div>
      <ol class="course">
        {song.course.map((entry) => <Chip key={entry.id} entry={entry} shown={entry.id === shown.id} sounds={entry.id === sounding} />)}
        <li><Add after={shown} /></li>
      </ol>
      <div class="row arrange-section">
        <span>Section {section.name}</span>
        <label class="row">bars
          <input type="number" min={1} max={MOST_BARS} value={section.bars} onChange={(event) => {
            const bars = Math.round(Number(event.currentTarget.value));
            if (!(bars >= 1 && edit(`make section ${section.name} ${bars} bars long`, (now) => setBars(now, section.id, bars)))) event.currentTarget.value = String(section.bars);
          }} />
        </label>
        <label class="row">played
          <input type="number" min={1} max={64} value={shown.times} onChange={(event) => {
            const times = Math.round(Number(event.currentTarget.value));
            if (!(times >= 1 && edit(`play section ${section.name} ${times} times`, (now) => setTimes(now, shown.id, times)))) event.currentTarget.value = String(shown.times);
          }} />
          times
        </label>
        <span class="row">
          <button type="button" class="button" disabled={song.course[0]!.id === shown.id} onClick={() => edit(`move section ${section.name}`, (now) => moveEntry(now, shown.id, -1))}>Earlier</button>
          <button type="button" class="button" disabled={song.course[song.course.length - 1]!.id === shown.id} onClick={() => edit(`move section ${section.name}`, (now) => moveEntry(now, shown.id, 1))}>Later</button>
          <button type="button" class="button" disabled={song.course.length === 1} onClick={() => edit(`take section ${section.name} out`, (now) => removeEntry(now, shown.id))}>Take out</button>
        </span>
      </div>
    </section>
  );
}

function Chip({ entry, shown, sounds }: { entry: Entry; shown: boolean; sounds: boolean }) {
  const { name, bars } = sectionOf(arrange().song, entry.section);
  return (
    <li>
      <button type="button" class={`button course-chip${sounds ? " sounds" : ""}`} aria-pressed={shown} onClick={() => look({ shown: entry.id, clip: null })}>
        <b>{name}</b>{entry.times > 1 && <span> ×{entry.times}</span>}
        <span class="soft small">{bars} bars</span>
      </button>
    </li>
  );
}

function Add({ after }: { after: Entry }) {
  const { song } = arrange();
  const here = sectionOf(song, after.section);
  const show = (label: string, next: Parameters<typeof edit>[1]) => {
    const before = new Set(song.course.map((entry) => entry.id));
    if (!edit(label, next)) return;
    const fresh = arrange().song.course.find((entry) => !before.has(entry.id));
    if (fresh) look({ shown: fresh.id, clip: null });
  };
  return (
    <Menu label="Add a section" class="button icon" choices={[
      { name: "New, empty section", run: () => show("add a section", (now) => addSection(now, after.id, newId)) },
      { name: `New section like ${here.name}`, run: () => show(`add a section like ${here.name}`, (now) => addSection(now, after.id, newId, here.id)) },
      ...song.sections.map((section) => ({
        name: `Play ${section.name} again`, run: () => show(`play section ${section.name} again`, (now) => enter(now, after.id, section.id, newId)),
      })),
    ]}><Icon name="plus" /></Menu>
  );
}
