/**
 * Work for a hand that moves: one piece at a time, and of those that wait only the newest is done. What runs is let finish, so that
 * a hand that never rests is heard all the same; `settle` gives up even that, for where the hand has come to rest.
 */
export class Newest<T> {
  #running: AbortController | null = null;
  #waiting: { readonly what: T } | null = null;
  #current: T | null = null;

  constructor(
    private readonly work: (what: T, signal: AbortSignal) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** What is worked on. */
  get current(): T | null {
    return this.#current;
  }

  ask(what: T): void {
    if (this.#running) this.#waiting = { what };
    else void this.#run(what);
  }

  settle(what: T): void {
    this.cancel();
    void this.#run(what);
  }

  /** Gives up what waits; what runs is wanted. */
  hold(): void {
    this.#waiting = null;
  }

  cancel(): void {
    this.#waiting = null;
    this.#running?.abort();
    this.#running = this.#current = null;
  }

  async #run(what: T): Promise<void> {
    const mine = new AbortController();
    this.#running = mine;
    this.#current = what;
    try {
      await this.work(what, mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) this.onError(error);
    }
    if (this.#running !== mine) return;
    this.#running = this.#current = null;
    const next = this.#waiting;
    this.#waiting = null;
    if (next) void this.#run(next.what);
  }
}
