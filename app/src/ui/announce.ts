/** What a screen reader and a toast say. */

import { signal } from "@preact/signals";

export interface Said {
  readonly text: string;
  readonly kind: "done" | "error";
  readonly hint?: string | null;
}

export const said = signal<Said | null>(null);

export function say(text: string): void {
  said.value = { text, kind: "done" };
}

/** Tells of an error in words; a call that was given up is none. */
export function complain(error: unknown): void {
  if ((error as Error).name === "AbortError") return;
  const { message, hint } = error as Error & { hint?: string | null };
  said.value = { text: message, kind: "error", hint: hint ?? null };
}
