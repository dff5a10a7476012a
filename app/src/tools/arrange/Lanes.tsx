/** The lanes of one section: clips by bars, places to drop on, gaps to fill. */

import { useState } from "preact/hooks";
import { playhead, playing } from "../../sound/player";
import { carries, dropped } from "../../ui/carry";
import { ClipView } from "./ClipView";
import { SONG_KEY } from "./Form";
import { LaneHead } from "./LaneHead";
import { barOf, clipsOn, gaps, lastBar, placeAt, sectionOf, type Gap, type Lane, type Section } from "./song";
import { arrange, placeItem, shownEntry } from "./state";

export const SECTION_KEY = "arrange-section";

export function Lanes({ gap, onGap }: { gap: Gap | null; onGap: (gap: Gap | null) => void }) {
  const { song } = arrange();
  const section = sectionOf(song, shownEntry().section);
  return (
    <div class="lanes-scroll" tabIndex={-1}>
      <div class="lanes" style={{ "--bars": section.bars }} role="group" aria-label={`Lanes of section ${section.name}`}>
        <div class="lane-corner soft small">bar</div>
        <ol class="lane-bars" aria-hidden="true">
          {Array.from({ length: section.bars }, (_, k) => <li key={k}>{k + 1}</li>)}
        </ol>
        {song.lanes.map((lane, k) => <Row key={lane.id} lane={lane} number={k} section={section} gap={gap} onGap={onGap} />)}
        <Head section={section} />
      </div>
    </div>
  );
}

function Row({ lane, number, section, gap, onGap }: { lane: Lane; number: number; section: Section; gap: Gap | null; onGap: (gap: Gap | null) => void }) {
  const { song } = arrange();
  const [over, setOver] = useState<number | null>(null);
  const barAt = (event: DragEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return Math.min(section.bars, Math.max(1, Math.floor(((event.clientX - box.left) / box.width) * section.bars) + 1));
  };
  return (
    <>
      <LaneHead lane={lane} number={number} />
      <div class="lane" data-lane={lane.id} role="group" aria-label={`${lane.name}, ${clipsOn(song, section.id, lane.id).length} clips`} style={{ gridRow: number + 2, "--tint": lane.drum ? "var(--drums)" : `var(--track-${number % 4})` }}
        onDragOver={(event) => { if (carries(event.dataTransfer)) { event.preventDefault(); setOver(barAt(event)); } }}
        onDragLeave={() => setOver(null)}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setOver(null);
          const item = event.dataTransfer && dropped(event.dataTransfer);
          if (item) placeItem(item, lane.id, barAt(event));
        }}>
        {over !== null && <i class="lane-over" style={{ "--bar": over }} aria-hidden="true" />}
        {clipsOn(song, section.id, lane.id).map((clip) => <ClipView key={clip.id} clip={clip} section={section} />)}
        {gaps(song, section.id, lane.id).map((each) => (
          <button key={each.bar} type="button" class="gap" style={{ "--bar": each.bar, "--length": each.bars }} aria-pressed={gap?.lane === lane.id && gap.bar === each.bar}
            aria-label={`Gap on ${lane.name}, ${each.bars === 1 ? `bar ${each.bar}` : `bars ${each.bar} to ${lastBar({ ...each.before, bar: each.bar, bars: each.bars, times: 1 })}`}: fill it`}
            onClick={() => onGap(gap?.lane === lane.id && gap.bar === each.bar ? null : each)}>fill</button>
        ))}
      </div>
    </>
  );
}

/** Where it sounds, when this section does. */
function Head({ section }: { section: Section }) {
  const { song } = arrange();
  const key = playing.value?.key;
  if (key !== SONG_KEY && key !== SECTION_KEY) return null;
  const at = playhead.value / barOf(song);
  const place = key === SECTION_KEY ? at : placeAt(song, Math.floor(at));
  const bar = typeof place === "number" ? place : place?.entry.section === section.id ? place.bar + (at % 1) : null;
  return bar === null || bar >= section.bars ? null : <div class="lanes-head" aria-hidden="true" style={{ gridRow: `2 / span ${song.lanes.length}` }}><i style={{ left: `${(100 * bar) / section.bars}%` }} /></div>;
}
