/** A line that goes along with the sound, without drawing the picture beneath it again. */

import { useEffect, useRef } from "preact/hooks";
import { effect } from "@preact/signals";
import { playhead, playing } from "../sound/player";

export function Playhead({ playKey, quarters }: { playKey: string | undefined; quarters: number }) {
  const line = useRef<HTMLElement>(null);
  useEffect(() => effect(() => {
    const element = line.current;
    if (!element) return;
    const sounds = playKey !== undefined && playing.value?.key === playKey;
    element.hidden = !sounds;
    if (sounds) element.style.left = `${(100 * Math.min(playhead.value, quarters)) / quarters}%`;
  }), [playKey, quarters]);
  return <i ref={line} class="playhead" hidden aria-hidden="true" />;
}
