/** The bank: an SF3 file as `soundfont/make.py` writes it, where every program is one instrument and every sample a Vorbis stream. */

import type { ProgramName, Sample, Zone } from "./messages";

const KEYS = 43;
const SAMPLE = 53;
const DRUM_BANK = 128;

export interface Stream {
  readonly number: number;
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly rate: number;
  readonly key: number;
  readonly correction: number;
  readonly loop: readonly [number, number];
}

export interface Program extends ProgramName {
  readonly zones: readonly Zone[];
}

export interface Bank {
  readonly programs: readonly Program[];
  readonly streams: readonly Stream[];
}

/**
 * Reads a bank. Touches the headers only (some milliseconds); the samples stay as they are.
 *
 * @throws Error where the bytes are no such bank
 */
export function readBank(buffer: ArrayBuffer): Bank {
  const chunks = chunksOf(new DataView(buffer));
  const missing = ["phdr", "ibag", "igen", "imod", "inst", "shdr", "smpl"].filter((name) => !chunks.has(name));
  if (missing.length) throw new Error(`The bank of sounds is damaged: it has no ${missing.join(", ")}.`);
  const instruments = records(chunks.get("inst")!, 22, (view, at) => view.getUint16(at + 20, true));
  const programs = records(chunks.get("phdr")!, 38, (view, at) => ({
    name: text(view, at), program: view.getUint16(at + 20, true), drum: view.getUint16(at + 22, true) === DRUM_BANK,
  })).slice(0, -1);
  return {
    programs: programs.map((program, k) => ({ ...program, zones: zonesOf(chunks, instruments[k]!, instruments[k + 1]!) })),
    streams: streamsOf(chunks.get("shdr")!, chunks.get("smpl")!),
  };
}

function chunksOf(view: DataView, at = 12, end = view.byteLength, found = new Map<string, DataView>()): Map<string, DataView> {
  while (at + 8 <= end) {
    const name = text(view, at, 4);
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > view.byteLength) throw new Error("The bank of sounds is damaged: it ends too soon.");
    if (name === "LIST") chunksOf(view, at + 12, at + 8 + size, found);
    else found.set(name, new DataView(view.buffer, at + 8, size));
    at += 8 + size + (size % 2);
  }
  return found;
}

function records<T>(view: DataView, size: number, read: (view: DataView, at: number) => T): T[] {
  return Array.from({ length: Math.floor(view.byteLength / size) }, (_, k) => read(view, k * size));
}

function text(view: DataView, at: number, longest = 20): string {
  let word = "";
  for (let k = 0; k < longest && view.getUint8(at + k); k++) word += String.fromCharCode(view.getUint8(at + k));
  return word;
}

function zonesOf(chunks: ReadonlyMap<string, DataView>, first: number, after: number): Zone[] {
  const bags = records(chunks.get("ibag")!, 4, (view, at) => [view.getUint16(at, true), view.getUint16(at + 2, true)] as const);
  const [gens, mods] = [chunks.get("igen")!, chunks.get("imod")!];
  return Array.from({ length: after - first }, (_, k) => {
    const [[gen, mod], [genAfter, modAfter]] = [bags[first + k]!, bags[first + k + 1]!];
    let keys: [number, number] = [0, 127];
    let sample = 0;
    const generators: [number, number][] = [];
    for (let at = gen * 4; at < genAfter * 4; at += 4) {
      const kind = gens.getUint16(at, true);
      if (kind === KEYS) keys = [gens.getUint8(at + 2), gens.getUint8(at + 3)];
      else if (kind === SAMPLE) sample = gens.getUint16(at + 2, true);
      else generators.push([kind, gens.getInt16(at + 2, true)]);
    }
    const modulators = Array.from({ length: modAfter - mod }, (__, m) => modulator(mods, (mod + m) * 10));
    return { keys, generators, modulators, sample };
  });
}

/** Source, destination, amount, second source, transform. */
function modulator(view: DataView, at: number): number[] {
  return [0, 2, 4, 6, 8].map((part) => (part === 4 ? view.getInt16(at + part, true) : view.getUint16(at + part, true)));
}

function streamsOf(headers: DataView, data: DataView): Stream[] {
  return records(headers, 46, (view, at) => {
    const word = (place: number) => view.getUint32(at + 20 + 4 * place, true);
    return {
      name: text(view, at), data: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset + word(0), word(1) - word(0)),
      loop: [word(2), word(3)] as const, rate: word(4), key: view.getUint8(at + 40), correction: view.getInt8(at + 41),
    };
  }).slice(0, -1).map((stream, number) => ({ ...stream, number }));
}

/** Decodes a sample, off this thread. A context of the stream's own rate, so that its loop stays where it is. */
export async function decoded(stream: Stream): Promise<Sample> {
  const context = new OfflineAudioContext(1, 1, stream.rate);
  const sound = await context.decodeAudioData(stream.data.slice().buffer);
  const { number, name, rate, key, correction, loop } = stream;
  return { number, name, rate, key, correction, loop, points: sound.getChannelData(0) };
}
