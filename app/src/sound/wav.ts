/** WAV files: 16-bit PCM. */

/**
 * Encodes sound.
 *
 * @param channels one array a channel, all as long; values beyond -1 to 1 are cut
 * @returns the bytes of a RIFF WAVE file
 */
export function encodeWav(channels: readonly Float32Array[], rate = 44100): Uint8Array<ArrayBuffer> {
  const frames = channels[0]?.length ?? 0;
  const size = frames * channels.length * 2;
  const view = new DataView(new ArrayBuffer(44 + size));
  const text = (at: number, word: string) => [...word].forEach((sign, k) => view.setUint8(at + k, sign.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + size, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, channels.length, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels.length * 2, true);
  view.setUint16(32, channels.length * 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, size, true);
  for (let frame = 0, at = 44; frame < frames; frame++) {
    for (const channel of channels) {
      view.setInt16(at, Math.round(Math.max(-1, Math.min(1, channel[frame]!)) * 32767), true);
      at += 2;
    }
  }
  return new Uint8Array(view.buffer);
}

export function wavBlob(channels: readonly Float32Array[], rate = 44100): Blob {
  return new Blob([encodeWav(channels, rate)], { type: "audio/wav" });
}
