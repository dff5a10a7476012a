/** Plays what is not playing, stops what is. */

import { complain } from "./announce";
import { player } from "../sound/engine";
import { playing, type Playing } from "../sound/player";

export function playOrStop(what: Playing): void {
  if (playing.value?.key === what.key) player.stop();
  else player.play(what).catch(complain);
}
