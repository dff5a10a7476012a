/** What a session is made of: plain JSON, so that it saves to one file. Nothing here is changed in place. */

import type { Score } from "../music/score";

export type ToolName = "sketch" | "interpolate" | "palette" | "edit" | "inpaint" | "map" | "arrange" | "adapt" | "train";

/** What the server says of a take; the same keys as `scorespace --json` prints. */
export interface TakeInfo {
  readonly verb: string;
  readonly index: number;
  readonly space: string;
  readonly seed: number | null;
  readonly asked?: Readonly<Record<string, number>>;
  readonly got?: Readonly<Record<string, number>>;
  readonly style?: Readonly<Record<string, unknown>>;
  /** Where an inpainting is new: (start, end) in quarter notes. */
  readonly marked?: readonly (readonly [number, number])[];
  /** All that is needed to make it again. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** A score on the shelf: one that the user brought or wrote, or a take. */
export interface Item {
  readonly id: string;
  readonly name: string;
  readonly score: Score;
  /** How long it is, rests at its end included. */
  readonly quarters: number;
  readonly take?: TakeInfo;
  readonly starred?: boolean;
  /** Written here by hand: editing its notes changes it; everything else is left as it is and edited as a copy. */
  readonly own?: boolean;
}

export interface Settings {
  readonly loop: boolean;
  /** Quarter notes a minute; null = as each score says. */
  readonly qpm: number | null;
  /** 0 = straight; 1/3 = triplets: how much later the off-beat quaver comes, as a share of a quaver. */
  readonly swing: number;
  readonly metronome: boolean;
  /** 0 = C, ...; null = no lock. */
  readonly tonic: number | null;
  readonly scale: string;
  readonly volume: number;
  /** Names of the parts that are silent. */
  readonly muted: readonly string[];
}

export interface Session {
  readonly format: 1;
  readonly items: readonly Item[];
  readonly selected: string | null;
  readonly tool: ToolName;
  /** What each tool keeps: plain JSON of its own making. */
  readonly tools: Readonly<Partial<Record<ToolName, unknown>>>;
  readonly settings: Settings;
}

export const DEFAULTS: Settings = {
  loop: true, qpm: null, swing: 0, metronome: false, tonic: null, scale: "major", volume: 0.8, muted: [],
};

export const EMPTY: Session = {
  format: 1, items: [], selected: null, tool: "sketch", tools: {}, settings: DEFAULTS,
};
