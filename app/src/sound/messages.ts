/** What goes between the page and the synthesiser's thread. */

/** A zone of a program: SoundFont generators by number, modulators as the five numbers of the format. */
export interface Zone {
  readonly keys: readonly [number, number];
  readonly generators: readonly (readonly [number, number])[];
  readonly modulators: readonly (readonly number[])[];
  /** Number of the sample in the bank. */
  readonly sample: number;
}

export interface Sample {
  readonly number: number;
  readonly name: string;
  readonly points: Float32Array;
  readonly rate: number;
  readonly key: number;
  readonly correction: number;
  readonly loop: readonly [number, number];
}

export interface ProgramName {
  readonly program: number;
  readonly drum: boolean;
  readonly name: string;
}

/** A MIDI message at a time of the context, in seconds. */
export interface Timed {
  readonly time: number;
  readonly data: readonly number[];
}

export type ToSynth =
  | { readonly type: "programs"; readonly programs: readonly ProgramName[] }
  | { readonly type: "load"; readonly program: number; readonly drum: boolean; readonly zones: readonly Zone[]; readonly samples: readonly Sample[] }
  /** `live` ones are not taken back by a `cancel`. */
  | { readonly type: "events"; readonly events: readonly Timed[]; readonly live: boolean }
  /** Takes back what has not sounded and stands at or after a time. */
  | { readonly type: "cancel"; readonly from: number }
  | { readonly type: "silence" }
  | { readonly type: "ask"; readonly number: number };

/** Answers `ask`, after all that was sent before it. */
export interface FromSynth {
  readonly answered: number;
}

export const PROCESSOR = "scorespace-synth";
