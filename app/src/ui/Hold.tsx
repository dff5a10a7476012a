/** A button for what lasts as long as it is held: by pointer, by Space or Enter on it, or by its letter anywhere. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { preferences } from "../frame/preferences";
import { isField } from "./field";

interface Props {
  /** In lower case. */
  readonly letter: string;
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  readonly children: ComponentChildren;
}

export function Hold({ letter, onBegin, onEnd, children }: Props) {
  const [held, show] = useState(false);
  const now = useRef({ on: false, onBegin, onEnd });
  Object.assign(now.current, { onBegin, onEnd });
  const turn = (on: boolean) => {
    const mine = now.current;
    if (mine.on === on) return;
    mine.on = on;
    show(on);
    (on ? mine.onBegin : mine.onEnd)();
  };
  useEffect(() => listen(letter, turn), [letter]);
  const pressing = (event: KeyboardEvent, on: boolean) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    turn(on);
  };
  return (
    <button type="button" class="button hold" aria-pressed={held} aria-keyshortcuts={letter}
      onPointerDown={(event) => { if (event.button === 0) { event.currentTarget.setPointerCapture(event.pointerId); turn(true); } }}
      onPointerUp={() => turn(false)} onPointerCancel={() => turn(false)} onBlur={() => turn(false)}
      onContextMenu={(event) => { if (now.current.on) event.preventDefault(); }}
      onKeyDown={(event) => pressing(event, true)} onKeyUp={(event) => pressing(event, false)}
      onClick={(event) => { if (event.detail === 0) turn(!now.current.on); }}>
      {children} <kbd>{letter.toUpperCase()}</kbd>
    </button>
  );
}

function listen(letter: string, turn: (on: boolean) => void): () => void {
  const isIt = (event: KeyboardEvent) => event.key.toLowerCase() === letter;
  const down = (event: KeyboardEvent) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
    if (isIt(event) && plain && preferences.value.singleKeys && !isField(event.target) && !document.querySelector("dialog[open]")) turn(true);
  };
  const up = (event: KeyboardEvent) => {
    if (isIt(event)) turn(false);
  };
  const away = () => turn(false);
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  addEventListener("blur", away);
  return () => {
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
    removeEventListener("blur", away);
    turn(false);
  };
}
