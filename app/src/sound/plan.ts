/**
 * What sounds when: pure functions from a score and the settings to events.
 *
 * A plan is one pass of what plays, on a line of *positions*: quarter notes after swing, 0 where the pass begins. In a loop the
 * line goes on over the passes. Whatever windows the line is cut into, every event comes in exactly one of them.
 */

import { pitchClasses } from "../music/scales";
import type { Score, Track } from "../music/score";
import { nearestPitch } from "../music/lock";
import { beats } from "./beats";
import { swung, tempoMap, unswung, type TempoMap } from "./tempo";

export const DRUM_CHANNEL = 9;
/** The channel of single notes that answer the user: played live, or heard while writing. */
export const LIVE_CHANNEL = 15;
const NEAR = 1e-9;
const SHORTEST = 1 / 32;

/** What of the settings changes the events. */
export interface Manner {
  readonly loop: boolean;
  readonly qpm: number | null;
  readonly swing: number;
  readonly metronome: boolean;
  readonly tonic: number | null;
  readonly scale: string;
  /** Names of the parts that are silent. */
  readonly muted?: readonly string[];
}

export type Kind = "off" | "click" | "on";

export interface Event {
  /** Position; in `window` seconds. */
  readonly at: number;
  readonly kind: Kind;
  readonly channel: number;
  readonly note: number;
  /** 1-127; of a click 1 on the first beat of a bar, else 0. */
  readonly velocity: number;
}

export interface Plan {
  /** Of one pass, in positions. */
  readonly length: number;
  readonly loop: boolean;
  /** Of one pass, sorted; an off that lies at the end of the pass comes before what begins the next one. */
  readonly events: readonly Event[];
  /** Channel and General MIDI program, counted from 0; drums have none. */
  readonly programs: readonly (readonly [number, number])[];
  readonly tempo: TempoMap;
  /** From a position in a pass to the score's time in quarter notes, and back. */
  readonly scoreTime: (position: number) => number;
  readonly positionOf: (time: number) => number;
}

/**
 * Plans the part of a score between `from` and `to` (quarter notes).
 *
 * A note belongs to it if it begins there; what lasts longer ends with the pass.
 */
export function makePlan(score: Score, from: number, to: number, manner: Manner): Plan {
  const positionOf = (time: number) => swung(score, time, manner.swing) - swung(score, from, manner.swing);
  const length = Math.max(SHORTEST, positionOf(to));
  const channels = channelsOf(score.tracks);
  const notes = score.tracks.flatMap((track, k) =>
    isMuted(track, k, manner) ? [] : sounding(track, channels[k]!, from, to, manner).map((note) => ({
      ...note, on: positionOf(note.on), off: Math.min(length, Math.max(positionOf(note.off), positionOf(note.on) + SHORTEST)),
    })));
  const events = separated(notes).flatMap(({ on, off, channel, note, velocity }): Event[] => [
    { at: on, kind: "on", channel, note, velocity }, { at: off, kind: "off", channel, note, velocity: 0 },
  ]);
  if (manner.metronome) {
    for (const { time, first } of beats(score, from, to)) {
      events.push({ at: positionOf(time), kind: "click", channel: 0, note: 0, velocity: first ? 1 : 0 });
    }
  }
  return {
    length, loop: manner.loop, events: events.sort(order), programs: programsOf(score.tracks, channels),
    tempo: tempoMap(temposOf(score, from, to, manner, positionOf)),
    scoreTime: (position) => unswung(score, position + swung(score, from, manner.swing), manner.swing), positionOf,
  };
}

/** The events at positions [from, to), each at its position on the line that goes over all passes. */
export function eventsBetween(plan: Plan, from: number, to: number): Event[] {
  const { length, loop } = plan;
  const first = loop ? Math.max(0, Math.floor(from / length) - 1) : 0;
  const last = loop ? Math.floor(to / length) : 0;
  const found: Event[] = [];
  for (let pass = first; pass <= last; pass++) {
    for (const event of plan.events) {
      // the end of a pass and the beginning of the next are one number, so that no rounding comes between them
      const at = event.at >= length ? (pass + 1) * length : pass * length + event.at;
      if (at >= from && at < to) found.push({ ...event, at });
    }
  }
  return found.sort(order);
}

/** Seconds from position 0 to a position on the line over all passes. */
export function secondsAt(plan: Plan, position: number): number {
  const pass = passAt(plan, position);
  return pass * plan.tempo.seconds(plan.length) + plan.tempo.seconds(position - pass * plan.length);
}

