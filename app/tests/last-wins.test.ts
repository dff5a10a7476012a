import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LastWins } from "../src/server/lastWins";

interface Call {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

let calls: Call[] = [];
let errors: unknown[] = [];
const make = () => new LastWins<string>(150, (what, signal) => new Promise((end, fail) => { calls.push({ what, signal, end, fail }); }), (error) => errors.push(error));

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  errors = [];
});
afterEach(() => vi.useRealTimers());

describe("the last wish wins", () => {
  it("waits until the hand rests, and does what was asked last", () => {
    const queue = make();
    for (const what of ["a", "b", "c"]) {
      queue.ask(what);
      vi.advanceTimersByTime(149);
    }
    expect(calls).toEqual([]);
    expect(queue.working.value).toBe(true);
    vi.advanceTimersByTime(1);
    expect(calls.map((call) => call.what)).toEqual(["c"]);
  });

  it("stops what runs as soon as something else is asked", async () => {
    const queue = make();
    queue.ask("a", 0);
    vi.advanceTimersByTime(0);
    queue.ask("b");
    expect(calls[0]!.signal.aborted).toBe(true);
    calls[0]!.fail(new DOMException("", "AbortError"));
    await vi.advanceTimersByTimeAsync(150);
    expect(calls.map((call) => call.what)).toEqual(["a", "b"]);
    expect(queue.working.value).toBe(true);
    calls[1]!.end();
    await vi.advanceTimersByTimeAsync(0);
    expect([queue.working.value, errors]).toEqual([false, []]);
  });

  it("does not end with an answer that comes too late", async () => {
    const queue = make();
    queue.ask("a", 0);
    vi.advanceTimersByTime(0);
    queue.ask("b", 0);
    vi.advanceTimersByTime(0);
    calls[0]!.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.working.value).toBe(true);
  });

  it("gives up what waits and what runs", () => {
    const queue = make();
    queue.ask("a");
    queue.cancel();
    vi.advanceTimersByTime(1000);
    expect([calls.length, queue.working.value]).toEqual([0, false]);
    queue.ask("b", 0);
    vi.advanceTimersByTime(0);
    queue.cancel();
    expect([calls[0]!.signal.aborted, queue.working.value]).toEqual([true, false]);
  });

  it("tells of an error and can go on", async () => {
    const queue = make();
    queue.ask("a", 0);
    vi.advanceTimersByTime(0);
    calls[0]!.fail(new Error("no"));
    await vi.advanceTimersByTimeAsync(0);
    expect([errors.length, queue.working.value]).toEqual([1, false]);
    queue.ask("b");
    vi.advanceTimersByTime(150);
    expect(calls.map((call) => call.what)).toEqual(["a", "b"]);
  });
});
