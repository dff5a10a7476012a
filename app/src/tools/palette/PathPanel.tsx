/** The path without dragging: its waypoints as a list, how long it takes, and where it goes from here. */

import { barStarts } from "../../music/score";
import { playing } from "../../sound/player";
import { Busy } from "../../ui/Busy";
import { Icon } from "../../ui/Icon";
import { downloadPath } from "./exporting";
import { MOST_POINTS, reordered } from "./path";
import { clamped, type Place } from "./square";
import { line, now, PATH_KEY } from "./state";
import { keepPath, playOrStopLine, setFit, setPath, stopWalking, walking } from "./walking";

export function addWaypoint(): void {
  const { path, puck } = now();
  if (path.length < MOST_POINTS) setPath(`add waypoint ${path.length + 1}`, [...path, puck]);
}

export function PathPanel() {
  const { path } = now();
  const sounds = playing.value?.key === PATH_KEY;
  const found = line.value;
  return (
    <section class="card stack path-panel" aria-label="Path">
      <div class="row">
        <h2>Path</h2>
        <button type="button" class="button" onClick={addWaypoint} disabled={path.length >= MOST_POINTS}><Icon name="plus" size={16} />Add the puck's place</button>
        <button type="button" class="button" disabled={!path.length} onClick={() => setPath("clear the path", [])}>Clear</button>
      </div>
      {path.length === 0 && <p class="soft small">Draw on the square with Path switched on, or move the puck and add its places one by one.</p>}
      {path.length > 0 && <Waypoints path={path} />}
      <Fit />
      <div class="row">
        <button type="button" class="button primary" disabled={!path.length} onClick={playOrStopLine}><Icon name={sounds ? "stop" : "play"} size={16} />{sounds ? "Stop" : "Play the path"}</button>
        <button type="button" class="button" disabled={!found} onClick={keepPath}>Path to the shelf</button>
        <button type="button" class="button" disabled={!found} onClick={downloadPath}><Icon name="download" size={16} />MIDI</button>
        {walking.value && <Busy what="following the path" onCancel={stopWalking} />}
        {found && !walking.value && <span class="small soft">{found.loops.length} loop{found.loops.length === 1 ? "" : "s"}, {barStarts(found.score, found.quarters).length} bars</span>}
      </div>
    </section>
  );
}

function Waypoints({ path }: { path: readonly Place[] }) {
  const put = (k: number, axis: 0 | 1, text: string) => {
    const value = Number(text) / 100;
    if (text === "" || !Number.isFinite(value)) return;
    const point: Place = axis === 0 ? [clamped(value), path[k]![1]] : [path[k]![0], clamped(value)];
    setPath(`move waypoint ${k + 1}`, path.map((each, i) => (i === k ? point : each)));
  };
  return (
    <ol class="waypoints">
      {path.map(([x, y], k) => (
        <li key={k}>
          <span class="waypoint-number">{k + 1}</span>
          <label>x <input type="number" min={0} max={100} step={1} value={Math.round(100 * x)} aria-label={`x of waypoint ${k + 1}, percent from the left`} onChange={(event) => put(k, 0, event.currentTarget.value)} /></label>
          <label>y <input type="number" min={0} max={100} step={1} value={Math.round(100 * y)} aria-label={`y of waypoint ${k + 1}, percent from the top`} onChange={(event) => put(k, 1, event.currentTarget.value)} /></label>
          <button type="button" class="tile-action" disabled={k === 0} aria-label={`Waypoint ${k + 1} earlier`} onClick={() => setPath(`waypoint ${k + 1} earlier`, reordered(path, k, -1))}>↑</button>
          <button type="button" class="tile-action" disabled={k === path.length - 1} aria-label={`Waypoint ${k + 1} later`} onClick={() => setPath(`waypoint ${k + 1} later`, reordered(path, k, 1))}>↓</button>
          <button type="button" class="tile-action" aria-label={`Delete waypoint ${k + 1}`} onClick={() => setPath(`delete waypoint ${k + 1}`, path.filter((_, i) => i !== k))}><Icon name="trash" size={15} /></button>
        </li>
      ))}
    </ol>
  );
}

const USUAL = 16; // bars

function Fit() {
  const { fit } = now();
  return (
    <div class="row">
      <div class="segments" role="group" aria-label="How long the path takes">
        <button type="button" aria-pressed={fit === null} onClick={() => setFit(null)}>Each loop once</button>
        <button type="button" aria-pressed={fit !== null} onClick={() => setFit(fit ?? USUAL)}>Fit to bars</button>
      </div>
      {fit !== null && (
        <label class="small">bars <input type="number" class="bars" min={1} max={128} step={1} value={fit}
          onChange={(event) => { const bars = Math.round(Number(event.currentTarget.value)); if (bars >= 1 && bars <= 128) setFit(bars); }} /></label>
      )}
    </div>
  );
}
