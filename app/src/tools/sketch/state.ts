/** What Sketch keeps, and the items that it writes. */

import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import type { Note, Score } from "../../music/score";
import { fittingSpace, spacesWith } from "../../server/spaces";
import type { Item, TakeInfo } from "../../state/session";
import { change, itemById, makeItem, selected, session, toolState } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { barOf, METRES, MOST_BARS, shifted, trimmed } from "./grid";

export type Kind = "melody" | "drums";

/** A result that is not on the shelf yet. */
export interface Idea {
  readonly name: string;
  readonly score: Score;
  readonly quarters: number;
  readonly take: TakeInfo;
}

export interface SketchState {
  readonly kind: Kind;
  /** The items that are drawn on. */
  readonly melody: string | null;
  readonly drums: string | null;
  readonly mode: "draw" | "erase" | "velocity";
  /** The lowest pitch that the rows reach. */
  readonly low: number;
  /** Null = the one that fits. */
  readonly space: string | null;
  readonly amount: number;
  readonly ideas: readonly Idea[];
  /** The one that was heard last. */
  readonly chosen: number;
}

const LOWEST_LOW = 12;
const LOWEST_HIGH = 96;

const FIRST: SketchState = {
  kind: "melody", melody: null, drums: null, mode: "draw", low: 60, space: null, amount: 0.3, ideas: [], chosen: 0,
};

export function sketch(): SketchState {
  return toolState("sketch", FIRST);
}

export function set(label: string, part: Partial<SketchState>, merge: string | null = null): void {
  change(label, (now) => ({ ...now, tools: { ...now.tools, sketch: { ...(now.tools.sketch as object | undefined), ...part } } }), merge);
}

/** What is drawn on; an empty one that is not on the shelf yet where there is none. */
export function page(): Item {
  const state = sketch();
  return itemById(state[state.kind]) ?? blank(state.kind);
}

const blanks = new Map<Kind, Item>();

function blank(kind: Kind): Item {
  const made = blanks.get(kind) ?? makeItem("", emptyScore(kind), 8);
  blanks.set(kind, made);
  return made;
}

function emptyScore(kind: Kind): Score {
  const track = kind === "drums" ? { notes: [], name: "drums", drum: true } : { notes: [], name: "melody" };
  return { tracks: [track], tempos: [[0, session.value.settings.qpm ?? 110]], metres: [[0, 4, 4]] };
}

export function notesOf(item: Item): readonly Note[] {
  return item.score.tracks[0]?.notes ?? [];
}

export function metreOf(item: Item): string {
  const [, above, below] = item.score.metres[0]!;
  return `${above}/${below}`;
}

export function barsOf(item: Item): number {
  return Math.max(1, Math.round(item.quarters / barOf(metreOf(item))));
}

interface Part {
  readonly notes?: readonly Note[];
  readonly quarters?: number;
  readonly score?: Partial<Score>;
  readonly state?: Partial<SketchState>;
}

/** Writes notes, length or metre. The first stroke puts a new sketch on the shelf, or a copy of what is not the user's own. */
export function write(label: string, part: Part, merge: string | null = null): void {
  change(label, (now) => {
    const state: SketchState = { ...FIRST, ...(now.tools.sketch as Partial<SketchState> | undefined) };
    const { kind } = state;
    const id = state[kind];
    const shown = now.items.find((item) => item.id === id);
    const old = shown?.own ? shown : null;
    const base = old ?? { ...makeItem(shown ? `sketch of ${shown.name}` : freeName(kind), page().score, page().quarters), own: true };
    const tracks = part.notes ? base.score.tracks.map((track, i) => (i === 0 ? { ...track, notes: part.notes! } : track)) : base.score.tracks;
    const item: Item = { ...base, quarters: part.quarters ?? base.quarters, score: { ...base.score, ...part.score, tracks } };
    return {
      ...now,
      items: old ? now.items.map((each) => (each.id === id ? item : each)) : [...now.items, item],
      selected: item.id,
      tools: { ...now.tools, sketch: { ...(now.tools.sketch as object | undefined), ...part.state, [kind]: item.id } },
    };
  }, merge);
  const now = page();
  if (playing.value?.key === now.id) player.swap({ key: now.id, score: now.score, quarters: now.quarters }, "now").catch(complain);
}

