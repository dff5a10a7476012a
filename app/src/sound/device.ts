/** The audio device: one context, made at the first gesture, with the bank's programs fetched as they are needed. */

import { effect, signal } from "@preact/signals";
import type { Score } from "../music/score";
import { session } from "../state/store";
import { complain } from "../ui/announce";
import { Output } from "./output";
import { playing } from "./player";
import { shippedBank } from "./synth";

/** Whether the browser or the device keeps the sound back although something plays. */
export const asleep = signal(false);
/** "plain" until the bank's sounds are there for what plays. */
export const sounds = signal<"plain" | "bank">("plain");

export interface Device {
  readonly context: AudioContext;
  readonly output: Output;
}

const PATIENCE = 1500; // ms until a browser that neither starts nor refuses counts as one that refuses
/** The programs that most scores here are of: there before they are asked for. */
const USUAL: Score = { tracks: [{ notes: [], program: 0 }, { notes: [], drum: true }], tempos: [], metres: [] };

let made: Device | null = null;
/** Whether it was said that the bank cannot be had: once is enough. */
let told = false;

/** The device, made if there is none. Browsers let one start only in answer to a gesture. */
export function device(): Device {
  if (!made || made.context.state === "closed") {
    const context = new AudioContext({ latencyHint: "interactive" });
    context.onstatechange = noticeState;
    made = { context, output: new Output(context, session.value.settings.volume) };
    void prepareFor(USUAL);
  }
  return made;
}

/** The device, or null before the first gesture. */
export function deviceNow(): Device | null {
  return made;
}

/** Starts the sound. Resolves when it runs, or when the browser has refused: then `asleep` is true. */
export async function wake(): Promise<void> {
  const { context } = device();
  if (context.state !== "running") {
    const refused = new Promise<void>((done) => setTimeout(done, PATIENCE));
    await Promise.race([context.resume(), refused]).catch(complain);
  }
  noticeState();
}

function noticeState(): void {
  asleep.value = playing.value !== null && made !== null && made.context.state !== "running";
}

/** What is heard now, in seconds of the context: what is sent to the device is heard a little later. */
export function heardNow({ context }: Device): number {
  return context.currentTime - (context.outputLatency || context.baseLatency || 0);
}

/** Fetches a program; until it is there the plain synthesiser sounds in its place. */
export async function prepare(program: number, drum: boolean): Promise<void> {
  await made?.output.bank?.load(program, drum);
}

/** Fetches the sounds of a score's programs, and tells the user once if they cannot be had. */
export async function prepareFor(score: Score): Promise<void> {
  const { output } = device();
  const wanted = score.tracks.map((track) => [track.drum ? 0 : (track.program ?? 0), track.drum ?? false] as const);
  if (wanted.every(([program, drum]) => output.bank?.has(program, drum))) {
    sounds.value = "bank";
    return;
  }
  sounds.value = "plain";
  try {
    await output.fetchBank();
    await Promise.all(wanted.map(([program, drum]) => prepare(program, drum)));
    sounds.value = "bank";
  } catch (error) {
    if (!told) complain(error);
    told = true;
  }
}

/** The first gesture on the page starts the audio, so that it runs when something is asked to play. */
function atFirstGesture(): void {
  removeEventListener("pointerdown", atFirstGesture, true);
  removeEventListener("keydown", atFirstGesture, true);
  void wake();
}

/** Fetches the bank once the page stands, so that the first note need not wait for it. */
function ahead(): void {
  void shippedBank().catch(() => undefined); // asked again, and told of, when something plays
}

addEventListener("pointerdown", atFirstGesture, true);
addEventListener("keydown", atFirstGesture, true);
if (document.readyState === "complete") setTimeout(ahead);
else addEventListener("load", () => setTimeout(ahead), { once: true });

effect(() => made?.output.setVolume(session.value.settings.volume));
effect(() => {
  if (!playing.value) asleep.value = false;
});
