/** The page's side of the synthesiser: programs are decoded and handed over when a score needs them. */

import processorUrl from "./synth.worklet.ts?worker&url";
import { decoded, readBank, type Bank, type Program } from "./bank";
import { PROCESSOR, type FromSynth, type Timed, type ToSynth } from "./messages";

let reading: Promise<Bank> | null = null;

/** The bank that ships with the app, fetched once. */
export function shippedBank(): Promise<Bank> {
  reading ??= fetch("bank.sf3").then(async (answer) => {
    if (!answer.ok) throw new Error(`The bank of sounds could not be fetched (${answer.status}).`);
    return readBank(await answer.arrayBuffer());
  }).catch((error: unknown) => {
    reading = null; // the next one who asks tries again
    throw error;
  });
  return reading;
}

export class BankSynth {
  private readonly node: AudioWorkletNode;
  private readonly ready = new Set<Program>();
  private readonly loading = new Map<Program, Promise<void>>();
  private readonly given = new Map<number, Promise<unknown>>();
  private readonly asked = new Map<number, () => void>();
  private questions = 0;

  private constructor(context: BaseAudioContext, private readonly bank: Bank) {
    this.node = new AudioWorkletNode(context, PROCESSOR, { numberOfInputs: 0, outputChannelCount: [2] });
    this.node.port.onmessage = ({ data }: MessageEvent<FromSynth>) => {
      this.asked.get(data.answered)?.();
      this.asked.delete(data.answered);
    };
    this.post({ type: "programs", programs: bank.programs.map(({ program, drum, name }) => ({ program, drum, name })) });
  }

  static async make(context: BaseAudioContext, target: AudioNode): Promise<BankSynth> {
    const [bank] = await Promise.all([shippedBank(), context.audioWorklet.addModule(processorUrl)]);
    const synth = new BankSynth(context, bank);
    synth.node.connect(target);
    return synth;
  }

  /** Whether a program can sound now; a kit of drums counts as program 0. */
  has(program: number, drum: boolean): boolean {
    const found = this.find(program, drum);
    return found !== undefined && this.ready.has(found);
  }

  async load(program: number, drum: boolean): Promise<void> {
    const found = this.find(program, drum);
    if (!found) throw new Error(`The bank has no program ${program + 1}.`);
    const now = this.loading.get(found) ?? this.hand(found);
    this.loading.set(found, now);
    return now.catch((error: unknown) => {
      this.loading.delete(found);
      throw error;
    });
  }

  send(events: readonly Timed[], live = false): void {
    if (events.length) this.post({ type: "events", events, live });
  }

  cancel(from: number): void {
    this.post({ type: "cancel", from });
  }

  silence(): void {
    this.post({ type: "silence" });
  }

  /** Done when all that was sent has arrived. */
  arrived(): Promise<void> {
    const number = ++this.questions;
    return new Promise((done) => {
      this.asked.set(number, done);
      this.post({ type: "ask", number });
    });
  }

  private find(program: number, drum: boolean): Program | undefined {
    return this.bank.programs.find((each) => each.drum === drum && (drum || each.program === program));
  }

  private async hand(program: Program): Promise<void> {
    const wanted = [...new Set(program.zones.map((zone) => zone.sample))];
    const fresh = wanted.filter((number) => !this.given.has(number));
    const decoding = Promise.all(fresh.map((number) => decoded(this.bank.streams[number]!)));
    for (const number of fresh) this.given.set(number, decoding);
    try {
      const samples = await decoding;
      await Promise.all(wanted.map((number) => this.given.get(number)));
      this.post({ type: "load", program: program.program, drum: program.drum, zones: program.zones, samples });
    } catch (error) {
      for (const number of fresh) this.given.delete(number);
      throw new Error(`This browser cannot decode the sounds of ${program.name}; a plain sound plays in their place.`, { cause: error });
    }
    this.ready.add(program);
  }

  private post(message: ToSynth): void {
    this.node.port.postMessage(message);
  }
}