function freeName(kind: Kind): string {
  const stem = kind === "drums" ? "Beat" : "Sketch";
  const names = new Set(session.value.items.map((item) => item.name));
  let number = 1;
  while (names.has(`${stem} ${number}`)) number += 1;
  return `${stem} ${number}`;
}

export function setBars(bars: number): void {
  const now = page();
  const quarters = bars * barOf(metreOf(now));
  const kept = trimmed(notesOf(now), quarters);
  const lost = notesOf(now).length - kept.length;
  write(`${bars} bar${bars === 1 ? "" : "s"}`, { quarters, notes: kept });
  if (lost) say(`${lost} note${lost === 1 ? "" : "s"} stood after that and went; undo brings them back.`);
}

export function setMetre(metre: string): void {
  const [above = 4, below = 4] = metre.split("/").map(Number);
  const now = page();
  const quarters = barsOf(now) * barOf(metre);
  write(`metre ${metre}`, { quarters, notes: trimmed(notesOf(now), quarters), score: { metres: [[0, above, below]] } });
}

/** Notes and rows an octave or more higher or lower, as far as the pitches reach. */
export function shiftOctave(by: number): void {
  const notes = notesOf(page());
  const next = shifted(notes, by);
  const low = Math.min(LOWEST_HIGH, Math.max(LOWEST_LOW, sketch().low + 12 * by));
  const label = by > 0 ? "an octave up" : "an octave down";
  if (!notes.length) set(label, { low });
  else if (next !== notes) write(label, { notes: next, state: { low } });
}

/** Begins another one; what was drawn stays on the shelf. */
export function newSketch(): void {
  set("new sketch", { [sketch().kind]: null, ideas: [] });
}

/** Why an item cannot be drawn on, or null. */
export function whyNot(item: Item): string | null {
  const metre = metreOf(item);
  if (item.score.tracks.length !== 1) return "Sketch draws one track";
  if (item.score.metres.length > 1 || !(METRES as readonly string[]).includes(metre)) return `Sketch knows ${METRES.join(", ")}`;
  if (item.quarters > MOST_BARS * barOf(metre) + 1e-6) return `Sketch has room for ${MOST_BARS} bars`;
  return null;
}

/** Shows an item on the matrix. */
export function drawOn(item: Item): void {
  const kind: Kind = item.score.tracks[0]?.drum ? "drums" : "melody";
  set(`draw on ${item.name}`, { kind, [kind]: item.id });
}

/** Puts an idea on the shelf and on the matrix, as one's own. */
export function drawOnIdea({ name, score, quarters }: Idea): void {
  const item: Item = { ...makeItem(`sketch of ${name}`, score, quarters), own: true };
  const kind: Kind = score.tracks[0]?.drum ? "drums" : "melody";
  change(`draw on ${name}`, (now) => ({
    ...now,
    items: [...now.items, item],
    selected: item.id,
    tools: { ...now.tools, sketch: { ...(now.tools.sketch as object | undefined), kind, [kind]: item.id } },
  }));
}

/** The selected item, if Sketch could draw on it and does not. */
export function otherItem(): Item | null {
  const item = selected.value;
  return item && item.id !== page().id && !whyNot(item) ? item : null;
}

/** The space that takes such a sketch: the chosen one, else one that fits. */
export function spaceOf(): string | null {
  const { space } = sketch();
  if (space !== null && spacesWith("vary").some((each) => each.name === space)) return space;
  const { score, quarters } = page();
  return fittingSpace(score, quarters, "vary")?.name ?? null;
}
