/** Scores from files that the user drops or chooses; a session's file is opened. */

import { ServerError, readFile } from "../server/api";
import { makeItem, shelve } from "../state/store";
import { parseSession } from "../state/check";
import { replace } from "../state/start";
import type { Item } from "../state/session";
import { complain, said, say } from "../ui/announce";
import { signal } from "@preact/signals";

export const ACCEPTED = ".mid,.midi,.abc,.musicxml,.xml,.mxl,.json";
/** How many files are still to be read. */
export const reading = signal(0);

/** Reads files one after another; a bad one is told of and the rest go on. Gives the items that are new on the shelf. */
export async function importFiles(files: readonly File[]): Promise<readonly Item[]> {
  const sessions = files.filter((file) => file.name.toLowerCase().endsWith(".json"));
  if (sessions[0]) await openSession(sessions[0]);
  const scores = files.filter((file) => !sessions.includes(file));
  const items: Item[] = [];
  const bad: string[] = [];
  reading.value += scores.length;
  for (const file of scores) {
    try {
      const { score, quarters, take } = await readFile(file);
      items.push(makeItem(withoutEnding(file.name), score, quarters, take));
    } catch (error) {
      bad.push(inOneSentence(file.name, error as Error));
    } finally {
      reading.value -= 1;
    }
  }
  shelve(items.length === 1 ? `add ${items[0]!.name}` : `add ${items.length} files`, items);
  tell(items, bad);
  return items;
}

function tell(items: readonly Item[], bad: readonly string[]): void {
  const good = items.length ? `${items.length === 1 ? items[0]!.name : `${items.length} files`} added to the shelf.` : "";
  if (bad.length) said.value = { kind: "error", text: bad.join(" "), hint: good || null };
  else if (good) say(good);
}

function inOneSentence(name: string, error: Error): string {
  const hint = error instanceof ServerError && error.hint ? ` ${error.hint}` : "";
  return error.message.includes(name) ? error.message + hint : `${name}: ${error.message}${hint}`;
}

function withoutEnding(name: string): string {
  return name.replace(/\.[^.]+$/, "") || name;
}

/** Opens a session's file; one that cannot be used leaves the session as it is. */
export async function openSession(file: File): Promise<void> {
  try {
    replace(`open ${file.name}`, parseSession(await file.text(), file.name));
    say(`${file.name} is open; undo brings the session before it back.`);
  } catch (error) {
    complain(error);
  }
}
