/** Sound without a device: the same plan and the same bank, rendered as fast as it goes. */

import type { Score } from "../music/score";
import { DEFAULTS, type Settings } from "../state/session";
import { Output } from "./output";
import { makePlan, secondsAt } from "./plan";

export const RENDER_RATE = 44100;
const LOUDEST = 0.98;

/**
 * Renders a score once, from its beginning.
 *
 * @param quarters how much of it, in quarter notes
 * @param settings tempo, swing, scale, muted parts, metronome and volume as in the session; the usual ones where they say nothing
 * @param tail seconds after the end in which the last notes die away
 * @returns left and right at 44.1 kHz, never beyond -1 to 1: what would be louder is turned down as a whole
 */
export async function renderOffline(score: Score, quarters: number, settings: Partial<Settings> = {}, tail = 1.5): Promise<Float32Array[]> {
  const said = { ...DEFAULTS, ...settings, loop: false };
  const plan = makePlan(score, 0, quarters, said);
  const seconds = secondsAt(plan, plan.length) + tail;
  const context = new OfflineAudioContext(2, Math.ceil(seconds * RENDER_RATE), RENDER_RATE);
  const output = new Output(context, said.volume);
  await output.fetchBank();
  await Promise.all(score.tracks.map((track) => output.bank!.load(track.drum ? 0 : (track.program ?? 0), track.drum ?? false)));
  output.setPrograms(0, plan.programs);
  output.send(plan.events.map((event) => ({ ...event, at: secondsAt(plan, event.at) })));
  await output.bank!.arrived();
  const sound = await context.startRendering();
  return inRange([sound.getChannelData(0), sound.getChannelData(1)]);
}

function inRange(channels: Float32Array[]): Float32Array[] {
  let peak = 0;
  for (const channel of channels) for (const point of channel) peak = Math.max(peak, Math.abs(point));
  if (peak <= LOUDEST) return channels;
  return channels.map((channel) => channel.map((point) => (point * LOUDEST) / peak));
}
