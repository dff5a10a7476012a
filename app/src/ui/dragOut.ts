/** A shelf item as a MIDI file that can be dragged out of the window; Chromium alone has that, so it is never the only way. */

import { fileName } from "../frame/exports";
import { serverState } from "../server/spaces";
import { writeFile } from "../server/api";
import type { Item } from "../state/session";

const DWELL = 250; // milliseconds of hovering after which the file is made
const MOST = 40;

const files = new Map<Item, string>();

/** Makes the file when a pointer rests on an item, since it must be there when the drag begins. Gives what calls it off. */
export function prepare(item: Item): () => void {
  if (files.has(item) || serverState.value !== "ready") return () => {};
  const timer = setTimeout(() => {
    // One that cannot be made is not dragged out; the download says why.
    writeFile(item.score, "mid", item.take?.provenance).then((blob) => keep(item, URL.createObjectURL(blob)), () => {});
  }, DWELL);
  return () => clearTimeout(timer);
}

export function addTo(transfer: DataTransfer, item: Item): void {
  const address = files.get(item);
  if (address) transfer.setData("DownloadURL", `audio/midi:${fileName(item.name, "mid")}:${address}`);
}

function keep(item: Item, address: string): void {
  files.set(item, address);
  if (files.size <= MOST) return;
  const [oldest, gone] = files.entries().next().value!;
  URL.revokeObjectURL(gone);
  files.delete(oldest);
}
