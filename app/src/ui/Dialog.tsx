/** A native dialog: Escape and a click outside close it, focus goes back where it was. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./Icon";
import "./parts.css";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
  /** From the bottom edge, for narrow screens. */
  readonly sheet?: boolean;
}

export function Dialog({ title, onClose, children, wide = false, sheet = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    element.showModal();
    return () => {
      const inside = document.activeElement === document.body || element.contains(document.activeElement);
      element.close();
      if (inside && before?.isConnected) before.focus(); // the element itself may be gone already, so that closing it gives nothing back
    };
  }, []);
  return (
    <dialog ref={dialog} class={`dialog${wide ? " wide" : ""}${sheet ? " sheet" : ""}`} aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => event.target === dialog.current && onClose()}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="button quiet icon" aria-label="Close" onClick={onClose}><Icon name="close" /></button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
