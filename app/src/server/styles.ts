/** Styles of the user's own: made of a few scores, kept by the server, named in the verbs' requests. */

import type { Score } from "../music/score";
import { lines, postJson, request, type Take } from "./api";
import { watchServer } from "./spaces";

/** A style as it travels: its arrays are the server's business. */
export interface Style {
  readonly name: string;
  readonly space: string;
  readonly weights: string;
  readonly style: string;
  readonly arrays: Readonly<Record<string, unknown>>;
  readonly table: {
    readonly phrases: number;
    readonly warnings?: readonly string[];
    readonly held_out?: { readonly files: readonly string[]; readonly phrases: number; readonly before: number; readonly after: number } | null;
    readonly copied?: { readonly samples: number; readonly before: number; readonly after: number } | null;
  };
}

export interface Named {
  readonly name: string;
  readonly score: Score;
}

/** A row of the check: how many phrases of a score can be used, and what is doubtful. */
export interface Usable {
  readonly name: string;
  readonly phrases: number;
  readonly problem: string;
}

/** A line of an adaptation. `loss` and `plain` are nats a phrase of files left out in turn, `heldOut` of those set aside. */
export interface Step {
  readonly progress?: number;
  readonly said?: string;
  readonly loss?: number | null;
  readonly plain?: number | null;
  readonly heldOut?: { readonly before: number; readonly after: number } | null;
  readonly style?: Style | null;
  readonly before?: readonly Take[];
  readonly after?: readonly Take[];
}

export async function checkScores(space: string, inputs: readonly Named[], signal?: AbortSignal): Promise<readonly Usable[]> {
  return (await postJson<{ files: readonly Usable[] }>("adapt/check", { space, inputs }, signal)).files;
}

export async function adapt(body: { space: string; inputs: readonly Named[]; seed: number; seconds: number }, onStep: (step: Step) => void, signal: AbortSignal): Promise<void> {
  await lines<Step>("adapt", body, onStep, signal);
}

/** Keeps a style under a name; the spaces then list it. */
export async function keepStyle(name: string, style: Style, replace: boolean): Promise<string> {
  const kept = await postJson<{ name: string }>("styles", { name, style, replace });
  await watchServer();
  return kept.name;
}

export async function forgetStyle(name: string): Promise<void> {
  await request(`styles/${encodeURIComponent(name)}`, { method: "DELETE" });
  await watchServer();
}
