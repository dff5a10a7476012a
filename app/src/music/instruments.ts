/** Names of General MIDI programs, counted from 0: the ones that lanes are most often given. */

export const INSTRUMENTS: readonly (readonly [program: number, name: string])[] = [
  [0, "piano"], [4, "electric piano"], [6, "harpsichord"], [11, "vibraphone"], [16, "organ"], [21, "accordion"], [24, "nylon guitar"],
  [25, "steel guitar"], [27, "electric guitar"], [32, "double bass"], [33, "electric bass"], [40, "violin"], [42, "cello"], [46, "harp"],
  [48, "strings"], [52, "choir"], [56, "trumpet"], [60, "horn"], [65, "alto saxophone"], [68, "oboe"], [71, "clarinet"], [73, "flute"],
  [80, "square lead"], [81, "saw lead"], [89, "warm pad"],
];

export function instrumentName(program: number): string {
  return INSTRUMENTS.find(([number]) => number === program)?.[1] ?? `program ${program + 1}`;
}
