/** Draws the map on a canvas. */

import type { Line } from "./state";
import { onScreen, seen, type View } from "./geometry";
import type { Laid, Point } from "./laid";

const MANY = 2500; // points in view from which on they are small squares, which draw faster

export interface Picture {
  readonly laid: Laid;
  readonly view: View;
  /** One a point; none = all have the accent's. */
  readonly colours: readonly string[];
  readonly chosen: ReadonlySet<number>;
  readonly marked: number | null;
  readonly sounding: number | null;
  readonly line: Line | null;
  /** What is being drawn by hand, in pixels. */
  readonly lasso: readonly Point[];
  readonly rubber: readonly [Point, Point] | null;
}

export function draw(canvas: HTMLCanvasElement, picture: Picture): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const sharp = devicePixelRatio;
  if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
  }
  const brush = canvas.getContext("2d")!;
  brush.setTransform(sharp, 0, 0, sharp, 0, 0);
  brush.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const paint = (name: string) => style.getPropertyValue(name);
  points(brush, picture, width, height, paint("--accent"), paint("--line-strong"));
  if (picture.line) stroke(brush, [picture.line.from, picture.line.to].map((k) => onScreen(picture.view, picture.laid.points[k]!)), paint("--fresh"), 2.5);
  for (const k of picture.chosen) ring(brush, picture, k, paint("--ink"), 5, 2);
  if (picture.sounding !== null) ring(brush, picture, picture.sounding, paint("--sound"), 8, 3);
  if (picture.marked !== null) ring(brush, picture, picture.marked, paint("--accent-strong"), 11, 2);
  if (picture.lasso.length > 1) stroke(brush, [...picture.lasso, picture.lasso[0]!], paint("--fresh"), 1.5, [5, 4]);
  if (picture.rubber) stroke(brush, picture.rubber, paint("--fresh"), 2.5, [6, 4]);
}

function points(brush: CanvasRenderingContext2D, { laid, view, colours }: Picture, width: number, height: number, accent: string, edge: string): void {
  const many = seen(laid.points, view, width, height).length > MANY;
  brush.fillStyle = accent;
  brush.strokeStyle = edge;
  brush.lineWidth = 0.75;
  for (let k = 0; k < laid.points.length; k += 1) {
    const [x, y] = onScreen(view, laid.points[k]!);
    if (x < -6 || y < -6 || x > width + 6 || y > height + 6) continue;
    if (colours.length) brush.fillStyle = colours[k]!;
    if (many) {
      brush.fillRect(x - 1.5, y - 1.5, 3, 3);
      continue;
    }
    brush.beginPath();
    brush.arc(x, y, 4, 0, 7);
    brush.fill();
    brush.stroke();
  }
}

function ring(brush: CanvasRenderingContext2D, { laid, view }: Picture, k: number, colour: string, radius: number, width: number): void {
  const point = laid.points[k];
  if (!point) return;
  brush.beginPath();
  brush.arc(...onScreen(view, point), radius, 0, 7);
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.stroke();
}

function stroke(brush: CanvasRenderingContext2D, line: readonly Point[], colour: string, width: number, dashes: number[] = []): void {
  brush.beginPath();
  line.forEach(([x, y], k) => (k ? brush.lineTo(x, y) : brush.moveTo(x, y)));
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.setLineDash(dashes);
  brush.stroke();
  brush.setLineDash([]);
}
