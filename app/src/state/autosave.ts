/**
 * Keeps the session in the browser. Each tab holds a lock on the record that it writes; a second tab finds the lock
 * taken and goes on with a copy under a name of its own, so that no tab overwrites what another one writes.
 */

import { effect, signal } from "@preact/signals";
import { complain } from "../ui/announce";
import { checkSession } from "./check";
import { keepRecord, keptRecord } from "./records";
import type { Session } from "./session";
import { newId, session } from "./store";

const DELAY = 400; // milliseconds after the last change
const NAME = "scorespace-record";
const LEFT = "scorespace-left"; // what was not yet written when the page was left: only this storage writes at once
const MAIN = "main";

/** The record that this tab writes. */
export const record = signal<string | null>(null);
/** Whether this tab works on a copy because another one has the session. */
export const isCopy = signal(false);

/** Takes a record and gives what it holds; null where there is nothing yet. */
export async function openRecord(): Promise<Session | null> {
  const wanted = sessionStorage.getItem(NAME) ?? MAIN;
  let found: unknown = null;
  try {
    const free = await take(wanted);
    isCopy.value = !free || wanted !== MAIN;
    const name = free ? wanted : `copy-${newId()}`;
    if (!free) await take(name);
    sessionStorage.setItem(NAME, name);
    record.value = name;
    found = leftOf(wanted) ?? (await keptRecord(wanted))?.session ?? null;
  } catch {
    complain(new Error("This browser keeps nothing: save your session to a file before you leave."));
    return null;
  }
  return found === null ? null : checkSession(found, "The session kept in this browser");
}

/** What a tab left unwritten in a record, once. */
function leftOf(name: string): unknown {
  const text = sessionStorage.getItem(LEFT);
  sessionStorage.removeItem(LEFT);
  const left = text === null ? null : (JSON.parse(text) as { id: string; session: unknown });
  return left?.id === name ? left.session : null;
}

function leave(unwritten: Session | null): void {
  sessionStorage.removeItem(LEFT); // a page that comes back from the browser's cache may have left an older one
  if (!unwritten || !record.value) return;
  try {
    sessionStorage.setItem(LEFT, JSON.stringify({ id: record.value, session: unwritten }));
  } catch {
    // too large for this storage: what the other one writes on leaving is all that can be had
  }
}

/** Holds a lock until the page is left. */
function take(name: string): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`${NAME}-${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });
}

/** Writes every change from now on. */
export function startAutosave(): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let unwritten: Session | null = null;
  let underway: Session | null = null;
  let failed = false;
  const write = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (!unwritten || !record.value) return;
    const writing = (underway = unwritten);
    unwritten = null;
    keepRecord({ id: record.value, saved: Date.now(), session: writing }).then(() => {
      failed = false;
      if (underway === writing) underway = null;
    }, () => {
      if (!failed) complain(new Error("The session could not be kept in this browser: its storage is full or closed. Save it to a file."));
      failed = true;
    });
  };
  let first = true;
  effect(() => {
    const now = session.value;
    if (first) {
      first = false;
      return;
    }
    unwritten = now;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(write, DELAY);
  });
  document.addEventListener("visibilitychange", () => document.hidden && write());
  addEventListener("pagehide", () => {
    leave(unwritten ?? underway);
    write();
  });
}
