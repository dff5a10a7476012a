/** Pieces of the sound that need no browser. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nearestPitch } from "../src/music/lock";
import { pitchClasses, SCALES, TONICS } from "../src/music/scales";
import { DRUMS } from "../src/music/drums";
import { readBank } from "../src/sound/bank";
import { Ledger } from "../src/sound/ledger";
import { beatsOnly, recorded } from "../src/sound/recording";
import { tapped } from "../src/sound/tempo";
import { encodeWav } from "../src/sound/wav";

describe("the scale lock", () => {
  it("moves every pitch into every scale, by as little as can be", () => {
    for (const scale of Object.keys(SCALES)) {
      for (let tonic = 0; tonic < TONICS.length; tonic++) {
        const classes = pitchClasses(tonic, scale);
        const inside = Array.from({ length: 128 }, (_, k) => k).filter((k) => classes.has(k % 12));
        const away = (pitch: number) => Math.min(...inside.map((k) => Math.abs(k - pitch)));
        const wrong = Array.from({ length: 128 }, (_, pitch) => [pitch, nearestPitch(pitch, classes)] as const)
          .filter(([pitch, found]) => !classes.has(found % 12) || Math.abs(found - pitch) !== away(pitch));
        expect(wrong).toEqual([]);
      }
    }
  });

  it("takes the lower of two as near, and leaves what is inside", () => {
    const major = pitchClasses(0, "major");
    expect([60, 61, 63, 66, 70].map((pitch) => nearestPitch(pitch, major))).toEqual([60, 60, 62, 65, 69]);
    expect(nearestPitch(61, pitchClasses(null, "major"))).toBe(61);
  });
});

describe("a WAV file", () => {
  it("has the header and the points of 16-bit PCM", () => {
    const bytes = encodeWav([Float32Array.of(0, 1, -1, 2), Float32Array.of(0.5, -0.5, 0, -3)], 44100);
    const view = new DataView(bytes.buffer);
    const word = (at: number, size = 4) => String.fromCharCode(...bytes.slice(at, at + size));
    expect([word(0), word(8), word(12), word(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
    expect(view.getUint32(4, true)).toBe(bytes.length - 8);
    expect([view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)]).toEqual([1, 2, 44100, 16]);
    const points = Array.from({ length: 8 }, (_, k) => view.getInt16(44 + 2 * k, true));
    expect(points).toEqual([0, 16384, 32767, -16383, -32767, 0, 32767, -32767]);
  });

  it("may be empty", () => expect(encodeWav([new Float32Array(0)]).length).toBe(44));
});

describe("tapping", () => {
  it("takes the mean of the last taps", () => {
    expect(tapped([0, 500, 1000, 1500])).toBe(120);
    expect(tapped([0, 5000, 5600, 6200])).toBe(100);
    expect(tapped([0, 1, 2])).toBe(400);
  });

  it("needs two", () => {
    expect(tapped([])).toBeNull();
    expect(tapped([7])).toBeNull();
    expect(tapped([0, 9000])).toBeNull();
  });
});

describe("the ledger", () => {
  const sent = (time: number, on: boolean, note = 60) => ({ time, on, channel: 0, note });

  it("knows what sounds after what was taken back", () => {
    const ledger = new Ledger();
    [sent(0, true), sent(1, false), sent(1, true, 62), sent(2, false, 62)].forEach((each) => ledger.add(each));
    expect(ledger.soundingAt(1.5).map((each) => each.note)).toEqual([62]);
    expect(ledger.soundingAt(1).map((each) => each.note)).toEqual([60]);
    ledger.cancel(0.5);
    expect(ledger.soundingAt(9).map((each) => each.note)).toEqual([60]);
    ledger.settle(5);
    expect(ledger.soundingAt(9).map((each) => each.note)).toEqual([60]);
  });
});

describe("a recording", () => {
  it("begins with the bar of its first note and is quantised", () => {
    const made = recorded([{ on: 5.07, off: 5.9, pitch: 60, velocity: 70 }, { on: 6.98, off: 7.01, pitch: 62, velocity: 90 }], beatsOnly(90), 90)!;
    expect(made.score.tracks[0]!.notes).toEqual([[1, 0.75, 60, 70], [3, 0.25, 62, 90]]);
    expect([made.quarters, made.score.tempos[0]![1]]).toEqual([4, 90]);
  });

  it("is none where nothing was played", () => expect(recorded([], beatsOnly(90), 90)).toBeNull());

  it("takes the metre of what was heard", () => {
    const waltz = { ...beatsOnly(90), metres: [[0, 3, 4] as const] };
    expect(recorded([{ on: 2.9, off: 7, pitch: 60, velocity: 70 }], waltz, 90)!.quarters).toBe(6);
  });
});

describe("the bank that ships", () => {
  const file = readFileSync(new URL("../public/bank.sf3", import.meta.url));
  const bank = readBank(file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer);

  it("is small enough", () => expect(file.length).toBeLessThanOrEqual(6 * 1024 * 1024));

  it("has every program on every key, and every drum", () => {
    const covered = (zones: readonly { keys: readonly [number, number] }[], key: number) => zones.some(({ keys }) => keys[0] <= key && key <= keys[1]);
    const melodic = bank.programs.filter((program) => !program.drum);
    expect(melodic.map((program) => program.program)).toEqual(Array.from({ length: 128 }, (_, k) => k));
    const gaps = melodic.flatMap(({ name, zones }) => Array.from({ length: 128 }, (_, key) => key).filter((key) => !covered(zones, key)).map((key) => `${name} ${key}`));
    expect(gaps).toEqual([]);
    const kit = bank.programs.find((program) => program.drum)!;
    expect(DRUMS.flatMap((drum) => drum.pitches).filter((pitch) => !covered(kit.zones, pitch))).toEqual([]);
  });

  it("has an Ogg stream with a loop inside for every sample", () => {
    const wrong = bank.streams.filter(({ data, loop, rate }) => String.fromCharCode(...data.slice(0, 4)) !== "OggS" || rate < 8000 || loop[0] >= loop[1]);
    expect(wrong.map((stream) => stream.name)).toEqual([]);
  });

  it("is refused where it is damaged", () => {
    expect(() => readBank(file.buffer.slice(file.byteOffset, file.byteOffset + 4000) as ArrayBuffer)).toThrow("damaged");
    expect(() => readBank(new ArrayBuffer(0))).toThrow("damaged");
  });
});
