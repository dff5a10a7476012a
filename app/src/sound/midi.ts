/** MIDI ports, where the browser has them. It asks the user for leave, and so only after a click. */

import { signal } from "@preact/signals";
import { complain } from "../ui/announce";
import { device } from "./device";
import { liveKey, sendTo } from "./engine";
import type { Timed } from "./messages";
import type { Sink } from "./output";

export interface PortName {
  readonly id: string;
  readonly name: string;
}

export interface Key {
  readonly pitch: number;
  /** 0 = it goes up. */
  readonly velocity: number;
  /** Of the page's clock, in ms. */
  readonly stamp: number;
}

export const midi = signal<"unasked" | "absent" | "denied" | "ready">("requestMIDIAccess" in navigator ? "unasked" : "absent");
export const inputs = signal<readonly PortName[]>([]);
export const outputs = signal<readonly PortName[]>([]);
export const chosenInput = signal<string | null>(null);
export const chosenOutput = signal<string | null>(null);
/** What keys sound like while they are played live. */
export const liveProgram = signal(0);

const SOON = 0.05; // seconds: what is nearer goes to the port, the rest can still be taken back

let access: MIDIAccess | null = null;
const listeners = new Set<(key: Key) => void>();

export async function askForMidi(): Promise<void> {
  if (midi.value === "absent") return;
  try {
    access = await navigator.requestMIDIAccess();
    access.onstatechange = listPorts;
    midi.value = "ready";
    listPorts();
  } catch {
    midi.value = "denied";
  }
}

/** Hears every key of the chosen input; gives a function that ends it. */
export function listen(to: (key: Key) => void): () => void {
  listeners.add(to);
  return () => listeners.delete(to);
}

export function chooseInput(id: string | null): void {
  for (const port of access?.inputs.values() ?? []) port.onmidimessage = port.id === id ? hear : null;
  chosenInput.value = id;
}

export function chooseOutput(id: string | null): void {
  const port = id === null ? undefined : access?.outputs.get(id);
  chosenOutput.value = port ? id : null;
  sendTo(port ? new PortSink(port) : null);
}

function listPorts(): void {
  const named = (ports: Iterable<MIDIPort>) => [...ports].filter((port) => port.state === "connected").map(({ id, name }) => ({ id, name: name || "unnamed port" }));
  inputs.value = named(access!.inputs.values());
  outputs.value = named(access!.outputs.values());
  if (chosenInput.value && !inputs.value.some((port) => port.id === chosenInput.value)) gone("input", () => chooseInput(null));
  if (chosenOutput.value && !outputs.value.some((port) => port.id === chosenOutput.value)) gone("output", () => chooseOutput(null));
}

function gone(what: string, instead: () => void): void {
  instead();
  complain(Object.assign(new Error(`The MIDI ${what} is gone.`), { hint: "Plug it in and choose it again." }));
}

function hear({ data, timeStamp }: MIDIMessageEvent): void {
  const [status = 0, pitch = 0, loud = 0] = data ?? [];
  const kind = status & 0xf0;
  if (kind !== 0x90 && kind !== 0x80) return;
  const velocity = kind === 0x90 ? loud : 0;
  liveKey(pitch, velocity, liveProgram.value);
  for (const listener of listeners) listener({ pitch, velocity, stamp: timeStamp });
}

/** Sends at the times asked for; holds back what lies farther ahead, so that it can be taken back. */
class PortSink implements Sink {
  private held: Timed[] = [];
  private sent: Timed[] = [];

  constructor(private readonly port: MIDIOutput) {}

  send(events: readonly Timed[]): void {
    this.held.push(...events);
    const now = device().context.currentTime;
    const due = this.held.filter((event) => event.time < now + SOON);
    this.held = this.held.filter((event) => event.time >= now + SOON);
    for (const event of due) this.port.send([...event.data], stampOf(event.time));
    this.sent = [...this.sent.filter((event) => event.time >= now), ...due];
  }

  cancel(from: number): void {
    this.held = this.held.filter((event) => event.time < from);
    // what has gone out already cannot be taken back: the key goes up again at once
    for (const { time, data: [status, note] } of this.sent) {
      if (time >= from && (status! & 0xf0) === 0x90) this.port.send([0x80 | (status! & 0x0f), note!, 0], stampOf(time) + 1);
    }
  }
}

/** The page's time (ms) at which a time of the audio context is heard. */
function stampOf(time: number): number {
  const { contextTime = 0, performanceTime = 0 } = device().context.getOutputTimestamp();
  return Math.max(performance.now(), performanceTime + (time - contextTime) * 1000);
}
