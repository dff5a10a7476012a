/**
 * The synthesiser's thread: SpessaSynth's engine, with events placed on the sample.
 *
 * Nothing is decoded or parsed here: programs come with their samples ready, one at a time, when a score needs them.
 */

import {
  BasicInstrument, BasicPreset, BasicSample, BasicSoundBank, Generator, Modulator, ModulatorSource, SpessaLog, SpessaSynthProcessor,
  type GeneratorType, type ModulatorTransformType, type SampleType,
} from "spessasynth_core";
import { PROCESSOR, type FromSynth, type ProgramName, type Sample, type Timed, type ToSynth, type Zone } from "./messages";

// What TypeScript's DOM library does not say of a worklet's global scope.
declare const sampleRate: number;
declare const currentFrame: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const MONO = 1 as SampleType;

interface Queued extends Timed {
  readonly live: boolean;
}

class Synth extends AudioWorkletProcessor {
  private readonly synth = new SpessaSynthProcessor(sampleRate, { eventsEnabled: false, initialTime: currentTime });
  private readonly bank = new BasicSoundBank("sf2");
  private readonly samples = new Map<number, BasicSample>();
  private queue: Queued[] = [];

  constructor() {
    super();
    SpessaLog.setLogLevel(false, false, false);
    this.port.onmessage = ({ data }: MessageEvent<ToSynth>) => this.take(data);
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    const [left, right] = output as [Float32Array, Float32Array];
    let at = 0;
    while (at < left.length) {
      const next = this.queue[0];
      const due = next ? Math.round(next.time * sampleRate) - currentFrame : Infinity;
      if (next && due <= at) {
        this.queue.shift();
        this.synth.processMessage([...next.data]);
      } else {
        const until = Math.min(left.length, due);
        this.synth.process(left, right, at, until - at);
        at = until;
      }
    }
    return true;
  }

  private take(message: ToSynth): void {
    switch (message.type) {
      case "programs": return this.name(message.programs);
      case "load": return this.load(message.program, message.drum, message.zones, message.samples);
      case "events": return this.add(message.events, message.live);
      case "cancel":
        this.queue = this.queue.filter((event) => event.live || event.time < message.from);
        return;
      case "silence":
        this.queue = [];
        return this.synth.stopAllChannels(false);
      case "ask": this.port.postMessage({ answered: message.number } satisfies FromSynth);
    }
  }

  private add(events: readonly Timed[], live: boolean): void {
    for (const event of events) {
      let place = this.queue.length;
      while (place > 0 && this.queue[place - 1]!.time > event.time) place--;
      this.queue.splice(place, 0, { ...event, live });
    }
  }

  /** All programs are known from the beginning, empty: adding one later would set every channel back. */
  private name(programs: readonly ProgramName[]): void {
    for (const { program, drum, name } of programs) {
      const preset = new BasicPreset(this.bank);
      preset.name = name;
      preset.program = program;
      preset.isGMGSDrum = drum;
      this.bank.addPresets(preset);
    }
    this.synth.soundBankManager.addSoundBank(this.bank, "bank");
  }

  private load(program: number, drum: boolean, zones: readonly Zone[], samples: readonly Sample[]): void {
    for (const sample of samples) this.samples.set(sample.number, madeSample(sample));
    const preset = this.bank.presets.find((each) => each.program === program && each.isGMGSDrum === drum);
    if (!preset || preset.zones.length) return;
    const instrument = new BasicInstrument();
    for (const { keys, generators, modulators, sample } of zones) {
      const zone = instrument.createZone(this.samples.get(sample)!);
      zone.keyRange = { min: keys[0], max: keys[1] };
      zone.addGenerators(...generators.map(([kind, value]) => new Generator(kind as GeneratorType, value)));
      zone.addModulators(...modulators.map(madeModulator));
    }
    this.bank.addInstruments(instrument);
    preset.createZone(instrument);
  }
}

function madeSample({ name, points, rate, key, correction, loop }: Sample): BasicSample {
  const sample = new BasicSample(name, rate, key, correction, MONO, loop[0], loop[1]);
  sample.setAudioData(points, rate);
  return sample;
}

function madeModulator([source, destination, amount, secondSource, transform]: readonly number[]): Modulator {
  return new Modulator(
    ModulatorSource.fromSourceEnum(source!), ModulatorSource.fromSourceEnum(secondSource!),
    destination as GeneratorType, amount!, transform as ModulatorTransformType,
  );
}

registerProcessor(PROCESSOR, Synth);
