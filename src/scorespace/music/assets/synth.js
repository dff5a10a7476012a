
"use strict";
// The sound of the page: the piano of scorespace/music/voices.py, one decaying tone a pitch, made when first needed.
class Piano {
  static PARTIALS = [[1, 1, 1.1], [2, 0.46, 0.71], [3, 0.2, 0.52], [4, 0.11, 0.42], [5, 0.06, 0.34], [6, 0.035, 0.29],
    [7, 0.02, 0.26], [1, 0.35, 3.2], [7.1, 0.07, 0.09]]; // multiple of the fundamental, level, decay in seconds

  constructor(context) {
    this.context = context;
    this.tones = new Map();
    this.out = context.createGain();
    this.out.gain.value = 0.8;
    const limiter = context.createDynamicsCompressor();
    const room = context.createConvolver();
    room.buffer = this.roomAnswer();
    const wet = context.createGain();
    wet.gain.value = 0.16;
    this.out.connect(limiter);
    this.out.connect(room).connect(wet).connect(limiter);
    limiter.connect(context.destination);
  }

  /** Starts a note at `when` seconds of the context's clock; returns a function that silences it. */
  play(pitch, velocity, when, seconds) {
    const source = this.context.createBufferSource();
    const level = this.context.createGain();
    const loudness = 0.75 * Math.pow(velocity / 100, 1.4);
    source.buffer = this.tone(pitch);
    level.gain.setValueAtTime(loudness, when);
    level.gain.setTargetAtTime(0, when + seconds, 0.035);
    source.connect(level).connect(this.out);
    source.start(when);
    source.stop(when + seconds + 0.3);
    source.onended = () => level.disconnect();
    return () => {
      const now = this.context.currentTime;
      level.gain.cancelScheduledValues(now);
      level.gain.setTargetAtTime(0, now, 0.012);
      source.stop(now + 0.1);
    };
  }

  tone(pitch) {
    if (!this.tones.has(pitch)) this.tones.set(pitch, this.makeTone(pitch));
    return this.tones.get(pitch);
  }

  makeTone(pitch) {
    const rate = this.context.sampleRate, samples = Math.round(3 * rate);
    const buffer = this.context.createBuffer(1, samples, rate), tone = buffer.getChannelData(0);
    const frequency = 440 * Math.pow(2, (pitch - 69) / 12), longer = Math.pow(440 / frequency, 0.35);
    let total = 0;
    for (const [ratio, level, decay] of Piano.PARTIALS) {
      const angle = 2 * Math.PI * frequency * ratio * Math.sqrt((1 + 0.00025 * ratio * ratio) / 1.00025) / rate;
      if (angle > 0.9 * Math.PI) continue;
      const shade = level * Math.min(1, 7000 / (frequency * ratio)), fade = Math.exp(-1 / (decay * longer * rate));
      total += shade;
      // a decaying sine by recurrence: y[n] = 2 r cos(a) y[n-1] - r^2 y[n-2]
      let before = 0, now = shade * fade * Math.sin(angle);
      const first = 2 * fade * Math.cos(angle), second = -fade * fade;
      for (let n = 1; n < samples; n++) {
        tone[n] += now;
        const next = first * now + second * before;
        before = now;
        now = next;
      }
    }
    const rise = Math.round(0.004 * rate), end = Math.round(0.05 * rate);
    for (let n = 0; n < samples; n++) tone[n] *= 0.8 / total * Math.min(1, n / rise, (samples - 1 - n) / end);
    return buffer;
  }

  roomAnswer() {
    const rate = this.context.sampleRate, samples = Math.round(1.1 * rate);
    const buffer = this.context.createBuffer(2, samples, rate);
    for (const side of [0, 1]) {
      const answer = buffer.getChannelData(side);
      let state = 11 + 12 * side, dull = 0;
      for (let n = Math.round(0.009 * rate); n < samples; n++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        dull += 0.35 * (state / 2147483648 - 1 - dull);
        answer[n] = dull * Math.exp(-6.9 * n / samples);
      }
    }
    return buffer;
  }
}
