/** The row of tiles: heard one by one or in order, pulled apart at its end. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { player } from "../../sound/engine";
import { playhead, playing } from "../../sound/player";
import { complain } from "../../ui/announce";
import { carries, dropped } from "../../ui/carry";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { Tile as TileView } from "../../ui/Tile";
import { LETTERS, MOST, partAt, stations, type Tile } from "./line";
import { keepTile, makingRow, playRow, replaceTile, reroll, rerolling, setSteps, setTile, tileName } from "./making";
import { chosen, heard, now, ROW_KEY, tiles, wholeTake } from "./state";

const PULL = 44; // pixels of a drag that make one step

export function Row({ onReplace }: { onReplace: (place: number) => void }) {
  const state = now();
  const count = Math.max(state.steps, 0);
  const shown = Array.from({ length: count }, (_, k) => tiles.value[k] ?? null);
  const anchors = stations(chosen(state).length, count);
  const strip = useRef<HTMLOListElement>(null);
  useEffect(() => followSound(strip.current!), []);
  return (
    <div class="row-of-tiles">
      <ol class="strip" ref={strip} aria-label="Tiles" tabIndex={-1} aria-busy={makingRow.value}>
        {shown.map((tile, k) => (
          <li key={k} class={`step${tile?.muted ? " muted" : ""}${anchors.includes(k) ? " is-anchor" : ""}`} data-tile={k}
            onDragOver={(event) => { if (tile && carries(event.dataTransfer)) event.preventDefault(); }}
            onDrop={(event) => onDrop(event, k)}>
            {tile ? <Step tile={tile} place={k} anchor={anchors.indexOf(k)} onReplace={() => onReplace(k)} /> : <div class="tile skeleton"><span class="hidden-text">Tile {k + 1} is being made</span></div>}
          </li>
        ))}
        <li class="pull-place"><Pull /></li>
        <i class="playhead row-playhead" hidden aria-hidden="true" />
      </ol>
      <Scrub />
    </div>
  );
}

function onDrop(event: DragEvent, place: number): void {
  const item = event.dataTransfer && dropped(event.dataTransfer);
  if (!item) return;
  event.preventDefault();
  event.stopPropagation();
  replaceTile(place, item);
}

function Step({ tile, place, anchor, onReplace }: { tile: Tile; place: number; anchor: number; onReplace: () => void }) {
  const own = anchor >= 0 && tile.from === "line";
  const name = own ? LETTERS[anchor]! : tile.from === "shelf" ? (tile.name ?? "from the shelf") : `${place + 1}`;
  const playKey = `interpolate tile ${place}`;
  const spoken = tileName(tile, place);
  return (
    <TileView score={tile.score} quarters={tile.quarters} name={name} playKey={playKey} take={wholeTake(tile)}
      note={rerolling.value === place ? "…" : tile.from === "vary" ? "rerolled" : undefined}
      buttons={
        <>
          {tile.times === 2 && <span class="tile-note">×2</span>}
          <button type="button" class="tile-action" aria-pressed={tile.muted} aria-label={`Mute tile ${place + 1}`} title="Mute"
            onClick={() => setTile(tile.muted ? `hear tile ${place + 1}` : `mute tile ${place + 1}`, place, { muted: !tile.muted })}>M</button>
          <Menu label={`More for tile ${place + 1}`} choices={[
            { name: "Keep on the shelf", run: () => keepTile(place) },
            { name: "Reroll: another one near it", run: () => void reroll(place) },
            { name: "Replace …", run: onReplace },
            { name: tile.times === 2 ? "Play once" : "Play twice", run: () => setTile(tile.times === 2 ? `tile ${place + 1} once` : `tile ${place + 1} twice`, place, { times: tile.times === 2 ? 1 : 2 }) },
            { name: "Loop this tile", run: () => { player.play({ key: playKey, score: tile.score, quarters: tile.quarters }, { loop: true }).catch(complain); } },
          ]}><span class="hidden-text">{spoken}</span><Icon name="more" size={16} /></Menu>
        </>
      } />
  );
}

/** The end of the row: pulled outwards it makes more steps, pushed inwards fewer. */
function Pull() {
  const { steps, anchors } = now();
  const from = useRef<{ x: number; steps: number; merge: string } | null>(null);
  const least = Math.max(2, anchors.filter(Boolean).length);
  return (
    <div class="pull" role="slider" tabIndex={0} aria-label="Pull the row apart: steps" aria-valuemin={least} aria-valuemax={MOST} aria-valuenow={steps} aria-valuetext={`${steps} steps`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, steps, merge: `pull ${event.timeStamp}` };
      }}
      onPointerMove={(event) => {
        const start = from.current;
        if (start) setSteps(start.steps + (event.clientX - start.x) / PULL, start.merge);
      }}
      onPointerUp={() => { from.current = null; }} onPointerCancel={() => { from.current = null; }}
      onKeyDown={(event) => {
        const to = { ArrowRight: steps + 1, ArrowUp: steps + 1, ArrowLeft: steps - 1, ArrowDown: steps - 1, Home: least, End: MOST }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        setSteps(to);
      }}>
      <span aria-hidden="true">⟺</span>
      <span class="small">{steps}</span>
    </div>
  );
}

/** A bar over the whole row; dragging it plays from there. */
function Scrub() {
  const bar = useRef<HTMLInputElement>(null);
  const line = heard.value;
  useEffect(() => effect(() => {
    const time = playing.value?.key === ROW_KEY ? playhead.value : null;
    if (bar.current && time !== null && document.activeElement !== bar.current) bar.current.value = String(time);
    if (bar.current && playing.value?.key !== ROW_KEY && document.activeElement !== bar.current) bar.current.value = "0";
  }), []);
  if (!line) return null;
  const say = (time: number) => `tile ${line.parts[partAt(line.offsets, time).part]!.tile + 1}`;
  return (
    <label class="scrub">
      <span class="hidden-text">Where the row plays</span>
      <input ref={bar} type="range" min={0} max={line.quarters} step={1} defaultValue="0" aria-valuetext={say(Number(bar.current?.value ?? 0))}
        onInput={(event) => {
          event.currentTarget.setAttribute("aria-valuetext", say(Number(event.currentTarget.value)));
          playRow(Math.min(Number(event.currentTarget.value), line.quarters - 1));
        }} />
    </label>
  );
}

/** Draws the playhead over the tile that sounds, and keeps that tile in sight. */
function followSound(strip: HTMLElement): () => void {
  let shown = -1;
  return effect(() => {
    const head = strip.querySelector<HTMLElement>(".row-playhead");
    const line = heard.value;
    const sounds = playing.value?.key === ROW_KEY && line !== null;
    const time = playhead.value;
    if (!head) return;
    head.hidden = !sounds;
    if (!sounds) {
      shown = -1;
      return;
    }
    const { part, share } = partAt(line.offsets, time);
    const place = line.parts[part]!.tile;
    const tile = strip.querySelector<HTMLElement>(`[data-tile="${place}"]`);
    if (!tile) return;
    head.style.left = `${tile.offsetLeft + share * tile.offsetWidth}px`;
    if (place !== shown) strip.scrollTo({ left: Math.max(0, tile.offsetLeft - strip.clientWidth / 2), behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    shown = place;
  });
}
