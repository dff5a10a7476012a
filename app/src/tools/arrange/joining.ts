/** What stands between two clips: written by a space that inpaints, or a line from one to the other. */

import { signal } from "@preact/signals";
import { run, type SpaceInfo, type Take } from "../../server/api";
import { cut } from "../../music/cut";
import type { Note, Score } from "../../music/score";
import { spacesWith } from "../../server/spaces";
import { infoOf, newSeed } from "../../state/takes";
import { newId } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { fill } from "./moves";
import { barOf, clipScore, lastBar, type Clip, type Gap, type Song } from "./song";
import { arrange, edit, set, shownEntry } from "./state";

const CONTEXT = 8; // bars on each side that an inpainter is given
const ALTERNATIVES = 4;

/** What is under way, to be given up. */
export const working = signal<{ readonly what: string; readonly stop: () => void } | null>(null);

/** The spaces that can write between two clips of a lane. */
export function joiners(song: Song): SpaceInfo[] {
  return spacesWith("inpaint").filter((space) => space.metres.includes(song.metre.join("/")));
}

/** The spaces whose phrases make a line between two clips of a lane: as short as the gap, of one part, drums for drums. */
export function liners(song: Song, gap: Gap, drum: boolean): SpaceInfo[] {
  const parts = drum ? ["drums"] : ["melody", "piano"];
  return parts.flatMap((part) => spacesWith("interpolate").filter((space) =>
    space.parts.length === 1 && space.parts[0] === part && space.metres.includes(song.metre.join("/")) && space.bars <= gap.bars
    && space.bars <= Math.min(gap.before.bars * gap.before.times, gap.after.bars * gap.after.times)));
}

/** A clip as it sounds, with all its repeats. */
function whole(song: Song, clip: Clip): { readonly score: Score; readonly quarters: number } {
  const { score, quarters } = clipScore(song, clip);
  const notes = Array.from({ length: clip.times }, (_, k) => k * quarters)
    .flatMap((offset) => clip.notes.map(([start, ...rest]): Note => [offset + start, ...rest]));
  return { score: { ...score, tracks: [{ ...score.tracks[0]!, notes }] }, quarters: quarters * clip.times };
}

/** What lies around a gap as one score: the clip before, the empty bars, the clip after. `from` is how much is left out before. */
export function around(song: Song, gap: Gap): { readonly score: Score; readonly first: number; readonly last: number } {
  const bar = barOf(song);
  const [before, after] = [whole(song, gap.before), whole(song, gap.after)];
  const heard = Math.min(CONTEXT * bar, before.quarters);
  const left = cut(before.score, before.quarters - heard, before.quarters);
  const right = cut(after.score, 0, Math.min(CONTEXT * bar, after.quarters));
  const offset = heard + gap.bars * bar;
  const notes = [...left.tracks[0]!.notes, ...right.tracks[0]!.notes.map(([start, ...rest]): Note => [offset + start, ...rest])];
  const first = Math.round(heard / bar) + 1;
  return { score: { ...left, tracks: [{ ...left.tracks[0]!, notes }] }, first, last: first + gap.bars - 1 };
}

/** Has the gap written, in four ways to choose from. */
export async function join(gap: Gap, space: string): Promise<void> {
  const { song } = arrange();
  const { score, first, last } = around(song, gap);
  const bar = barOf(song);
  await offer(`join ${gap.before.name} and ${gap.after.name}`, gap, async (signal) => {
    const takes = await run("inpaint", { space, inputs: [score], bars: [first, last], n: ALTERNATIVES, seed: newSeed() }, signal);
    return takes.map((take) => ({ score: cut(take.score, (first - 1) * bar, last * bar), take: infoOf(take) }));
  });
}

/** Fills the gap with the steps of a line from the end of the clip before to the beginning of the clip after. */
export async function transition(gap: Gap, space: SpaceInfo): Promise<void> {
  const { song } = arrange();
  const phrase = space.bars * barOf(song);
  const [before, after] = [whole(song, gap.before), whole(song, gap.after)];
  const ends = [cut(before.score, before.quarters - phrase, before.quarters), cut(after.score, 0, phrase)];
  const steps = Math.ceil(gap.bars / space.bars) + 2;
  await offer(`go from ${gap.before.name} to ${gap.after.name}`, gap, async (signal) => {
    const takes = await run("interpolate", { space: space.name, inputs: ends, steps, seed: newSeed() }, signal);
    const between = takes.slice(1, -1);
    const line = end(joined(between, phrase), gap.bars * barOf(song));
    return [{ score: line, take: infoOf(between[0]!) }];
  });
}

function joined(takes: readonly Take[], phrase: number): Score {
  const first = takes[0]!.score;
  const notes = takes.flatMap((take, k) => take.score.tracks.flatMap((track) =>
    track.notes.map(([start, ...rest]): Note => [k * phrase + start, ...rest])));
  return { ...first, tracks: [{ ...first.tracks[0]!, notes }] };
}

function end(score: Score, quarters: number): Score {
  return cut(score, 0, quarters);
}

async function offer(what: string, gap: Gap, ask: (signal: AbortSignal) => Promise<{ score: Score; take: ReturnType<typeof infoOf> }[]>): Promise<void> {
  working.value?.stop();
  const stopper = new AbortController();
  const mine = { what, stop: () => stopper.abort() };
  working.value = mine;
  const { section } = shownEntry();
  try {
    const choices = await ask(stopper.signal);
    set(what, { offer: { lane: gap.lane, section, bar: gap.bar, bars: gap.bars, name: what, choices } });
    say(choices.length === 1 ? "One way to fill the gap is ready." : `${choices.length} ways to fill the gap are ready.`);
  } catch (error) {
    complain(error);
  } finally {
    if (working.value === mine) working.value = null;
  }
}

/** Puts one of what was written into the gap. */
export function take(place: number): void {
  const { offer: held } = arrange();
  const choice = held?.choices[place];
  if (!held || !choice) return;
  const track = choice.score.tracks.find((each) => each.notes.length) ?? choice.score.tracks[0]!;
  const clip = { lane: held.lane, section: held.section, bar: held.bar, bars: held.bars, name: held.name, notes: track.notes, take: choice.take };
  if (edit(`put in: ${held.name}`, (song) => fill(song, clip, newId), { offer: null })) {
    say(`Bars ${held.bar} to ${lastBar({ ...clip, id: "", times: 1 })} are filled.`);
  }
}
