/** The player: a look-ahead scheduler on the audio clock. Decoding of music is done elsewhere; here only times are reckoned. */

import { computed, effect } from "@preact/signals";
import { qpmOf, sameNotes } from "../music/score";
import type { Settings } from "../state/session";
import { selected, session } from "../state/store";
import { Course, type Stretch } from "./course";
import { device, deviceNow, heardNow, prepare, prepareFor, wake } from "./device";
import type { Sink } from "./output";
import { lastsOver, passAt, type Manner } from "./plan";
import { playhead, playing, type Player, type Playing } from "./player";
import TicksWorker from "./ticks.worker.ts?worker";

const TICK = 25; // ms
const HORIZON = 0.125; // seconds that are sent ahead
const LEAD = 0.02; // seconds that a change needs to reach the audio thread
const TOO_LATE = 0.1; // seconds: after a standstill of the page, what is older is left out
const TAIL = 0.1; // seconds after the last note until nothing plays

interface Waiting {
  readonly what: Playing;
  readonly stretch: Stretch;
  readonly when: "now" | "beat" | "bar";
  /** On the line of the course that plays. */
  readonly at: number;
}

let course: Course | null = null;
/** What still sounds while `course` is scheduled but has not begun. */
let before: Course | null = null;
let waiting: Waiting | null = null;
/** Up to which position of the course's line everything is sent. */
let sentTo = 0;
/** What the one who asked to play wants instead of the settings. */
let askedLoop: boolean | undefined;
let manner: Manner = mannerOf(session.value.settings);
let frame = 0;
let ticks: Worker | null = null;

/** Quarter notes a minute at which something plays now, or would play. */
export const qpmNow = computed(() => {
  const score = (playing.value ?? selected.value)?.score;
  return session.value.settings.qpm ?? (score ? qpmOf(score) : 120);
});

function mannerOf({ loop, qpm, swing, metronome, tonic, scale, muted }: Settings): Manner {
  return { loop: askedLoop ?? loop, qpm, swing, metronome, tonic, scale, muted };
}

async function play(what: Playing, options: { from?: number; to?: number; loop?: boolean } = {}): Promise<void> {
  const stretch = { from: options.from ?? 0, to: options.to ?? what.quarters };
  if (!(stretch.to > stretch.from)) throw new Error(`Nothing can play from ${stretch.from} to ${stretch.to}: the end must lie after the beginning.`);
  const { context, output } = device();
  const woken = wake();
  askedLoop = options.loop;
  manner = mannerOf(session.value.settings);
  const starts = context.currentTime + LEAD;
  output.cancel(starts);
  output.release(starts);
  course = before = null;
  turnTo(new Course(what, stretch, manner, starts));
  performance.mark("scorespace-sound", { detail: { lead: LEAD, latency: context.baseLatency } });
  begin(what);
  void prepareFor(what.score);
  await woken;
}

async function swap(what: Playing, when: "now" | "beat" | "bar"): Promise<void> {
  if (!course) return play(what);
  if (isSame(course, what)) {
    waiting = null;
    course.what = what;
    playing.value = what;
    return;
  }
  const { context, output } = device();
  void prepareFor(what.score);
  const position = course.positionAt(Math.max(course.starts, context.currentTime + LEAD));
  const at = when === "now" ? position : course.next(position, when);
  output.cancel(course.timeAt(at));
  sentTo = Math.min(sentTo, at);
  waiting = { what, stretch: { from: 0, to: what.quarters }, when, at };
  tick();
}

/** Whether what plays would sound no different. */
function isSame({ what: old, stretch }: Course, what: Playing): boolean {
  const whole = stretch.from === 0 && stretch.to === what.quarters;
  return whole && sameNotes(old.score, what.score) && JSON.stringify(old.score.tempos) === JSON.stringify(what.score.tempos);
}

function stop(): void {
  const now = deviceNow();
  if (!now || !course) return;
  const time = now.context.currentTime + 0.005;
  now.output.cancel(time);
  now.output.release(time);
  finish();
}

/** Puts a course in the place of what plays, from its beginning on. */
function turnTo(next: Course): void {
  const { output } = device();
  output.cancel(next.starts);
  output.release(next.starts, ({ channel, note }) => lastsOver(next.plan, next.position, channel, note));
  output.setPrograms(next.starts, next.plan.programs);
  if (course && course.starts < next.starts) before = course;
  course = next;
  sentTo = next.position;
  waiting = null;
  tick();
}

