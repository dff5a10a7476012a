/** The map itself: one canvas, moved, zoomed, hovered, lassoed; the arrows go from phrase to phrase. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { playing } from "../../sound/player";
import { colours } from "./colours";
import { draw } from "./draw";
import { fit, inDirection, lassoed, nearest, onMap, onScreen, zoomed, type Direction, type View } from "./geometry";
import { hear, overhear, sounding } from "./hearing";
import { titleOf, type Laid, type Point } from "./laid";
import { choose, look, map, toggle } from "./state";
import { walk } from "./walking";

const HOVER = 150; // ms until a phrase is heard
const REACH = 16; // pixels
const SLACK = 4; // pixels until a press becomes a drag
const ARROWS: Record<string, Direction> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

interface Drag {
  readonly fingers: Map<number, Point>;
  readonly start: Point;
  readonly point: number;
  moved: boolean;
}

export function Scatter({ laid, onSize }: { laid: Laid; onSize: (width: number, height: number) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { view: kept, colour, chosen, marked, line, mode } = map();
  const view = useRef<View | null>(null);
  const drag = useRef<Drag | null>(null);
  const hover = useRef<{ readonly k: number; readonly timer: ReturnType<typeof setTimeout> } | null>(null);
  const later = useRef<ReturnType<typeof setTimeout> | null>(null);
  // drawn by hand: moves may come faster than the view is made anew
  const lasso = useRef<Point[]>([]);
  const rubber = useRef<readonly [Point, Point] | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const painted = useMemo(() => colours(laid, colour), [laid, colour]);
  const held = useMemo(() => new Set(chosen), [chosen]);
  const whole = () => fit(laid.points, canvas.current?.clientWidth ?? 1, canvas.current?.clientHeight ?? 1);

  const paint = () => {
    const element = canvas.current;
    if (!element) return;
    draw(element, { laid, view: view.current ?? whole(), colours: painted, chosen: held, marked: over ?? marked, sounding: sounding(), line, lasso: lasso.current, rubber: rubber.current });
  };
  // what is looked at changes with every frame of a drag; the session hears of it when that is over
  const show = (next: View, settled: boolean) => {
    view.current = next;
    requestAnimationFrame(paint);
    if (later.current !== null) clearTimeout(later.current);
    later.current = settled ? null : setTimeout(() => look({ view: view.current }), 300);
    if (settled) look({ view: next });
  };
  useEffect(() => { view.current = kept ?? whole(); }, [kept, laid]);
  useEffect(paint);
  useEffect(() => {
    const element = canvas.current!;
    const watcher = new ResizeObserver(() => {
      onSize(element.clientWidth, element.clientHeight);
      if (!map().view) view.current = whole();
      paint();
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [laid]);
  useEffect(() => () => { if (later.current !== null) clearTimeout(later.current); if (hover.current) clearTimeout(hover.current.timer); }, []);
  void playing.value; // a ring shows what sounds

  const place = (event: PointerEvent | WheelEvent | MouseEvent): Point => {
    const box = canvas.current!.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const pointAt = (at: Point) => nearest(laid.points, onMap(view.current!, at), REACH / view.current!.scale);

  const hoverAt = (at: Point) => {
    const k = pointAt(at);
    setOver(k < 0 ? null : k);
    if (hover.current?.k === k) return;
    if (hover.current) clearTimeout(hover.current.timer);
    hover.current = k < 0 ? null : { k, timer: setTimeout(() => overhear(k), HOVER) };
  };
  const down = (event: PointerEvent) => {
    if (event.button) return;
    canvas.current!.setPointerCapture(event.pointerId);
    const at = place(event);
    if (drag.current) drag.current.fingers.set(event.pointerId, at);
    else drag.current = { fingers: new Map([[event.pointerId, at]]), start: at, point: pointAt(at), moved: false };
    if (hover.current) clearTimeout(hover.current.timer);
  };
  const move = (event: PointerEvent) => {
    const at = place(event);
    const now = drag.current;
    const before = now?.fingers.get(event.pointerId);
    if (!now || !before) return event.pointerType === "mouse" ? hoverAt(at) : undefined;
    now.moved ||= Math.hypot(at[0] - now.start[0], at[1] - now.start[1]) > SLACK;
    const other = [...now.fingers].find(([id]) => id !== event.pointerId)?.[1];
    now.fingers.set(event.pointerId, at);
    if (!now.moved) return;
    if (other) {
      const away = (from: Point) => Math.hypot(from[0] - other[0], from[1] - other[1]);
      show(zoomed(view.current!, away(at) / (away(before) || 1), other), false);
    } else if (mode === "lasso") {
      lasso.current.push(...(lasso.current.length ? [] : [now.start]), at);
      requestAnimationFrame(paint);
    } else if (mode === "line" && now.point >= 0) {
      rubber.current = [onScreen(view.current!, laid.points[now.point]!), at];
      requestAnimationFrame(paint);
    } else show({ ...view.current!, x: view.current!.x + at[0] - before[0], y: view.current!.y + at[1] - before[1] }, false);
  };
  const up = (event: PointerEvent) => {
    const now = drag.current;
    if (!now?.fingers.delete(event.pointerId) || now.fingers.size) return;
    drag.current = null;
    const at = place(event);
    if (!now.moved && now.point >= 0) { look({ marked: now.point }); toggle(now.point); }
    else if (now.moved && mode === "lasso") choose("choose with the lasso", [...(event.shiftKey ? chosen : []), ...lassoed(laid.points, lasso.current.map((each) => onMap(view.current!, each)))]);
    else if (now.moved && mode === "line" && now.point >= 0) {
      const to = pointAt(at);
      if (to >= 0) void walk(now.point, to);
    } else if (now.moved) look({ view: view.current });
    lasso.current = [];
    rubber.current = null;
    requestAnimationFrame(paint);
  };
  const zoom = (factor: number) => show(zoomed(view.current!, factor, [canvas.current!.clientWidth / 2, canvas.current!.clientHeight / 2]), true);
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Record<string, () => void> = {
      Enter: () => { if (marked !== null) hear(marked); }, " ": () => { if (marked !== null) toggle(marked); },
      "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), Home: () => look({ view: null }),
    };
    const direction = ARROWS[event.key];
    const act = direction ? () => go(direction) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const go = (direction: Direction) => {
    const middle = onMap(view.current!, [canvas.current!.clientWidth / 2, canvas.current!.clientHeight / 2]);
    const next = marked === null ? nearest(laid.points, middle) : inDirection(laid.points, marked, direction);
    const [x, y] = onScreen(view.current!, laid.points[next]!);
    const [width, height] = [canvas.current!.clientWidth, canvas.current!.clientHeight];
    const outside = x < 0 || y < 0 || x > width || y > height;
    look({ marked: next, ...(outside ? { view: { ...view.current!, x: view.current!.x + width / 2 - x, y: view.current!.y + height / 2 - y } } : {}) });
  };

  const shown = over ?? marked;
  const by = laid.attributes[colour];
  return (
    <div class="scatter">
      <canvas ref={canvas} class={`scatter-${mode}`} tabIndex={0} role="application" aria-roledescription="map" aria-describedby="scatter-told"
        aria-label={`Map of ${laid.points.length} phrases. Arrows go to the nearest phrase that way, Enter plays it, Space chooses it, plus and minus zoom.`}
        onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up} onKeyDown={onKey}
        onPointerLeave={() => { setOver(null); if (hover.current) clearTimeout(hover.current.timer); hover.current = null; }}
        onDblClick={(event) => { const k = pointAt(place(event)); if (k >= 0) hear(k); }}
        onWheel={(event) => { event.preventDefault(); show(zoomed(view.current!, Math.exp(-event.deltaY / 400), place(event)), false); }} />
      <p id="scatter-told" role="status">
        {shown === null ? "Hover over a point to hear it; click to choose it."
          : `${titleOf(laid, shown)}${held.has(shown) ? ", chosen" : ""}${by ? `: ${Number(by.values[shown]!.toFixed(2))} ${by.unit}` : ""}`}
      </p>
    </div>
  );
}
