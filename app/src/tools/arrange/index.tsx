/** Arrange: clips on lanes, sections one after another, and the song as a file. */

import type { Action, Tool } from "../tool";
import { copyClip, playClip, removeClip, repeatClip } from "./ClipView";
import { exportSong, shelveSong } from "./exports";
import { working } from "./joining";
import { arrange, chosenClip } from "./state";
import { playSection, playSong, View } from "./View";

function actions(): readonly Action[] {
  const clip = chosenClip();
  const song: Action[] = arrange().song.clips.length ? [
    { name: "Play or stop the song", key: " ", run: playSong },
    { name: "Play or stop this section", key: "shift+P", run: playSection },
    { name: "Export the song as MIDI", run: () => void exportSong("mid") },
    { name: "Export the song as MusicXML", run: () => void exportSong("musicxml") },
    { name: "Export the song as WAV", run: () => void exportSong("wav") },
    { name: "Put the song on the shelf", key: "k", run: shelveSong },
  ] : [];
  return [
    ...song,
    ...(clip ? [
      { name: "Play the chosen clip", key: "p", run: () => playClip(clip) },
      { name: "Repeat the chosen clip once more", key: "r", run: () => repeatClip(clip, 1) },
      { name: "Copy the chosen clip", key: "d", run: () => copyClip(clip) },
      { name: "Delete the chosen clip", key: "Delete", run: () => removeClip(clip) },
    ] : []),
    ...(working.value ? [{ name: "Stop writing", key: "Escape", run: () => working.value?.stop() }] : []),
  ];
}

export const ARRANGE_TOOL: Tool = {
  name: "arrange",
  title: "Arrange",
  what: "Set clips side by side and one after another, join them, and take the song away as a file.",
  View,
  actions,
};
