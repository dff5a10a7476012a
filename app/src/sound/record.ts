/** Recording from a MIDI keyboard against the running clock. */

import { effect, signal } from "@preact/signals";
import { makeItem, shelve } from "../state/store";
import { say } from "../ui/announce";
import { heardAt, player, qpmNow } from "./engine";
import { listen, liveProgram, type Key } from "./midi";
import { playing, type Playing } from "./player";
import { beatsOnly, recorded, type Played } from "./recording";

export const recording = signal(false);

let played: Played[] = [];
let down = new Map<number, { on: number; velocity: number }>();
let clock: Playing | null = null;
let deaf = () => {};

export async function startRecording(): Promise<void> {
  if (!playing.value) {
    const qpm = qpmNow.value;
    await player.play({ key: "recording", score: beatsOnly(qpm), quarters: 8 }, { loop: true });
  }
  played = [];
  down = new Map();
  clock = playing.value;
  deaf = listen(take);
  recording.value = true;
}

function take({ pitch, velocity, stamp }: Key): void {
  const at = heardAt(stamp);
  if (at === null) return;
  const begun = down.get(pitch);
  if (begun) played.push({ ...begun, pitch, off: at });
  down.delete(pitch);
  if (velocity) down.set(pitch, { on: at, velocity });
}

export function stopRecording(): void {
  if (!recording.value) return;
  recording.value = false;
  deaf();
  const end = heardAt(performance.now());
  for (const [pitch, begun] of down) played.push({ ...begun, pitch, off: end ?? begun.on });
  const made = clock && recorded(played, clock.score, qpmNow.value, liveProgram.value);
  if (playing.value?.key === "recording") player.stop();
  if (!made) return say("Nothing was played, so nothing was recorded.");
  shelve("record", [{ ...makeItem("recorded", made.score, made.quarters), own: true }]);
  say(`Recorded ${played.length} ${played.length === 1 ? "note" : "notes"}.`);
}

// The clock that was recorded against is gone when something else stops the sound.
effect(() => {
  if (!playing.value && recording.peek()) stopRecording();
});
