/** What belongs to this browser, not to the music. */

import { effect, signal } from "@preact/signals";

const NAME = "scorespace-preferences";

export interface Preferences {
  /** Whether keys without Ctrl or Cmd do anything (WCAG 2.1.4). */
  readonly singleKeys: boolean;
}

function read(): Preferences {
  try {
    const found = JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Preferences>;
    return { singleKeys: found.singleKeys !== false };
  } catch {
    return { singleKeys: true };
  }
}

export const preferences = signal<Preferences>(read());

effect(() => {
  try {
    localStorage.setItem(NAME, JSON.stringify(preferences.value));
  } catch {
    // A browser that keeps nothing starts with the usual ones next time.
  }
});
