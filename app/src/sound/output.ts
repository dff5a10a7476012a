/** Where events go: to the bank's synthesiser, to the plain one while a program is not there, or to a MIDI port. */

import { Ledger, type Sent } from "./ledger";
import type { Timed } from "./messages";
import { DRUM_CHANNEL, LIVE_CHANNEL, type Event } from "./plan";
import { PlainSynth } from "./plain";
import { BankSynth } from "./synth";

/** A single piano note of the bank is some 17 dB below full scale; a full band then stays below it. */
const BANK_LEVEL = 1.8;

/** Something that takes MIDI messages ahead of time, such as a port. */
export interface Sink {
  send(events: readonly Timed[]): void;
  cancel(from: number): void;
}

export class Output {
  readonly plain: PlainSynth;
  readonly ledger = new Ledger();
  bank: BankSynth | null = null;
  /** Takes the place of the synthesiser while it is there. */
  sink: Sink | null = null;
  private readonly volume: GainNode;
  private readonly programs = new Map<number, number>();

  constructor(readonly context: BaseAudioContext, volume: number) {
    this.volume = new GainNode(context, { gain: volume });
    this.volume.connect(context.destination);
    this.plain = new PlainSynth(context, this.volume);
  }

  async fetchBank(): Promise<void> {
    if (this.bank) return;
    const level = new GainNode(this.context, { gain: BANK_LEVEL });
    level.connect(this.volume);
    const bank = await BankSynth.make(this.context, level);
    bank.send([...this.programs].map(([channel, program]) => ({ time: 0, data: [0xc0 | channel, program] })));
    this.bank = bank;
  }

  setVolume(volume: number): void {
    this.volume.gain.setTargetAtTime(volume, this.context.currentTime, 0.015);
  }

  setPrograms(time: number, programs: readonly (readonly [number, number])[]): void {
    for (const [channel, program] of programs) this.programs.set(channel, program);
    this.bank?.send(programs.map(([channel, program]) => ({ time, data: [0xc0 | channel, program] })));
    this.sink?.send(programs.map(([channel, program]) => ({ time, data: [0xc0 | channel, program] })));
  }

  /** Sends events whose `at` is a time of the context, sorted. */
  send(events: readonly Event[]): void {
    const messages: Timed[] = [];
    for (const { at: time, kind, channel, note, velocity } of events) {
      if (kind === "click") {
        this.plain.click(time, velocity === 1);
        continue;
      }
      this.ledger.add({ time, on: kind === "on", channel, note });
      if (kind === "off" || this.sink || this.sampled(channel)) messages.push({ time, data: message(kind, channel, note, velocity) });
      else this.plain.on(time, channel, note, velocity, this.programs.get(channel) ?? 0, channel === DRUM_CHANNEL);
      if (kind === "off") this.plain.off(time, channel, note);
    }
    if (this.sink) this.sink.send(messages);
    else this.bank?.send(messages);
  }

  /** A note at once that no change of what plays takes back: `velocity` 0 lets it go. */
  live(time: number, note: number, velocity: number, program: number, drum: boolean): void {
    const channel = drum ? DRUM_CHANNEL : LIVE_CHANNEL;
    const data = message(velocity ? "on" : "off", channel, note, velocity);
    if (velocity && !this.bank?.has(drum ? 0 : program, drum)) this.plain.on(time, channel, note, velocity, program, drum);
    else this.bank?.send([...(drum ? [] : [{ time, data: [0xc0 | channel, program] }]), { time, data }], true);
    if (!velocity) this.plain.off(time, channel, note);
  }

  /** Takes back everything at or after a time. */
  cancel(from: number): void {
    this.ledger.cancel(from);
    this.plain.cancel(from);
    this.bank?.cancel(from);
    this.sink?.cancel(from);
  }

  /** Ends the notes that sound at a time, but for those that `keep` wants to go on. */
  release(time: number, keep: (sent: Sent) => boolean = () => false): void {
    const ended = this.ledger.soundingAt(time).filter((sent) => !keep(sent));
    this.send(ended.map(({ channel, note }): Event => ({ at: time, kind: "off", channel, note, velocity: 0 })));
  }

  private sampled(channel: number): boolean {
    const drum = channel === DRUM_CHANNEL;
    return this.bank?.has(drum ? 0 : (this.programs.get(channel) ?? 0), drum) ?? false;
  }
}

function message(kind: "on" | "off", channel: number, note: number, velocity: number): number[] {
  return [(kind === "on" ? 0x90 : 0x80) | channel, note, velocity];
}
