/** What the tools ask of the sound: one thing plays at a time. `engine.ts` makes the sound. */

import { signal } from "@preact/signals";
import type { Score } from "../music/score";

export interface Playing {
  /** Who plays: an item's id, or a name that a tool gives, so that it can show what sounds. */
  readonly key: string;
  readonly score: Score;
  readonly quarters: number;
}

export interface Player {
  /** Plays from `from` (quarter notes); in a loop where the settings or `loop` say so. Resumes the audio if it sleeps. */
  play(what: Playing, options?: { from?: number; to?: number; loop?: boolean }): Promise<void>;
  /** Puts another score in the place of what plays, at once or at the next beat or bar; starts if nothing plays. */
  swap(what: Playing, when: "now" | "beat" | "bar"): Promise<void>;
  stop(): void;
  /** One note at once, for feedback. */
  note(pitch: number, program: number, drum: boolean, seconds?: number): void;
}

export const playing = signal<Playing | null>(null);
/** In quarter notes from the beginning of what plays; moves on with every frame. */
export const playhead = signal(0);
