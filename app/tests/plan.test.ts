/** What sounds when, whatever windows time is cut into. */

import { describe, expect, it } from "vitest";
import type { Note, Score, Track } from "../src/music/score";
import { DRUM_CHANNEL, eventsBetween, lastsOver, makePlan, positionAt, secondsAt, window, type Event, type Manner } from "../src/sound/plan";

const STRAIGHT: Manner = { loop: true, qpm: null, swing: 0, metronome: false, tonic: null, scale: "major", muted: [] };

/** A generator of numbers in [0, 1): the same ones for a seed. */
function random(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return (((state ^ (state >>> 13)) >>> 0) % 1e6) / 1e6;
  };
}

function someScore(next: () => number, quarters: number): Score {
  const notes = (count: number, drum: boolean): Note[] => Array.from({ length: count }, () => [
    Math.floor(next() * quarters * 12) / 12, 1 / 12 + next() * 3, drum ? 36 + Math.floor(next() * 10) : 50 + Math.floor(next() * 30), 1 + Math.floor(next() * 127),
  ]);
  const tracks: Track[] = [{ notes: notes(20, false), name: "a" }, { notes: notes(12, false), name: "b", program: 33 }, { notes: notes(20, true), drum: true }];
  const metre = [[4, 4], [3, 4], [6, 8]][Math.floor(next() * 3)]!;
  return { tracks, tempos: [[0, 40 + next() * 160], [quarters / 3, 40 + next() * 160]], metres: [[0, metre[0]!, metre[1]!]] };
}

const keyOf = (event: Event) => `${event.kind} ${event.channel} ${event.note}`;
const CASES = Array.from({ length: 25 }, (_, seed) => seed + 1);

describe.each(CASES)("any score (%i)", (seed) => {
  const next = random(seed);
  const quarters = 2 + Math.floor(next() * 30) / 2;
  const score = someScore(next, quarters);
  const manner: Manner = { ...STRAIGHT, qpm: next() < 0.5 ? null : 30 + next() * 200, swing: next() * 0.6, metronome: next() < 0.5, tonic: next() < 0.5 ? null : 2 };
  const plan = makePlan(score, 0, quarters, manner);
  const whole = secondsAt(plan, plan.length);

  it("comes exactly once in whatever windows", () => {
    const end = whole * 3.7;
    const cuts = [0, ...Array.from({ length: 60 }, () => next() * end), whole, whole * 2, whole * 3, end].sort((a, b) => a - b);
    const pieces = cuts.slice(1).flatMap((to, k) => window(plan, cuts[k]!, to));
    expect(pieces).toEqual(window(plan, 0, end));
    const thrice = window(plan, 0, whole * 3 - 1e-9).filter((event) => event.kind === "on");
    expect(thrice).toHaveLength(3 * plan.events.filter((event) => event.kind === "on").length);
  });

  it("ends every note after it begins and before its key begins again", () => {
    const down = new Map<string, number>();
    for (const { kind, channel, note, at } of eventsBetween(plan, 0, plan.length * 3 + 1e-9)) {
      const key = `${channel} ${note}`;
      if (kind === "on") {
        expect(down.has(key)).toBe(false);
        down.set(key, at);
      } else if (kind === "off") {
        expect(at).toBeGreaterThan(down.get(key)!);
        down.delete(key);
      }
    }
  });

  it("goes from positions to seconds and back", () => {
    let before = -1;
    for (let k = 0; k <= 60; k++) {
      const position = (plan.length * 3 * k) / 60;
      const seconds = secondsAt(plan, position);
      expect(seconds).toBeGreaterThan(before);
      expect(positionAt(plan, seconds)).toBeCloseTo(position, 6);
      before = seconds;
    }
  });

  it("keeps the order of the notes when it swings", () => {
    const straight = makePlan(score, 0, quarters, { ...manner, swing: 0 });
    const swings = straight.events.map((event) => event.at).map((at) => [at, plan.positionOf(straight.scoreTime(at))] as const);
    for (const [k, [at, there]] of swings.entries()) {
      if (k) expect(there).toBeGreaterThanOrEqual(swings[k - 1]![1] - 1e-9);
      expect(plan.scoreTime(there)).toBeCloseTo(straight.scoreTime(at), 9);
    }
  });

  it("says which notes last over a moment", () => {
    const at = next() * plan.length;
    const sounding = new Set<string>();
    for (const event of plan.events) {
      if (event.at >= at || event.kind === "click") continue;
      if (event.kind === "on") sounding.add(keyOf({ ...event, kind: "on" }));
      else sounding.delete(keyOf({ ...event, kind: "on" }));
    }
    for (const event of plan.events) {
      if (event.kind === "on") expect(lastsOver(plan, at, event.channel, event.note)).toBe(sounding.has(keyOf(event)));
    }
  });
});

const line = (notes: Note[], more: Partial<Score> = {}): Score => ({ tracks: [{ notes }], tempos: [[0, 120]], metres: [[0, 4, 4]], ...more });
const ons = (score: Score, quarters: number, manner: Partial<Manner> = {}) =>
  makePlan(score, 0, quarters, { ...STRAIGHT, ...manner }).events.filter((event) => event.kind === "on");

