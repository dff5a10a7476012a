/** A button that shows a few more: Escape, a choice or a click elsewhere closes it. */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import "./parts.css";

interface Props {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly choices: readonly { readonly name: string; readonly run: () => void }[];
}

export function Menu({ label, children, class: className = "tile-action", choices }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    const element = menu.current;
    if (!open || !element) return;
    element.showPopover();
    place(element, button.current!.getBoundingClientRect());
    (element.firstElementChild as HTMLElement).focus();
  }, [open]);
  const close = (back: boolean) => {
    setOpen(false);
    if (back) button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = [...menu.current!.children] as HTMLElement[];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]!.focus();
  };
  return (
    <>
      <button ref={button} type="button" class={className} aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}>{children}</button>
      {open && (
        <div ref={menu} id={id} class="menu" role="menu" aria-label={label} popover="auto" onKeyDown={move}
          onToggle={(event) => { if ((event as unknown as ToggleEvent).newState === "closed") close(menu.current!.contains(document.activeElement)); }}>
          {choices.map((choice) => (
            <button key={choice.name} type="button" role="menuitem" tabIndex={-1} onClick={() => { close(true); choice.run(); }}>{choice.name}</button>
          ))}
        </div>
      )}
    </>
  );
}

function place(menu: HTMLElement, at: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, at.right - width))}px`;
  menu.style.top = `${at.bottom + height + 8 > innerHeight ? Math.max(8, at.top - height - 4) : at.bottom + 4}px`;
}
