/** Genres on their circle: degrees run anticlockwise from the right, as in `Space.genres`. */

export type Genres = Readonly<Record<string, number>>;

/** In degrees: a puck let go so near to a petal stands on it. */
const SNAP = 9;

export function wrapped(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

/** How far apart two places are, 0 to 180 degrees. */
export function apart(a: number, b: number): number {
  const way = wrapped(a - b);
  return Math.min(way, 360 - way);
}

export function nearest(genres: Genres, degrees: number): string {
  return Object.keys(genres).reduce((best, name) => (apart(genres[name]!, degrees) < apart(genres[best]!, degrees) - 1e-9 ? name : best));
}

/** The genre on whose petal a place is, or the place itself in whole degrees. */
export function snapped(genres: Genres, degrees: number): string | number {
  const name = nearest(genres, degrees);
  return apart(genres[name]!, degrees) <= SNAP ? name : Math.round(wrapped(degrees)) % 360;
}

export function degreesOf(genres: Genres, genre: string | number): number {
  return typeof genre === "number" ? wrapped(genre) : (genres[genre] ?? 0);
}

/** The genre after (1) or before (-1) a place, round the circle. */
export function neighbour(genres: Genres, degrees: number, way: 1 | -1): string {
  const further = (name: string) => wrapped(way * (genres[name]! - degrees));
  return Object.keys(genres).filter((name) => further(name) > 1e-6).reduce((best, name) => (further(name) < further(best) ? name : best));
}

/** "jazz", or "between rock and game". */
export function spellPlace(genres: Genres, genre: string | number): string {
  if (typeof genre === "string") return genre.replaceAll("_", " ");
  const [below, above] = [neighbour(genres, genre, -1), neighbour(genres, genre, 1)];
  return `between ${below} and ${above}`.replaceAll("_", " ");
}

/** A place in the plane, y down as on the screen. */
export function onCircle(degrees: number, radius: number): [x: number, y: number] {
  const turn = (degrees * Math.PI) / 180;
  return [radius * Math.cos(turn), -radius * Math.sin(turn)];
}

export function degreesAt(x: number, y: number): number {
  return wrapped((Math.atan2(-y, x) * 180) / Math.PI);
}

/** The likeliest of genres; null where nothing is known. */
export function likeliest(likeness: Genres): string | null {
  const names = Object.keys(likeness);
  return names.length ? names.reduce((best, name) => (likeness[name]! > likeness[best]! ? name : best)) : null;
}
