/** The key and scale lock: notes outside the scale are heard as the nearest one inside. */

/** The pitch nearest to `pitch` whose class is among `classes` (0 = C); of two as near the lower. The pitch itself where there are none. */
export function nearestPitch(pitch: number, classes: ReadonlySet<number>): number {
  for (let away = 0; away < 12; away++) {
    for (const found of [pitch - away, pitch + away]) {
      if (found >= 0 && found <= 127 && classes.has(found % 12)) return found;
    }
  }
  return pitch;
}
