/** Stands in for `stb-vorbis` in the page: the browser decodes the bank's samples itself, so that no WebAssembly need be allowed. */

export class StbVorbis {
  static readonly ready: Promise<void> = Promise.resolve();

  static decode(): never {
    throw new Error("Samples reach the synthesiser decoded.");
  }
}
