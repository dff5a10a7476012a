/** A song leaves as a file or as an item of the shelf. */

import { writeFile } from "../../server/api";
import { fileName, saveBlob } from "../../frame/exports";
import type { Score } from "../../music/score";
import { renderOffline } from "../../sound/offline";
import { encodeWav } from "../../sound/wav";
import { makeItem, session, shelve } from "../../state/store";
import { complain, say } from "../../ui/announce";
import { assemble, type Song } from "./song";
import { arrange } from "./state";
import { baked } from "./swing";

export const ENDINGS = [["mid", "MIDI"], ["musicxml", "MusicXML"], ["wav", "WAV"]] as const;
export type Ending = (typeof ENDINGS)[number][0];

/** The song as it is written: its swing in the notes where that was asked for. */
export function written(song: Song, swing: boolean): { readonly score: Score; readonly quarters: number } {
  const { score, quarters } = assemble(song);
  return { score: baked(score, swing ? session.value.settings.swing : 0), quarters };
}

export function nameOf(song: Song, ending: Ending): string {
  return fileName(song.name, ending);
}

export async function exportSong(ending: Ending): Promise<void> {
  const { song, swing } = arrange();
  const name = nameOf(song, ending);
  try {
    saveBlob(ending === "wav" ? await sound(song) : await writeFile(written(song, swing).score, ending), name);
    say(`${name} is written.`);
  } catch (error) {
    complain(error);
  }
}

/** The same sound as when it plays: with the swing, in the song's own tempo. */
async function sound(song: Song): Promise<Blob> {
  const { score, quarters } = assemble(song);
  const { swing, volume } = session.value.settings;
  return new Blob([encodeWav(await renderOffline(score, quarters, { swing, volume }))], { type: "audio/wav" });
}

export function shelveSong(): void {
  const { song, swing } = arrange();
  const { score, quarters } = written(song, swing);
  shelve(`put ${song.name} on the shelf`, [makeItem(song.name, score, quarters)]);
  say(`${song.name} is on the shelf.`);
}
