/** Map as it is shown. */

import { useId, useRef, useState } from "preact/hooks";
import { SpacePicker } from "../../ui/SpacePicker";
import { Icon } from "../../ui/Icon";
import { session } from "../../state/store";
import { Tile } from "../../ui/Tile";
import { GRADIENT, legend } from "./colours";
import { fit, seen } from "./geometry";
import { hear } from "./hearing";
import { PROJECTS, titleOf, type Laid, type Project } from "./laid";
import { layOut, layOutAgain, usedSpace, working } from "./laying";
import { Scatter } from "./Scatter";
import { choose, laid, look, map, shelveChosen, shelveLine, toggle, type Mode, type Source } from "./state";
import { walk } from "./walking";
import "./map.css";

const LISTED = 200; // phrases that are listed at a time
const ACCEPTED = ".mid,.midi,.abc,.musicxml,.xml,.mxl";
const SOURCES: readonly (readonly [Source, string])[] = [["drawn", "128 draws of the space"], ["shelf", "the shelf"], ["files", "files"]];
const MODES: readonly (readonly [Mode, string, string])[] = [["move", "Move", "Drag moves the map"], ["lasso", "Lasso", "Drag around phrases to choose them"], ["line", "Line", "Drag from one phrase to another"]];

export function View() {
  const held = laid();
  const [size, setSize] = useState<readonly [number, number]>([600, 400]);
  return (
    <div class="stack map">
      <Corpus />
      {working.value && (
        <p class="row" role="status">
          <progress max={1} value={working.value.share} aria-label={working.value.what} /><span>{working.value.what}</span>
          <button type="button" class="button quiet" onClick={working.value.stop}>Cancel</button>
        </p>
      )}
      {held ? (
        <>
          <Tools held={held} />
          <Scatter laid={held} onSize={(width, height) => setSize([width, height])} />
          <Trust held={held} />
          <Chosen held={held} size={size} />
          <Walk held={held} />
          <List held={held} size={size} />
          {held.skipped.length > 0 && (
            <details><summary>{held.skipped.length} left out</summary><ul class="map-skipped">{held.skipped.slice(0, LISTED).map((each, k) => <li key={k}>{each.name}: {each.reason}</li>)}</ul></details>
          )}
        </>
      ) : !working.value && <p class="empty">Nothing is laid out yet. Choose what to lay out: phrases that sound alike will stand side by side.</p>}
    </div>
  );
}

function Corpus() {
  const { source, project } = map();
  const files = useRef<HTMLInputElement>(null);
  const id = useId();
  const begin = () => (source === "files" ? files.current?.click() : void layOut(source));
  return (
    <div class="row map-corpus" onDragOver={(event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); }}
      onDrop={(event) => {
        const dropped = [...(event.dataTransfer?.files ?? [])];
        if (!dropped.length) return;
        event.preventDefault();
        event.stopPropagation();
        void layOut("files", dropped);
      }}>
      <label class="row" for={id}><span class="soft small">Lay out</span>
        <select id={id} value={source} onChange={(event) => look({ source: event.currentTarget.value as Source })}>
          {SOURCES.map(([each, name]) => <option key={each} value={each}>{each === "shelf" ? `${name} (${session.value.items.length} items)` : name}</option>)}
        </select>
      </label>
      <label class="row"><span class="soft small">by</span>
        <select value={project} aria-label="Projection" onChange={(event) => void layOutAgain({ project: event.currentTarget.value as Project })}>
          {PROJECTS.map(([each, name]) => <option key={each} value={each}>{name}</option>)}
        </select>
      </label>
      <button type="button" class="button primary" disabled={!usedSpace()} onClick={begin}>{source === "files" ? "Choose files" : "Lay out"}</button>
      <input ref={files} type="file" multiple accept={ACCEPTED} class="hidden-text" tabIndex={-1} aria-hidden="true" aria-label="Files to lay out" onChange={(event) => {
        const chosen = [...(event.currentTarget.files ?? [])];
        event.currentTarget.value = "";
        if (chosen.length) void layOut("files", chosen);
      }} />
      <SpacePicker verb="map" value={usedSpace()} onChange={(space) => void layOutAgain({ space })} />
    </div>
  );
}

