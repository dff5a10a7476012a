/** What leaves the app: an item as a file, the session as a file or a link. */

import { writeFile } from "../server/api";
import { fragmentOf, LONGEST_LINK } from "../state/link";
import type { Item } from "../state/session";
import { session } from "../state/store";
import { complain, say } from "../ui/announce";

export const FORMATS = [
  { format: "mid", name: "MIDI" },
  { format: "musicxml", name: "MusicXML" },
  { format: "wav", name: "WAV" },
  { format: "svg", name: "Notation (SVG)" },
] as const;

export type Format = (typeof FORMATS)[number]["format"];

export function fileName(name: string, ending: string): string {
  const safe = name.replace(/[^\p{L}\p{N} ._-]+/gu, "-").trim().replace(/^[.-]+/, "").slice(0, 80);
  return `${safe || "score"}.${ending}`;
}

export async function download(item: Item, format: Format): Promise<void> {
  try {
    saveBlob(await writeFile(item.score, format, item.take?.provenance), fileName(item.name, format));
    say(`${fileName(item.name, format)} is written.`);
  } catch (error) {
    complain(error);
  }
}

export function saveSession(): void {
  const text = JSON.stringify(session.value);
  saveBlob(new Blob([text], { type: "application/json" }), "session.json");
  say("The session is saved to session.json.");
}

export async function shareLink(): Promise<void> {
  const fragment = fragmentOf(session.value);
  if (!fragment) {
    complain(Object.assign(new Error(`This is too much for a link (over ${LONGEST_LINK / 1000} kB).`), { hint: "Save the session to a file and send that." }));
    return;
  }
  const address = `${location.origin}${location.pathname}#${fragment}`;
  try {
    await navigator.clipboard.writeText(address);
    say("The link is copied: it holds the selected item and this tool, and opens where Scorespace runs at this address.");
  } catch {
    prompt("Copy this link:", address);
  }
}

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
