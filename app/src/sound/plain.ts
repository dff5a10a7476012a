/** A small synthesiser of oscillators and noise: it sounds while the bank is not there, and it is the metronome. */

import { drumClass } from "../music/drums";

interface Voice {
  readonly key: number;
  readonly from: number;
  /** When it was let go; Infinity while it is held. */
  until: number;
  readonly gain: GainNode;
  readonly sources: readonly AudioScheduledSourceNode[];
  readonly release: number;
}

/** How a family of General MIDI programs sounds, roughly: wave, seconds it dies away in (0 = it is held), brightness in partials. */
type Colour = readonly [wave: OscillatorType, dies: number, partials: number];
const FAMILIES: readonly Colour[] = [
  ["triangle", 1.4, 6], ["sine", 0.9, 8], ["sine", 0, 6], ["triangle", 1.1, 5], ["triangle", 0.9, 4], ["sawtooth", 0, 4], ["sawtooth", 0, 3], ["sawtooth", 0, 5],
  ["square", 0, 4], ["sine", 0, 6], ["sawtooth", 0, 6], ["triangle", 0, 4], ["triangle", 0, 8], ["triangle", 0.8, 6], ["sine", 0.4, 6], ["sine", 0.6, 6],
];

/** Of each drum class: tone in Hz (0 = none), seconds it lasts, share of noise, the noise's lowest frequency in Hz. */
const DRUM_SOUNDS: readonly (readonly [number, number, number, number])[] = [
  [55, 0.28, 0.05, 800], [180, 0.2, 0.8, 900], [0, 0.06, 1, 7000], [0, 0.35, 1, 6500],
  [95, 0.35, 0.1, 300], [130, 0.32, 0.1, 300], [175, 0.28, 0.1, 300], [0, 1.2, 1, 3500], [0, 0.7, 0.7, 5000],
];

export class PlainSynth {
  private voices: Voice[] = [];
  private noise: AudioBuffer | null = null;

  constructor(private readonly context: BaseAudioContext, private readonly target: AudioNode) {}

  on(time: number, channel: number, note: number, velocity: number, program: number, drum: boolean): void {
    this.forget();
    const level = 0.28 * (velocity / 127) ** 1.5;
    this.voices.push(drum ? this.drum(time, channel * 128 + note, note, level) : this.tone(time, channel * 128 + note, note, level, program));
  }

  off(time: number, channel: number, note: number): void {
    for (const voice of this.voices) {
      if (voice.key === channel * 128 + note && voice.from <= time && voice.until > time && voice.release > 0) this.letGo(voice, time);
    }
  }

  click(time: number, accent: boolean): void {
    const gain = this.falling(time, accent ? 0.35 : 0.2, 0.045);
    const tone = this.oscillator("square", accent ? 1760 : 1175, time, gain);
    tone.stop(time + 0.1);
    this.voices.push({ key: -1, from: time, until: Infinity, gain, sources: [tone], release: 0 });
  }

  /** Takes back what begins at or after a time, and what was let go then. */
  cancel(from: number): void {
    for (const voice of this.voices) {
      if (voice.from >= from) this.end(voice, 0);
      else if (voice.until >= from && voice.until < Infinity) this.hold(voice);
    }
    this.voices = this.voices.filter((voice) => voice.from < from);
  }

  silence(): void {
    for (const voice of this.voices) this.end(voice, this.context.currentTime);
    this.voices = [];
  }

  private tone(time: number, key: number, note: number, level: number, program: number): Voice {
    const [wave, dies, partials] = FAMILIES[program >> 3] ?? FAMILIES[0]!;
    const pitch = 440 * 2 ** ((note - 69) / 12);
    const gain = new GainNode(this.context, { gain: 0 });
    const filter = new BiquadFilterNode(this.context, { type: "lowpass", frequency: Math.min(18_000, pitch * partials), Q: 0.4 });
    filter.connect(gain).connect(this.target);
    const loud = level * (wave === "sawtooth" || wave === "square" ? 0.55 : 1);
    gain.gain.setValueAtTime(0, time);
    gain.gain.linearRampToValueAtTime(loud, time + (dies ? 0.004 : 0.03));
    if (dies) gain.gain.setTargetAtTime(0, time + 0.004, dies / 3);
    const source = this.oscillator(wave, pitch, time, filter);
    source.stop(time + (dies ? dies * 3 : 60));
    return { key, from: time, until: Infinity, gain, sources: [source], release: 0.06 };
  }

  private drum(time: number, key: number, note: number, level: number): Voice {
    const [pitch, lasts, share, lowest] = DRUM_SOUNDS[drumClass(note) ?? 1]!;
    const gain = this.falling(time, level * 2.2, lasts);
    const sources: AudioScheduledSourceNode[] = [];
    if (pitch) {
      const tone = this.oscillator("sine", pitch * 2.4, time, gain);
      tone.frequency.setTargetAtTime(pitch, time, 0.02);
      sources.push(tone);
    }
    const hiss = new AudioBufferSourceNode(this.context, { buffer: this.hiss(), loop: true });
    const filter = new BiquadFilterNode(this.context, { type: "highpass", frequency: lowest });
    hiss.connect(filter).connect(new GainNode(this.context, { gain: share })).connect(gain);
    hiss.start(time);
    sources.push(hiss);
    for (const source of sources) source.stop(time + lasts * 2);
    return { key, from: time, until: Infinity, gain, sources, release: 0 };
  }

  private falling(time: number, level: number, lasts: number): GainNode {
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.setValueAtTime(level, time);
    gain.gain.setTargetAtTime(0, time, lasts / 4);
    gain.connect(this.target);
    return gain;
  }

  private oscillator(type: OscillatorType, frequency: number, time: number, target: AudioNode): OscillatorNode {
    const source = new OscillatorNode(this.context, { type, frequency });
    source.connect(target);
    source.start(time);
    return source;
  }

  private letGo(voice: Voice, time: number): void {
    voice.until = time;
    voice.gain.gain.setTargetAtTime(0, time, voice.release);
    for (const source of voice.sources) source.stop(time + voice.release * 8);
  }

  private hold(voice: Voice): void {
    voice.gain.gain.cancelScheduledValues(voice.until);
    voice.until = Infinity;
    for (const source of voice.sources) source.stop(voice.from + 60);
  }

  private end(voice: Voice, time: number): void {
    voice.gain.gain.cancelScheduledValues(time);
    voice.gain.gain.setTargetAtTime(0, time, 0.01);
    for (const source of voice.sources) source.stop(time ? time + 0.1 : 0);
  }

  private forget(): void {
    const now = this.context.currentTime;
    this.voices = this.voices.filter((voice) => Math.min(voice.until, voice.from + 60) > now - 2);
  }

  private hiss(): AudioBuffer {
    if (!this.noise) {
      this.noise = new AudioBuffer({ length: this.context.sampleRate, sampleRate: this.context.sampleRate });
      const points = this.noise.getChannelData(0);
      let state = 1; // the same noise every time
      for (let k = 0; k < points.length; k++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        points[k] = state / 2 ** 31;
      }
    }
    return this.noise;
  }
}
