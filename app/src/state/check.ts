/** Reads a session from JSON that may come from anywhere: what is wrong is said in one sentence. */

import { DEFAULTS, type Item, type Session, type Settings, type TakeInfo, type ToolName } from "./session";
import type { Score } from "../music/score";

export const TOOL_NAMES: readonly ToolName[] = ["sketch", "interpolate", "palette", "edit", "inpaint", "map", "arrange", "adapt", "train"];
const MOST_ITEMS = 5000;
const LONGEST = 1e6; // quarter notes, as in scorespace.space.provenance

type Table = Record<string, unknown>;

class SessionError extends Error {
  readonly hint = "Your session is left as it is.";
}

/**
 * The session in a text.
 *
 * @throws SessionError when it is none; its message names what was found and where
 */
export function parseSession(text: string, name = "This file"): Session {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new SessionError(`${name} is no session of Scorespace: it is not JSON.`);
  }
  return checkSession(found, name);
}

export function checkSession(found: unknown, name = "This file"): Session {
  const fail = (what: string): never => {
    throw new SessionError(`${name} is no usable session: ${what}.`);
  };
  if (!isTable(found) || !("format" in found) || !Array.isArray(found.items)) return fail("it has no format number and no list of items");
  if (found.format !== 1) return fail(`its format is ${String(found.format)}, this version reads 1`);
  if (found.items.length > MOST_ITEMS) return fail(`it has ${found.items.length} items, at most ${MOST_ITEMS} are read`);
  const items = found.items.map((each, i) => {
    const wrong = wrongItem(each);
    return wrong ? fail(`item ${i + 1}: ${wrong}`) : cleaned(each as Item);
  });
  if (new Set(items.map((item) => item.id)).size < items.length) return fail("two items have the same id");
  const tools = found.tools ?? {};
  if (!isTable(tools) || Object.values(tools).some((state) => !isTable(state))) return fail("what its tools keep is damaged");
  return {
    format: 1,
    items,
    selected: items.some((item) => item.id === found.selected) ? (found.selected as string) : (items[0]?.id ?? null),
    tool: TOOL_NAMES.includes(found.tool as ToolName) ? (found.tool as ToolName) : "sketch",
    tools: Object.fromEntries(Object.entries(tools).filter(([tool]) => TOOL_NAMES.includes(tool as ToolName))),
    settings: checkSettings(found.settings),
  };
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongItem(item: unknown): string | null {
  if (!isTable(item) || typeof item.id !== "string" || !item.id) return "it has no id";
  if (typeof item.name !== "string") return "it has no name";
  if (!within(item.quarters, 1e-3, LONGEST)) return "its length in quarter notes is missing or impossible";
  if (item.take !== undefined && !isTake(item.take)) return "what is said of how it was made is damaged";
  return wrongScore(item.score);
}

function isTake(take: unknown): take is TakeInfo {
  return isTable(take) && typeof take.verb === "string" && typeof take.space === "string" && isTable(take.provenance)
    && (take.seed === null || typeof take.seed === "number");
}

/** What is wrong with a score, or null. */
export function wrongScore(score: unknown): string | null {
  if (!isTable(score) || !Array.isArray(score.tracks)) return "it has no tracks";
  if (!isMap(score.tempos, (entry) => within(entry[1], 1e-3, 1e6))) return "its tempos are damaged";
  if (!isMap(score.metres, (entry) => whole(entry[1], 1, 255) && whole(entry[2], 1, 256))) return "its metres are damaged";
  for (const [i, track] of score.tracks.entries()) {
    if (!isTable(track) || !Array.isArray(track.notes)) return `track ${i + 1} has no notes`;
    if (track.program !== undefined && !whole(track.program, 0, 127)) return `track ${i + 1} has program ${String(track.program)}, 0 to 127 are allowed`;
    const bad = track.notes.findIndex((note) => !isNote(note));
    if (bad >= 0) return `note ${bad + 1} of track ${i + 1} is damaged`;
  }
  return null;
}

function isNote(note: unknown): boolean {
  return Array.isArray(note) && note.length === 4 && within(note[0], 0, LONGEST) && within(note[1], 0, LONGEST)
    && whole(note[2], 0, 127) && whole(note[3], 0, 127);
}

/** A tempo or metre map: the first entry stands at 0. */
function isMap(map: unknown, right: (entry: unknown[]) => boolean): boolean {
  return Array.isArray(map) && map.length > 0 && map.every((entry) => Array.isArray(entry) && within(entry[0], 0, LONGEST) && right(entry))
    && (map[0] as unknown[])[0] === 0;
}

function within(value: unknown, low: number, high: number): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= low && value <= high;
}

function whole(value: unknown, low: number, high: number): boolean {
  return within(value, low, high) && Number.isInteger(value);
}

/** Only the keys that an item has. */
function cleaned({ id, name, score, quarters, take, starred, own }: Item): Item {
  return { id, name: name.slice(0, 200), score: score as Score, quarters, ...(take ? { take } : {}), ...(starred ? { starred: true } : {}), ...(own ? { own: true } : {}) };
}

/** Settings as far as they are sound; the usual ones in the place of others. */
function checkSettings(found: unknown): Settings {
  if (!isTable(found)) return DEFAULTS;
  const right: Record<keyof Settings, (value: unknown) => boolean> = {
    loop: (v) => typeof v === "boolean",
    qpm: (v) => v === null || within(v, 10, 400),
    swing: (v) => within(v, 0, 1),
    metronome: (v) => typeof v === "boolean",
    tonic: (v) => v === null || whole(v, 0, 11),
    scale: (v) => typeof v === "string",
    volume: (v) => within(v, 0, 1),
    muted: (v) => Array.isArray(v) && v.every((name) => typeof name === "string"),
  };
  const kept = Object.entries(found).filter(([key, value]) => right[key as keyof Settings]?.(value));
  return { ...DEFAULTS, ...Object.fromEntries(kept) };
}
