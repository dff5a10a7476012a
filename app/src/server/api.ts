/** The server's routes, one a verb. Every call can be given up with an AbortSignal, which stops the work there. */

import { signal } from "@preact/signals";
import type { Score } from "../music/score";
import type { TakeInfo } from "../state/session";

export interface Take extends TakeInfo {
  readonly score: Score;
  readonly quarters: number;
  readonly z: readonly (readonly number[])[];
}

/** One clear sentence, and what the user can do. */
export class ServerError extends Error {
  constructor(readonly code: string, message: string, readonly hint: string | null = null) {
    super(message);
  }
}

const TOKEN = "scorespace-token";

/** The token of this launch: in the address at first, then kept for the tab. */
export function token(): string {
  const found = /[#&]token=([\w-]+)/.exec(location.hash)?.[1];
  if (found) {
    sessionStorage.setItem(TOKEN, found);
    history.replaceState(null, "", location.pathname + location.hash.replace(/[#&]token=[\w-]+/, "").replace(/^#?&?/, "#").replace(/^#$/, ""));
  }
  return sessionStorage.getItem(TOKEN) ?? "";
}

/** How many calls wait for an answer. */
export const inFlight = signal(0);
let tellGone: () => void = () => {};

/** What is to be done when a call finds no server. */
export function onGone(listener: () => void): void {
  tellGone = listener;
}

/** @param counted whether it is work that someone waits for; an answer that is held back until there is news is none */
export async function request(path: string, init: RequestInit = {}, counted = true): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token()}`);
  let response: Response;
  inFlight.value += Number(counted);
  try {
    response = await fetch(`v1/${path}`, { ...init, headers });
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    tellGone();
    throw new ServerError("gone", "The server is gone.", "Start `scorespace app` again; your session is kept here.");
  } finally {
    inFlight.value -= Number(counted);
  }
  if (!response.ok) {
    const told = (await response.json().catch(() => null)) as { error?: { code: string; message: string; hint?: string } } | null;
    const said = told?.error;
    throw new ServerError(said?.code ?? String(response.status), said?.message ?? `The server answered ${response.status}.`, said?.hint ?? null);
  }
  return response;
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  return (await response.json()) as T;
}

/**
 * Runs a verb: `sample`, `reconstruct`, `vary`, `interpolate`, `palette`, `edit`, `inpaint`, `decode`, ...
 *
 * @param body arguments as in Python, snake_case, with `space`, `seed`, `temperature` and `inputs` (a list of scores)
 */
export async function run(verb: string, body: Record<string, unknown>, signal?: AbortSignal): Promise<Take[]> {
  return (await postJson<{ takes: Take[] }>(verb, body, signal)).takes;
}

/** Runs a verb whose takes come one by one, as they are made. */
export async function runStreamed(verb: string, body: Record<string, unknown>, onTake: (take: Take) => void, signal?: AbortSignal): Promise<void> {
  await lines<{ take?: Take }>(verb, body, (line) => line.take && onTake(line.take), signal);
}

/** Reads newline-delimited JSON as it comes. An `error` line is thrown. */
export async function lines<T>(path: string, body: unknown, onLine: (line: T) => void, signal?: AbortSignal): Promise<void> {
  const response = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/x-ndjson" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop()!;
    for (const part of parts) {
      if (!part) continue;
      const line = JSON.parse(part) as T & { error?: { code: string; message: string; hint?: string } };
      if (line.error) throw new ServerError(line.error.code, line.error.message, line.error.hint ?? null);
      onLine(line);
    }
  }
}

/** A file's score: MIDI, ABC or MusicXML. */
export async function readFile(file: File): Promise<{ score: Score; quarters: number; take?: TakeInfo }> {
  const response = await request(`read?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  return (await response.json()) as { score: Score; quarters: number; take?: TakeInfo };
}

/** A score as a file: "mid", "musicxml", "abc", "svg" or "wav"; a take's provenance travels in MIDI files. */
export async function writeFile(score: Score, format: string, provenance?: unknown, signal?: AbortSignal): Promise<Blob> {
  const response = await request(`write/${format}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ score, ...(provenance ? { provenance } : {}) }),
    ...(signal ? { signal } : {}),
  });
  return response.blob();
}

export interface Attribute {
  readonly name: string;
  readonly unit: string;
  readonly what: string;
  /** Lowest and highest of the middle 98 % of the space's phrases. */
  readonly range: readonly [number, number];
  /** A goal counts as got within half of it. */
  readonly step: number;
  readonly movable: boolean;
  /** Why it is not movable. */
  readonly reason: string | null;
}

export interface SpaceInfo {
  readonly name: string;
  readonly limits: string;
  readonly bars: number;
  readonly metres: readonly string[];
  readonly parts: readonly string[];
  readonly drums: boolean;
  readonly inpaints: boolean;
  /** Which verbs it has. */
  readonly verbs: readonly string[];
  readonly attributes: readonly Attribute[];
  /** Degrees of each genre on the circle; empty without genres. */
  readonly genres: Readonly<Record<string, number>>;
  readonly styles: readonly string[];
}

export async function spaces(): Promise<SpaceInfo[]> {
  return ((await (await request("spaces")).json()) as { spaces: SpaceInfo[] }).spaces;
}
