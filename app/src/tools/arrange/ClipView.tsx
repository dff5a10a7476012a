/** One clip on its lane: dragged or moved with the arrows, repeated, played. */

import { useRef, useState } from "preact/hooks";
import { playing } from "../../sound/player";
import { newId } from "../../state/store";
import { say } from "../../ui/announce";
import { MiniRoll } from "../../ui/MiniRoll";
import { playOrStop } from "../../ui/play";
import { copy, move, remove, repeat } from "./moves";
import { clipScore, lastBar, type Clip, type Section, type Song } from "./song";
import { arrange, edit, laneName, look } from "./state";

const SLACK = 5; // pixels until a press becomes a drag

export function clipKey(clip: Clip): string {
  return `arrange-clip-${clip.id}`;
}

export function playClip(clip: Clip): void {
  playOrStop({ key: clipKey(clip), ...clipScore(arrange().song, clip) });
}

/** Moves a clip and says where it is. */
export function moveClip(clip: Clip, bars: number, lane?: string, merge: string | null = null): void {
  if (edit(`move ${clip.name}`, (song) => move(song, clip.id, bars, lane), { clip: clip.id }, merge)) tell(clip.id);
}

export function repeatClip(clip: Clip, by: number): void {
  if (clip.times + by >= 1 && edit(`repeat ${clip.name}`, (song) => repeat(song, clip.id, clip.times + by), { clip: clip.id }, `repeat-${clip.id}`)) tell(clip.id);
}

export function copyClip(clip: Clip): void {
  edit(`copy ${clip.name}`, (song) => copy(song, clip.id, newId));
}

export function removeClip(clip: Clip): void {
  if (edit(`delete ${clip.name}`, (song) => remove(song, clip.id), { clip: null })) say(`${clip.name} is taken out; undo brings it back.`);
}

function tell(id: string): void {
  const clip = arrange().song.clips.find((each) => each.id === id);
  if (clip) say(`${clip.name}: ${where(clip)}.`);
}

export function where(clip: Clip): string {
  const last = lastBar(clip);
  return `${laneName(clip.lane)}, ${last === clip.bar ? `bar ${clip.bar}` : `bars ${clip.bar} to ${last}`}${clip.times > 1 ? `, ${clip.times} times` : ""}`;
}

/** The next lane of the clip's kind up or down. */
function laneBeside(song: Song, clip: Clip, by: number): string | undefined {
  const drum = song.lanes.find((lane) => lane.id === clip.lane)?.drum ?? false;
  const lanes = song.lanes.filter((lane) => lane.drum === drum);
  return lanes[lanes.findIndex((lane) => lane.id === clip.lane) + by]?.id;
}

function onKey(event: KeyboardEvent, clip: Clip): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.shiftKey ? 4 : 1;
  const acts: Record<string, () => void> = {
    ArrowLeft: () => moveClip(clip, -step), ArrowRight: () => moveClip(clip, step),
    ArrowUp: () => { const lane = laneBeside(arrange().song, clip, -1); if (lane) moveClip(clip, 0, lane); },
    ArrowDown: () => { const lane = laneBeside(arrange().song, clip, 1); if (lane) moveClip(clip, 0, lane); },
    Delete: () => removeClip(clip), Backspace: () => removeClip(clip),
    "+": () => repeatClip(clip, 1), "-": () => repeatClip(clip, -1), d: () => copyClip(clip),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

export function ClipView({ clip, section }: { clip: Clip; section: Section }) {
  const { song, clip: chosen } = arrange();
  const { score, quarters } = clipScore(song, clip);
  const [offset, setOffset] = useState<readonly [number, number] | null>(null);
  const from = useRef<readonly [number, number] | null>(null);
  const dragged = useRef(false);
  const drop = (event: PointerEvent) => {
    const begun = from.current;
    from.current = null;
    setOffset(null);
    if (!begun || !dragged.current) return;
    const row = (event.currentTarget as HTMLElement).closest<HTMLElement>(".lane")!;
    const bars = Math.round(((event.clientX - begun[0]) / row.clientWidth) * section.bars);
    const lane = document.elementsFromPoint(event.clientX, event.clientY).map((each) => (each as HTMLElement).dataset?.lane).find(Boolean);
    if (bars || (lane && lane !== clip.lane)) moveClip(clip, bars, lane);
  };
  const sounds = playing.value?.key === clipKey(clip);
  return (
    <button type="button" class={`clip${chosen === clip.id ? " selected" : ""}${sounds ? " sounds" : ""}`} aria-pressed={chosen === clip.id}
      aria-label={`${clip.name}: ${where(clip)}`} title={`${clip.name}: arrows move it, + and - repeat it, D copies it, Delete takes it out`}
      style={{ "--bar": clip.bar, "--length": clip.bars * clip.times, transform: offset ? `translate(${offset[0]}px, ${offset[1]}px)` : undefined }}
      onKeyDown={(event) => onKey(event, clip)}
      onPointerDown={(event) => {
        if (event.button) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = [event.clientX, event.clientY];
        dragged.current = false;
      }}
      onPointerMove={(event) => {
        if (!from.current) return;
        const moved = [event.clientX - from.current[0], event.clientY - from.current[1]] as const;
        if (!dragged.current && Math.hypot(...moved) < SLACK) return;
        dragged.current = true;
        setOffset(moved);
      }}
      onPointerUp={drop} onPointerCancel={() => { from.current = null; setOffset(null); }}
      onClick={() => { if (!dragged.current) { look({ clip: clip.id }); playClip(clip); } dragged.current = false; }}>
      <span class="clip-name">{clip.name}</span>
      {Array.from({ length: clip.times }, (_, k) => <span key={k} class="clip-roll"><MiniRoll score={score} quarters={quarters} /></span>)}
    </button>
  );
}
