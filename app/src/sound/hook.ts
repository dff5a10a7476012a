/** A handle on the sound for measurements and end-to-end tests: it reads, renders and plays, and changes nothing that is kept. */

import { deviceNow, sounds } from "./device";
import { heard, player } from "./engine";
import { renderOffline } from "./offline";

const hook = {
  player,
  renderOffline,
  /** What plays, where it is heard, whether the device runs, and with which sounds. */
  state: () => ({
    key: heard()?.what.key ?? null, playhead: heard()?.at ?? 0, context: deviceNow()?.context.state ?? null, sounds: sounds.value,
    time: deviceNow()?.context.currentTime ?? 0, latency: deviceNow()?.context.baseLatency ?? 0,
  }),
};

declare global {
  interface Window {
    readonly scorespaceSound: typeof hook;
  }
}

Object.defineProperty(window, "scorespaceSound", { value: hook });