/** The same music in another manner, from now on; nothing jumps. */
function playOtherwise(): void {
  const old = course;
  if (!old) return;
  const time = Math.max(old.starts, device().context.currentTime + LEAD);
  const held = waiting;
  turnTo(new Course(old.what, old.stretch, manner, time, (plan) => {
    const passes = plan.loop ? passAt(old.plan, old.positionAt(time)) : 0;
    return passes * plan.length + Math.min(plan.length, plan.positionOf(old.scoreTime(time)));
  }));
  if (held) void swap(held.what, held.when);
}

/** What waited takes its place, at the phase to which the old one has come. */
function turnToWaiting({ what, stretch, at }: Waiting): void {
  const old = course!;
  const past = at - passAt(old.plan, at) * old.plan.length;
  const elapsed = old.plan.scoreTime(past) - old.stretch.from;
  const phase = elapsed % (stretch.to - stretch.from);
  turnTo(new Course(what, stretch, manner, old.timeAt(at), (plan) => plan.positionOf(stretch.from + phase)));
}

/** Sends what comes next. */
function tick(): void {
  if (!course) return;
  const { context, output } = device();
  const now = context.currentTime;
  if (before && heardNow({ context, output }) >= course.starts) before = null;
  if (!before && playing.value !== course.what) playing.value = course.what;
  const target = Math.min(waiting?.at ?? Infinity, course.positionAt(Math.max(now, course.starts) + HORIZON));
  if (target > sentTo) {
    output.send(course.events(sentTo, target).filter((event) => event.kind === "off" || event.at > now - TOO_LATE));
    sentTo = target;
  }
  output.ledger.settle(now);
  if (waiting && sentTo >= waiting.at) turnToWaiting(waiting);
  else if (now > course.ends + TAIL) finish();
}

function begin(what: Playing): void {
  playing.value = what;
  if (!ticks) {
    ticks = new TicksWorker();
    ticks.onmessage = tick;
  }
  ticks.postMessage(TICK);
  if (!frame) frame = requestAnimationFrame(show);
}

function finish(): void {
  course = before = waiting = null;
  ticks?.postMessage(0);
  playing.value = null;
  playhead.value = 0;
}

/** With every frame: what is heard, and where. */
function show(): void {
  frame = 0;
  if (!course) return;
  const { what, at } = heard()!;
  if (playing.value !== what) playing.value = what;
  playhead.value = at;
  frame = requestAnimationFrame(show);
}

/** What is heard now, and where in its score (quarter notes); null where nothing plays. */
export function heard(): { what: Playing; at: number } | null {
  if (!course) return null;
  const time = heardNow(device());
  const now = courseAt(time)!;
  return { what: now.what, at: Math.max(now.stretch.from, now.scoreTime(Math.max(time, now.starts))) };
}

function courseAt(time: number): Course | null {
  return before && course && time < course.starts ? before : course;
}

/** What is heard at a time of the page's clock (ms), in quarter notes over all passes; null where nothing plays. For recording. */
export function heardAt(stamp: number): number | null {
  const now = deviceNow();
  if (!now || !course) return null;
  const time = heardNow(now) + (stamp - performance.now()) / 1000;
  const then = courseAt(time)!;
  const { plan, stretch } = then;
  const position = then.positionAt(time);
  const pass = passAt(plan, position);
  return pass * (stretch.to - stretch.from) + plan.scoreTime(position - pass * plan.length);
}

/** Sends MIDI to a port in the place of the synthesiser; null for the synthesiser again. */
export function sendTo(sink: Sink | null): void {
  const { context, output } = device();
  const time = context.currentTime + LEAD;
  output.cancel(time);
  output.release(time);
  output.sink = sink;
  if (!course) return;
  sentTo = Math.min(sentTo, course.positionAt(time));
  output.setPrograms(time, course.plan.programs);
}

function note(pitch: number, program: number, drum: boolean, seconds = 0.35): void {
  const { context, output } = device();
  void wake();
  void prepare(program, drum).catch(() => undefined); // the plain sound is heard meanwhile
  const time = context.currentTime + 0.005;
  output.live(time, pitch, 90, program, drum);
  output.live(time + seconds, pitch, 0, program, drum);
}

/** A key of a MIDI keyboard, as it goes down (1-127) or up (0). */
export function liveKey(pitch: number, velocity: number, program: number): void {
  const { context, output } = device();
  void prepare(program, false).catch(() => undefined);
  output.live(context.currentTime, pitch, velocity, program, false);
}

export const player: Player = { play, swap, stop, note };

let loopBefore = session.value.settings.loop;
effect(() => {
  const { settings } = session.value;
  if (settings.loop !== loopBefore) askedLoop = undefined; // the button decides from now on
  loopBefore = settings.loop;
  const next = mannerOf(settings);
  if (JSON.stringify(next) === JSON.stringify(manner)) return;
  manner = next;
  playOtherwise();
});
