/** The nine classes of drums and the General MIDI pitches that count as each, as in `scorespace.music.drums`. */

export interface DrumClass {
  readonly name: string;
  /** The first one is the one that is written. */
  readonly pitches: readonly number[];
}

export const DRUMS: readonly DrumClass[] = [
  { name: "kick", pitches: [36, 35] },
  { name: "snare", pitches: [38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85] },
  { name: "closed hi-hat", pitches: [42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22] },
  { name: "open hi-hat", pitches: [46, 67, 72, 74, 79, 81, 26] },
  { name: "low tom", pitches: [45, 29, 41, 43, 61, 64, 84] },
  { name: "mid tom", pitches: [48, 47, 60, 63, 77, 86, 87] },
  { name: "high tom", pitches: [50, 30, 62, 76, 83] },
  { name: "crash", pitches: [49, 52, 55, 57, 58] },
  { name: "ride", pitches: [51, 53, 59, 82] },
];

const CLASS_OF = new Map(DRUMS.flatMap((drum, number) => drum.pitches.map((pitch) => [pitch, number] as const)));

/** The class of a pitch, 0-8; null where no class holds it. */
export function drumClass(pitch: number): number | null {
  return CLASS_OF.get(pitch) ?? null;
}

export function drumName(pitch: number): string {
  const found = drumClass(pitch);
  return found === null ? `drum ${pitch}` : DRUMS[found]!.name;
}

/** From the top of a picture to its bottom: cymbals, toms, snare, kick. */
export const ROWS_FROM_TOP: readonly number[] = [7, 8, 3, 2, 6, 5, 4, 1, 0];