function Tools({ held }: { held: Laid }) {
  const { mode, colour } = map();
  const shown = legend(held, colour);
  return (
    <div class="row">
      <div class="segments" role="group" aria-label="What a drag does">
        {MODES.map(([each, name, what]) => <button key={each} type="button" title={what} aria-pressed={mode === each} onClick={() => look({ mode: each })}>{name}</button>)}
      </div>
      <button type="button" class="button" onClick={() => look({ view: null })}>Whole map</button>
      <label class="row"><span class="soft small">Colour</span>
        <select value={colour} onChange={(event) => look({ colour: event.currentTarget.value })}>
          <option value="">one colour</option><option value="name">name</option>
          {Object.keys(held.attributes).map((name) => <option key={name}>{name}</option>)}
        </select>
      </label>
      {shown?.kind === "range" && <span class="row small map-legend"><span>{Number(shown.low.toFixed(2))}</span><i style={{ background: GRADIENT }} aria-hidden="true" /><span>{Number(shown.high.toFixed(2))} {shown.unit}</span></span>}
      {shown?.kind === "names" && <span class="small soft">{shown.count} names; hues repeat after a few</span>}
    </div>
  );
}

function Trust({ held }: { held: Laid }) {
  const far = "Who lies beside whom means something here; distances between far groups mean little.";
  const flat = held.plane && `The picture shows ${Math.round(100 * (held.plane.shares[0] + held.plane.shares[1]))} % of how the points differ.`;
  return (
    <p class="small">
      <b>Trust {held.trust.toFixed(2)}</b> <span class="soft">(1: neighbours on the map are neighbours in the space; 0.5: by chance). {flat ?? far}</span>
    </p>
  );
}

function Chosen({ held, size }: { held: Laid; size: readonly [number, number] }) {
  const { chosen, view } = map();
  const inView = () => seen(held.points, view ?? fit(held.points, ...size), ...size);
  return (
    <div class="row">
      <button type="button" class="button" disabled={!chosen.length} onClick={shelveChosen}><Icon name="shelf" size={16} />Put {chosen.length || "the"} chosen on the shelf</button>
      <button type="button" class="button" onClick={() => choose("choose what is in view", [...chosen, ...inView()])}>Choose those in view</button>
      <button type="button" class="button" disabled={!chosen.length} onClick={() => choose("choose none", [])}>Choose none</button>
    </div>
  );
}

function Walk({ held }: { held: Laid }) {
  const { chosen, line, steps } = map();
  const [from, to] = chosen;
  return (
    <section class="stack" aria-label="A line on the map">
      <div class="row">
        <label class="row"><span class="soft small">A line of</span>
          <input type="number" class="map-steps" min={3} max={16} value={steps} onChange={(event) => look({ steps: Math.min(16, Math.max(3, Math.round(Number(event.currentTarget.value)) || 7)) })} />
          <span class="soft small">steps</span></label>
        <button type="button" class="button" disabled={chosen.length !== 2 || !!working.value} onClick={() => void walk(from!, to!)}>Between the two chosen</button>
        <span class="soft small">{held.plane ? "Each step is decoded from its place on the map." : "This map has no way back into the space: the steps lead through the space from the one to the other."}</span>
      </div>
      {line && (
        <>
          <div class="map-line">
            {line.steps.map((step, k) => <Tile key={k} score={step.score} quarters={held.quarters} name={step.name} playKey={`map-line-${k}`} take={step.take} />)}
          </div>
          <div class="row"><button type="button" class="button" onClick={shelveLine}><Icon name="shelf" size={16} />Put the line on the shelf</button></div>
        </>
      )}
    </section>
  );
}

/** The map as a list: what is in view, with boxes to choose. */
function List({ held, size }: { held: Laid; size: readonly [number, number] }) {
  const { chosen, view } = map();
  const [open, setOpen] = useState(false);
  const all = open ? seen(held.points, view ?? fit(held.points, ...size), ...size) : [];
  const marked = new Set(chosen);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The phrases in view as a list</summary>
      {all.length > LISTED && <p class="small soft">The first {LISTED} of {all.length}; zoom in to see the others.</p>}
      <ul class="map-list">
        {all.slice(0, LISTED).map((k) => (
          <li key={k} class="row">
            <label class="check"><input type="checkbox" checked={marked.has(k)} onChange={() => toggle(k)} />{titleOf(held, k)}</label>
            <button type="button" class="tile-action" aria-label={`Play ${titleOf(held, k)}`} onClick={() => hear(k)}><Icon name="play" size={14} /></button>
          </li>
        ))}
      </ul>
    </details>
  );
}
