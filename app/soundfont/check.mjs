/**
 * Renders every program and every drum class of a bank and prints how loud each is, in dB of full scale:
 *     node check.mjs ../public/bank.sf3 [FluidR3_GM.sf2]
 * With a second bank the difference to it is printed, and so is the difference in pitch (cents). Fails if anything is silent.
 */
import { readFileSync } from "node:fs";
import { BasicSoundBank, SoundBankLoader, SpessaSynthProcessor } from "spessasynth_core";

const RATE = 44100;
const KEYS = [36, 48, 60, 72, 84];
const DRUMS = { kick: 36, snare: 38, "closed hi-hat": 42, "open hi-hat": 46, "low tom": 45, "mid tom": 48, "high tom": 50, crash: 49, ride: 51 };
const QUIETEST = -60;

await BasicSoundBank.isSF3DecoderReady;

function loaded(path) {
  const file = readFileSync(path);
  const synth = new SpessaSynthProcessor(RATE, { effectsEnabled: false, eventsEnabled: false });
  synth.soundBankManager.addSoundBank(SoundBankLoader.fromArrayBuffer(file.buffer.slice(file.byteOffset, file.byteOffset + file.length)), "bank");
  return synth;
}

function rendered(synth, channel, program, key, seconds = 1) {
  synth.stopAllChannels(true);
  synth.programChange(channel, program);
  synth.noteOn(channel, key, 100);
  const left = new Float32Array(seconds * RATE), right = new Float32Array(seconds * RATE);
  for (let at = 0; at < left.length; at += 100) synth.process(left, right, at, 100);
  synth.noteOff(channel, key);
  return left.map((value, k) => (value + right[k]) / 2);
}

const decibels = (points) => 20 * Math.log10(Math.sqrt(points.reduce((sum, p) => sum + p * p, 0) / points.length) + 1e-9);

/** By which of -60 to 60 cents `b` is higher than `a`: where their spectra (of the first half second) lie best on one another. */
function cents(a, b) {
  const lines = (points) => {
    const bins = 480, out = new Float64Array(bins);
    for (let k = 0; k < bins; k++) {
      const f = 110 * 2 ** ((k * 10) / 1200);
      let re = 0, im = 0;
      for (let n = 4000; n < 26000; n++) { const w = points[n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * (n - 4000)) / 22000)), p = (2 * Math.PI * f * n) / RATE; re += w * Math.cos(p); im += w * Math.sin(p); }
      out[k] = Math.hypot(re, im);
    }
    return out;
  };
  const one = lines(a), two = lines(b);
  let best = 0, most = -1;
  for (let shift = -6; shift <= 6; shift++) {
    let sum = 0;
    for (let k = 6; k < 474; k++) sum += one[k] * two[k + shift];
    if (sum > most) [most, best] = [sum, shift * 10];
  }
  return best;
}

const [path, other] = process.argv.slice(2);
const bank = loaded(path);
const reference = other ? loaded(other) : null;
const silent = [];

function line(name, channel, program, keys) {
  const cells = keys.map((key) => {
    const made = rendered(bank, channel, program, key);
    const level = decibels(made);
    if (!(level > QUIETEST)) silent.push(`${name} at ${key}`);
    if (!reference) return level.toFixed(1).padStart(6);
    const known = rendered(reference, channel, program, key);
    const off = channel === 9 || key !== 60 ? "" : ` ${cents(known, made)}c`;
    return `${level.toFixed(1)} (${(level - decibels(known)).toFixed(1)}${off})`.padStart(18);
  });
  console.log(name.padEnd(26), cells.join(" "));
}

console.log("keys".padEnd(26), KEYS.join("     "));
const presets = bank.soundBankManager.presetList;
for (let program = 0; program < 128; program++) {
  const name = presets.find((p) => p.program === program && !p.isDrum)?.name ?? "(missing)";
  line(`${program} ${name}`, 0, program, KEYS);
}
for (const [name, key] of Object.entries(DRUMS)) line(name, 9, 0, [key]);
if (silent.length) {
  console.error(`Silent: ${silent.join(", ")}`);
  process.exit(1);
}
