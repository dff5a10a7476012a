/** The circle of genres: a petal each, and a puck that is drawn or stepped to where the song is to go. */

import { useRef } from "preact/hooks";
import { degreesAt, degreesOf, neighbour, onCircle, snapped, spellPlace, wrapped, type Genres } from "./circle";

interface Props {
  readonly genres: Genres;
  /** How like each genre the song is, 0 to 1. */
  readonly likeness: Genres;
  /** The genre that the song is most like. */
  readonly present: string | null;
  readonly chosen: string | number | null;
  readonly onChange: (genre: string | number) => void;
}

const REACH = 78;
const NAMES = 104;

export function Flower({ genres, likeness, present, chosen, onChange }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const at = chosen ?? present;
  const degrees = at === null ? 0 : degreesOf(genres, at);
  const to = (event: PointerEvent) => {
    const box = svg.current!.getBoundingClientRect();
    onChange(snapped(genres, degreesAt(event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2)));
  };
  const key = (event: KeyboardEvent) => {
    const way = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(event.shiftKey ? snappedExactly(genres, wrapped(degrees + 5 * way)) : neighbour(genres, degrees, way));
  };
  const [x, y] = onCircle(degrees, REACH);
  const most = Math.max(0.01, ...Object.values(likeness));
  return (
    <svg ref={svg} class="flower" viewBox="-150 -128 300 256" role="group" aria-label="Genres on their circle"
      onPointerDown={(event) => { if (event.button === 0) { svg.current!.setPointerCapture(event.pointerId); to(event); } }}
      onPointerMove={(event) => { if (svg.current!.hasPointerCapture(event.pointerId)) to(event); }}>
      <circle r={REACH} class="flower-circle" />
      {Object.entries(genres).map(([name, place]) => (
        <Petal key={name} name={name} degrees={place} share={(likeness[name] ?? 0) / most} present={name === present} chosen={name === chosen} />
      ))}
      <g class="flower-puck" role="slider" tabindex={0} aria-label="Genre" aria-valuemin={0} aria-valuemax={360} aria-valuenow={Math.round(degrees)}
        aria-valuetext={at === null ? "none" : `${spellPlace(genres, at)}${chosen === null ? ", as the song is now" : ""}`} onKeyDown={key} transform={`translate(${x} ${y})`}>
        <circle r={15} class="flower-focus" />
        <circle r={9} class={chosen === null ? "flower-dot idle" : "flower-dot"} />
      </g>
    </svg>
  );
}

function Petal({ name, degrees, share, present, chosen }: { name: string; degrees: number; share: number; present: boolean; chosen: boolean }) {
  const [x, y] = onCircle(degrees, NAMES);
  const anchor = Math.abs(x) < 20 ? "middle" : x > 0 ? "start" : "end";
  return (
    <g class={`flower-petal${present ? " present" : ""}${chosen ? " chosen" : ""}`} aria-hidden="true">
      <ellipse cx={REACH / 2 + 4} rx={REACH / 2} ry={17} transform={`rotate(${-degrees})`} style={{ fillOpacity: 0.1 + 0.75 * share }} />
      <text x={x * (anchor === "middle" ? 1 : 0.92)} y={y + (anchor === "middle" ? (y > 0 ? 8 : 0) : 4)} text-anchor={anchor}>{name.replaceAll("_", " ")}</text>
      {present && <text class="flower-now" x={x * (anchor === "middle" ? 1 : 0.92)} y={y + (anchor === "middle" ? (y > 0 ? 20 : -12) : 16)} text-anchor={anchor}>now</text>}
    </g>
  );
}

/** With the keys, a place counts as a petal's only when it is there. */
function snappedExactly(genres: Genres, degrees: number): string | number {
  return Object.keys(genres).find((name) => Math.abs(genres[name]! - degrees) < 1e-6) ?? Math.round(degrees) % 360;
}
