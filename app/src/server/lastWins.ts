/** Work that a moving hand asks for again and again: only what was asked last is done. */

import { signal, type ReadonlySignal } from "@preact/signals";

export class LastWins<T> {
  readonly #working = signal(false);
  /** From the first request to the answer of the last. */
  readonly working: ReadonlySignal<boolean> = this.#working;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running: AbortController | null = null;

  /**
   * @param wait milliseconds of rest before the work begins
   * @param work is told to stop by the signal; what it throws then is not told
   * @param onError what else it throws
   */
  constructor(
    private readonly wait: number,
    private readonly work: (asked: T, signal: AbortSignal) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Asks for something in the place of all that was asked before. */
  ask(what: T, wait = this.wait): void {
    this.#stop();
    this.#working.value = true;
    this.#timer = setTimeout(() => void this.#run(what), wait);
  }

  /** Gives up what waits or runs. */
  cancel(): void {
    this.#stop();
    this.#working.value = false;
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running?.abort();
    this.#running = null;
  }

  async #run(what: T): Promise<void> {
    this.#timer = null;
    const mine = new AbortController();
    this.#running = mine;
    try {
      await this.work(what, mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) this.onError(error);
    }
    if (this.#running !== mine) return;
    this.#running = null;
    this.#working.value = false;
  }
}
