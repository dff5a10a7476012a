/** Plays alternatives where they stand: with a bar before and a bar after what is new. */

import { player } from "../../sound/engine";
import { playing, type Playing } from "../../sound/player";
import { complain } from "../../ui/announce";
import { inContext, originalContext, type Alternative, type Written } from "./state";

const PREFIX = "inpaint ";
export const ORIGINAL_KEY = `${PREFIX}original`;

export function keyOf(take: Alternative | null): string {
  return take ? `${PREFIX}${take.provenance.seed as number | null}.${take.index}` : ORIGINAL_KEY;
}

export function isHeard(): boolean {
  return playing.value?.key.startsWith(PREFIX) ?? false;
}

/** Plays an alternative, or with null the song, around what is new. */
export function hear(written: Written, take: Alternative | null): void {
  const shown = take ?? written.takes.find((each) => each.index === written.chosen) ?? written.takes[0]!;
  const [from, to] = take ? inContext(take) : originalContext(written, shown);
  player.play(playingOf(written, take), { from, to, loop: true }).catch(complain);
}

function playingOf(written: Written, take: Alternative | null): Playing {
  return { key: keyOf(take), score: take?.score ?? written.song, quarters: take?.quarters ?? written.quarters };
}

/** The song in the place of the alternative that sounds; at the same moment where both have the same bars. */
export function hearOriginal(written: Written): void {
  if (isHeard() && written.way === "bars") player.swap(playingOf(written, null), "now").catch(complain);
  else hear(written, null);
}

/** Back from the song to the alternative that is shown. */
export function hearAgain(written: Written): void {
  const take = written.takes.find((each) => each.index === written.chosen);
  if (!take) return quiet();
  if (written.way === "bars") player.swap(playingOf(written, take), "now").catch(complain);
  else hear(written, take);
}

export function quiet(): void {
  if (isHeard()) player.stop();
}
