/** What the transport does, for its buttons, the keyboard and the list of commands. */

import { player } from "../sound/engine";
import { playing } from "../sound/player";
import { FASTEST, SLOWEST, tapped } from "../sound/tempo";
import { chosenInput } from "../sound/midi";
import { recording, startRecording, stopRecording } from "../sound/record";
import { qpmNow } from "../sound/engine";
import type { Settings } from "../state/session";
import { change, selected, session } from "../state/store";
import type { Action } from "../tools/tool";
import { complain, say } from "../ui/announce";
import { playOrStop } from "../ui/play";

export function set(label: string, part: Partial<Settings>, merge: string | null = null): void {
  change(label, (now) => ({ ...now, settings: { ...now.settings, ...part } }), merge);
}

export function playOrStopSelected(): void {
  const item = selected.value;
  if (playing.value) player.stop();
  else if (item) playOrStop({ key: item.id, score: item.score, quarters: item.quarters });
  else say("Nothing is selected to play.");
}

let taps: number[] = [];

export function tap(): void {
  taps = [...taps.slice(-8), performance.now()];
  const qpm = tapped(taps);
  if (qpm !== null) setTempo(qpm);
}

export function setTempo(qpm: number): void {
  set("tempo", { qpm: Math.min(FASTEST, Math.max(SLOWEST, qpm)) }, "tempo");
}

export function toggleRecording(): void {
  if (recording.value) stopRecording();
  else startRecording().catch(complain);
}

export function transportActions(): Action[] {
  const { loop, metronome } = session.value.settings;
  return [
    { name: "Play or stop", key: " ", run: playOrStopSelected },
    { name: "Loop on or off", key: "l", run: () => set("loop", { loop: !loop }) },
    { name: "Tap the tempo", key: "t", run: tap },
    { name: "Metronome on or off", run: () => set("metronome", { metronome: !metronome }) },
    { name: "Faster", run: () => setTempo(Math.round(qpmNow.value * 1.05)) },
    { name: "Slower", run: () => setTempo(Math.round(qpmNow.value / 1.05)) },
    { name: "Tempo as written", run: () => set("tempo as written", { qpm: null }) },
    ...(chosenInput.value ? [{ name: recording.value ? "Stop recording" : "Record from MIDI", run: toggleRecording }] : []),
  ];
}