describe("a loop", () => {
  it("ends what is longer with the pass, before the next one begins", () => {
    const plan = makePlan(line([[0, 9, 60, 80]]), 0, 4, STRAIGHT);
    expect(eventsBetween(plan, 3, 5).map(({ kind, at }) => [kind, at])).toEqual([["off", 4], ["on", 4]]);
  });

  it("is as long as it is said to be, rests at its end included", () => {
    const plan = makePlan(line([[0, 1, 60, 80]]), 0, 8, STRAIGHT);
    expect(window(plan, 0, 9).filter((event) => event.kind === "on").map((event) => event.at)).toEqual([0, 4, 8]);
  });

  it("ends after one pass where it is none", () => {
    const plan = makePlan(line([[0, 4, 60, 80]]), 0, 4, { ...STRAIGHT, loop: false });
    expect(eventsBetween(plan, 0, 100).map((event) => event.kind)).toEqual(["on", "off"]);
  });
});

describe("tempo", () => {
  it("follows the score where none is set", () => {
    const score = line([[0, 1, 60, 80], [2, 1, 60, 80], [4, 1, 60, 80]], { tempos: [[0, 60], [2, 120]] });
    const plan = makePlan(score, 0, 8, STRAIGHT);
    expect(window(plan, 0, 7).filter((event) => event.kind === "on").map((event) => event.at)).toEqual([0, 2, 3, 5]);
  });

  it("is the one that is set", () => {
    const score = line([[2, 1, 60, 80]], { tempos: [[0, 60], [2, 120]] });
    expect(window(makePlan(score, 0, 4, { ...STRAIGHT, qpm: 240 }), 0, 1)[0]!.at).toBe(0.5);
  });

  it("begins with the tempo that holds where it begins", () => {
    const score = line([[4, 1, 60, 80], [5, 1, 60, 80]], { tempos: [[0, 60], [3, 120]] });
    expect(window(makePlan(score, 4, 8, STRAIGHT), 0, 2).map((event) => event.at)).toEqual([0, 0.5, 0.5, 1]);
  });
});

describe("swing", () => {
  it("makes triplets of quavers at a third", () => {
    const at = ons(line([[0, 0.5, 60, 80], [0.5, 0.5, 62, 80], [1, 0.5, 64, 80], [1.5, 0.5, 65, 80]]), 4, { swing: 1 / 3 }).map((event) => event.at);
    [0, 2 / 3, 1, 5 / 3].forEach((wanted, k) => expect(at[k]).toBeCloseTo(wanted, 12));
  });

  it("leaves 6/8 as it is", () => {
    expect(ons(line([[0.5, 0.5, 60, 80]], { metres: [[0, 6, 8]] }), 3, { swing: 0.4 })[0]!.at).toBe(0.5);
  });
});

describe("the metronome", () => {
  const clicks = (above: number, below: number, quarters: number) =>
    makePlan(line([], { metres: [[0, above, below]] }), 0, quarters, { ...STRAIGHT, metronome: true }).events.map(({ at, velocity }) => [at, velocity]);

  it.each([
    [4, 4, 4, [[0, 1], [1, 0], [2, 0], [3, 0]]],
    [3, 4, 6, [[0, 1], [1, 0], [2, 0], [3, 1], [4, 0], [5, 0]]],
    [6, 8, 6, [[0, 1], [1.5, 0], [3, 1], [4.5, 0]]],
    [2, 2, 4, [[0, 1], [2, 0]]],
    [5, 8, 2.5, [[0, 1], [0.5, 0], [1, 0], [1.5, 0], [2, 0]]],
  ])("beats %i/%i", (above, below, quarters, wanted) => expect(clicks(above, below, quarters)).toEqual(wanted));

  it("follows a change of metre", () => {
    const score = line([], { metres: [[0, 3, 4], [3, 4, 4]] });
    const firsts = makePlan(score, 0, 11, { ...STRAIGHT, metronome: true }).events.filter((event) => event.velocity).map((event) => event.at);
    expect(firsts).toEqual([0, 3, 7]);
  });
});

describe("parts", () => {
  const score: Score = {
    tracks: [{ notes: [[0, 1, 61, 80]], name: "melody" }, { notes: [[0, 1, 37, 80]], name: "beat", drum: true }, { notes: [[0, 1, 40, 80]], name: "bass", program: 33 }],
    tempos: [[0, 120]], metres: [[0, 4, 4]],
  };

  it("has drums on channel 10 and the others elsewhere, with their programs", () => {
    const plan = makePlan(score, 0, 4, STRAIGHT);
    expect(plan.events.filter((event) => event.kind === "on").map((event) => event.channel).sort()).toEqual([0, 1, DRUM_CHANNEL]);
    expect(plan.programs).toEqual([[0, 0], [1, 33]]);
  });

  it("keeps melodies to a scale, never drums", () => {
    const notes = ons(score, 4, { tonic: 0, scale: "major" }).map(({ channel, note }) => [channel, note]);
    expect(notes).toEqual([[0, 60], [1, 40], [DRUM_CHANNEL, 37]]);
  });

  it("leaves silent parts out", () => {
    expect(ons(score, 4, { muted: ["melody", "beat"] }).map((event) => event.note)).toEqual([40]);
  });

  it("sounds a key once where two notes fall on it", () => {
    expect(ons(line([[0, 1, 60, 80], [0, 2, 61, 90]]), 4, { tonic: 0 })).toHaveLength(1);
  });
});
