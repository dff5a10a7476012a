/** What Arrange keeps in the session. */

import type { Score } from "../../music/score";
import type { Item, TakeInfo } from "../../state/session";
import { changeTool, newId, session, toolState } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { SongError, place } from "./moves";
import { lastBar, NEW_SONG, type Clip, type Song } from "./song";

/** What was written for a gap, to choose from. */
export interface Offer {
  readonly lane: string;
  readonly section: string;
  readonly bar: number;
  readonly bars: number;
  readonly name: string;
  readonly choices: readonly { readonly score: Score; readonly take: TakeInfo }[];
}

interface ArrangeState {
  readonly song: Song;
  /** Entry of the course whose section is shown. */
  readonly shown: string;
  /** The chosen clip. */
  readonly clip: string | null;
  readonly offer: Offer | null;
  readonly swing: boolean;
  readonly joinSpace: string | null;
  readonly lineSpace: string | null;
}

const FIRST: ArrangeState = {
  song: NEW_SONG, shown: "first", clip: null, offer: null, swing: false, joinSpace: null, lineSpace: null,
};

export function arrange(): ArrangeState {
  return toolState("arrange", FIRST);
}

export function set(label: string, part: Partial<ArrangeState>, merge: string | null = null): void {
  changeTool(label, "arrange", part, merge);
}

/** Changes what is looked at; that is no step to undo. */
export function look(part: Partial<Pick<ArrangeState, "shown" | "clip">>): void {
  session.value = { ...session.value, tools: { ...session.value.tools, arrange: { ...arrange(), ...part } } };
}

/** The section that is shown; the first where the entry is gone. */
export function shownEntry() {
  const { song, shown } = arrange();
  return song.course.find((entry) => entry.id === shown) ?? song.course[0]!;
}

export function chosenClip(): Clip | null {
  const { song, clip } = arrange();
  return song.clips.find((each) => each.id === clip) ?? null;
}

/** Changes the song; why it cannot be changed is told. Gives whether it was. */
export function edit(label: string, next: (song: Song) => Song, part: Partial<ArrangeState> = {}, merge: string | null = null): boolean {
  const { song } = arrange();
  try {
    const after = next(song);
    if (after === song && !Object.keys(part).length) return false;
    set(label, { song: after, ...part }, merge);
    return true;
  } catch (error) {
    if (!(error instanceof SongError)) throw error;
    complain(error);
    return false;
  }
}

/** Puts an item on a lane of the shown section and chooses it. */
export function placeItem(item: Item, lane: string, bar: number): void {
  const { section } = shownEntry();
  const before = new Set(arrange().song.clips.map((clip) => clip.id));
  if (!edit(`place ${item.name}`, (song) => place(song, item, section, lane, bar, newId))) return;
  const fresh = arrange().song.clips.filter((clip) => !before.has(clip.id));
  look({ clip: fresh[0]?.id ?? null });
  say(fresh.map((clip) => `${clip.name} on ${laneName(clip.lane)}, ${clip.bars === 1 ? `bar ${clip.bar}` : `bars ${clip.bar} to ${lastBar(clip)}`}`).join("; ") + ".");
}

export function laneName(id: string): string {
  return arrange().song.lanes.find((lane) => lane.id === id)?.name ?? "";
}
