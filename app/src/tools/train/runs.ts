/** Runs on the server: what there is, how to start, follow, stop and use them. */

import { postJson, request } from "../../server/api";
import type { Score } from "../../music/score";
import type { Figures } from "./curves";

export type RunState = "preparing" | "running" | "stopping" | "finished" | "interrupted" | "failed";

export interface Run {
  readonly name: string;
  readonly state: RunState;
  readonly recipe: string;
  readonly model: string;
  readonly z_size: number | null;
  readonly step: number;
  readonly steps: number;
  readonly minutes: number | null;
  /** How many phrases its held-out figures are of; null before there is a checkpoint. */
  readonly held_out: number | null;
  /** Whether it was started by the app, which can then go on with it. */
  readonly own: boolean;
  /** Whether there is a checkpoint yet. */
  readonly usable: boolean;
  readonly used: boolean;
  readonly problem: string | null;
}

export interface Recipe {
  readonly name: string;
  readonly what: string;
  readonly model: string;
  readonly grid: string;
  readonly steps: number;
  readonly minutes: number;
  readonly batch_size: number;
  /** What can be set, such as "model.beta". */
  readonly settings: readonly string[];
  /** Data sets that were prepared for it. */
  readonly data: readonly string[];
}

export interface DataSet {
  readonly name: string;
  readonly phrases: Readonly<Record<"train" | "valid" | "test", number>> | null;
}

export interface Listing {
  readonly runs: readonly Run[];
  readonly recipes: readonly Recipe[];
  readonly data: readonly DataSet[];
}

export interface News {
  readonly run: Run;
  /** From which line on `lines` are; 0 where the run has gone back. */
  readonly from: number;
  readonly lines: readonly Figures[];
  /** Steps at which samples were written. */
  readonly samples: readonly number[];
}

export interface Sample {
  readonly name: string;
  readonly score: Score;
  readonly quarters: number;
}

const WAIT = 20; // seconds that the server holds an answer back until there is news

export function isGoing(state: RunState): boolean {
  return state === "preparing" || state === "running" || state === "stopping";
}

export async function listing(signal?: AbortSignal): Promise<Listing> {
  return (await (await request("runs", signal ? { signal } : {})).json()) as Listing;
}

export interface Wish {
  readonly recipe: string;
  readonly data?: string;
  readonly inputs?: readonly Score[];
  readonly settings: Readonly<Record<string, number>>;
  readonly minutes?: number;
}

export async function start(wish: Wish): Promise<Run> {
  return (await postJson<{ run: Run }>("runs", wish)).run;
}

export async function act(name: string, what: "stop" | "resume"): Promise<Run> {
  return (await postJson<{ run: Run }>(`runs/${encodeURIComponent(name)}/${what}`, {})).run;
}

/** Makes the run's best a space; gives its name. */
export async function use(name: string): Promise<string> {
  return (await postJson<{ space: string }>(`runs/${encodeURIComponent(name)}/use`, {})).space;
}

export async function follow(name: string, after: number, samples: readonly number[], state: RunState | null, signal: AbortSignal): Promise<News> {
  const body = JSON.stringify({ after, samples, state, wait: WAIT });
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body, signal };
  return (await (await request(`runs/${encodeURIComponent(name)}/follow`, init, false)).json()) as News;
}

export async function samplesAt(name: string, step: number, signal?: AbortSignal): Promise<readonly Sample[]> {
  const response = await request(`runs/${encodeURIComponent(name)}/samples/${step}`, signal ? { signal } : {});
  return ((await response.json()) as { samples: Sample[] }).samples;
}
