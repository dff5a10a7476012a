/** One course of a plan along the audio clock: from a moment on, until another course takes its place. */

import { beats } from "./beats";
import { eventsBetween, makePlan, passAt, positionAt, secondsAt, type Event, type Manner, type Plan } from "./plan";
import type { Playing } from "./player";

export interface Stretch {
  /** In quarter notes of the score. */
  readonly from: number;
  readonly to: number;
}

export class Course {
  readonly plan: Plan;
  readonly position: number;
  private readonly zero: number;

  /**
   * @param starts the time of the context at which it begins
   * @param where where on the plan's line it begins
   */
  constructor(public what: Playing, readonly stretch: Stretch, manner: Manner, readonly starts: number, where: (plan: Plan) => number = () => 0) {
    this.plan = makePlan(what.score, stretch.from, stretch.to, manner);
    this.position = where(this.plan);
    this.zero = starts - secondsAt(this.plan, this.position);
  }

  timeAt(position: number): number {
    return this.zero + secondsAt(this.plan, position);
  }

  positionAt(time: number): number {
    return positionAt(this.plan, Math.max(0, time - this.zero));
  }

  /** Time of the score, in quarter notes; in a loop it begins again. */
  scoreTime(time: number): number {
    return this.plan.scoreTime(this.inPass(this.positionAt(time)));
  }

  /** Events at positions [from, to), at times of the context. */
  events(from: number, to: number): Event[] {
    return eventsBetween(this.plan, from, to).map((event) => ({ ...event, at: Math.max(this.starts, this.timeAt(event.at)) }));
  }

  /** When all is over; Infinity for a loop. */
  get ends(): number {
    return this.plan.loop ? Infinity : this.timeAt(this.plan.length);
  }

  /** The next position at or after one at which a beat or bar begins; that of the pass's end is one too. */
  next(position: number, which: "beat" | "bar"): number {
    const { from, to } = this.stretch;
    const pass = passAt(this.plan, position);
    const inPass = this.inPass(position);
    const times = beats(this.what.score, from, to).filter((beat) => which === "beat" || beat.first).map((beat) => this.plan.positionOf(beat.time));
    const found = [...times, this.plan.length].find((at) => at >= inPass - 1e-6) ?? this.plan.length;
    return pass * this.plan.length + found;
  }

  private inPass(position: number): number {
    return position - passAt(this.plan, position) * this.plan.length;
  }
}