export function positionAt(plan: Plan, seconds: number): number {
  const whole = plan.tempo.seconds(plan.length);
  const pass = plan.loop ? Math.max(0, Math.floor(seconds / whole)) : 0;
  return pass * plan.length + plan.tempo.position(seconds - pass * whole);
}

/** The events of a window in seconds from position 0; `at` is in seconds. */
export function window(plan: Plan, from: number, to: number): Event[] {
  return eventsBetween(plan, positionAt(plan, from), positionAt(plan, to)).map((event) => ({ ...event, at: secondsAt(plan, event.at) }));
}

export function passAt(plan: Plan, position: number): number {
  return plan.loop ? Math.max(0, Math.floor(position / plan.length)) : 0;
}

/** Whether a note of the plan lasts over a position, so that one that sounds already may go on. */
export function lastsOver(plan: Plan, position: number, channel: number, note: number): boolean {
  const inPass = position - passAt(plan, position) * plan.length;
  let on = false;
  for (const event of plan.events) {
    if (event.at >= inPass - NEAR) break;
    if (event.channel === channel && event.note === note && event.kind !== "click") on = event.kind === "on";
  }
  return on;
}

const RANK: Readonly<Record<Kind, number>> = { off: 0, click: 1, on: 2 };

function order(a: Event, b: Event): number {
  return a.at - b.at || RANK[a.kind] - RANK[b.kind] || a.channel - b.channel || a.note - b.note;
}

export function partName(track: Track, place: number): string {
  return track.name || (track.drum ? "drums" : `part ${place + 1}`);
}

function isMuted(track: Track, place: number, manner: Manner): boolean {
  return manner.muted?.includes(partName(track, place)) ?? false;
}

interface Sounding {
  readonly on: number;
  readonly off: number;
  readonly channel: number;
  readonly note: number;
  readonly velocity: number;
}

function sounding(track: Track, channel: number, from: number, to: number, manner: Manner): Sounding[] {
  const classes = track.drum ? null : pitchClasses(manner.tonic, manner.scale);
  return track.notes
    .filter(([start, , , velocity]) => start >= from - NEAR && start < to - NEAR && velocity > 0)
    .map(([start, duration, pitch, velocity]) => ({
      on: Math.max(from, start), off: start + duration, channel, note: classes ? nearestPitch(pitch, classes) : pitch, velocity,
    }));
}

/** On one channel a key sounds once at a time: a note ends where the next one on its key begins. */
function separated(notes: readonly Sounding[]): Sounding[] {
  const kept = new Map<number, Sounding[]>();
  for (const note of [...notes].sort((a, b) => a.on - b.on)) {
    const key = note.channel * 128 + note.note;
    const line = kept.get(key) ?? [];
    const last = line[line.length - 1];
    if (last && note.on - last.on < NEAR) {
      line[line.length - 1] = { ...last, off: Math.max(last.off, note.off), velocity: Math.max(last.velocity, note.velocity) };
    } else {
      if (last && last.off > note.on) line[line.length - 1] = { ...last, off: note.on };
      line.push(note);
    }
    kept.set(key, line);
  }
  return [...kept.values()].flat();
}

/** A channel for each part: drums have theirs, and parts of one program share one only when there are more than channels. */
function channelsOf(tracks: readonly Track[]): number[] {
  const free = Array.from({ length: 16 }, (_, k) => k).filter((k) => k !== DRUM_CHANNEL && k !== LIVE_CHANNEL);
  const given: { channel: number; program: number }[] = [];
  return tracks.map((track) => {
    if (track.drum) return DRUM_CHANNEL;
    const program = track.program ?? 0;
    const channel = free[given.length] ?? (given.find((each) => each.program === program) ?? given[0]!).channel;
    if (given.length < free.length) given.push({ channel, program });
    return channel;
  });
}

function programsOf(tracks: readonly Track[], channels: readonly number[]): [number, number][] {
  const programs = new Map<number, number>();
  tracks.forEach((track, k) => {
    if (!track.drum && !programs.has(channels[k]!)) programs.set(channels[k]!, track.program ?? 0);
  });
  return [...programs];
}

function temposOf(score: Score, from: number, to: number, { qpm }: Manner, positionOf: (time: number) => number): [number, number][] {
  if (qpm !== null) return [[0, qpm]];
  const sorted = [...score.tempos].sort((a, b) => a[0] - b[0]);
  const first = sorted.filter(([start]) => start <= from + NEAR).pop() ?? sorted[0];
  const later = sorted.filter(([start]) => start > from + NEAR && start < to);
  return [[0, first?.[1] ?? 120], ...later.map(([start, value]): [number, number] => [positionOf(start), value])];
}
