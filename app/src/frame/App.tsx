/** The whole page. */

import { useEffect, useState } from "preact/hooks";
import { carries } from "../ui/carry";
import { Dialog } from "../ui/Dialog";
import { panel } from "./actions";
import { CommandPalette } from "./CommandPalette";
import { importFiles } from "./files";
import { Help } from "./Help";
import { History } from "./History";
import { Inspector } from "./Inspector";
import { listenToKeys } from "./keys";
import { NotesDialog } from "./NotesDialog";
import { OpenDialog } from "./OpenDialog";
import { SettingsDialog } from "./SettingsDialog";
import { FileButton, Shelf } from "./Shelf";
import { Tabs } from "./Tabs";
import { Toast } from "./Toast";
import { ToolArea } from "./ToolArea";
import { Top } from "./Top";
import { Transport } from "./Transport";
import "../ui/theme.css";
import "./frame.css";

export function App() {
  useEffect(listenToKeys, []);
  const narrow = useNarrow();
  const over = useFileDrop();
  return (
    <div class="frame">
      <a class="skip" href="#tool">Go to the tool</a>
      <Top narrow={narrow} />
      <Tabs />
      {!narrow && <aside class="side shelf-side" aria-label="Shelf"><Shelf /></aside>}
      <ToolArea />
      {!narrow && <aside class="side inspector-side" aria-label="Inspector"><Inspector /></aside>}
      <Transport />
      <FileButton />
      <Panels narrow={narrow} />
      <Toast />
      {over && <div class="drop-here" aria-hidden="true"><p>Drop MIDI, ABC or MusicXML files to put them on the shelf</p></div>}
    </div>
  );
}

function Panels({ narrow }: { narrow: boolean }) {
  const close = () => { panel.value = null; };
  switch (panel.value) {
    case "commands": return <CommandPalette onClose={close} />;
    case "help": return <Help onClose={close} />;
    case "settings": return <SettingsDialog onClose={close} />;
    case "open": return <OpenDialog onClose={close} />;
    case "history": return <History onClose={close} />;
    case "notes":
    case "table": return <NotesDialog as={panel.value === "table" ? "table" : "roll"} onClose={close} />;
    case "shelf": return narrow ? <Dialog title="Shelf" onClose={close} sheet><Shelf /></Dialog> : null;
    case "inspector": return narrow ? <Dialog title="Inspector" onClose={close} sheet><Inspector /></Dialog> : null;
    default: return null;
  }
}

function useNarrow(): boolean {
  const [query] = useState(() => matchMedia("(max-width: 940px)"));
  const [narrow, set] = useState(query.matches);
  useEffect(() => {
    const listen = () => set(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, [query]);
  return narrow;
}

/** Files can be dropped anywhere; a well that wants them stops the event before it comes here. */
function useFileDrop(): boolean {
  const [over, set] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => carries(event.dataTransfer) && !!event.dataTransfer?.types.includes("Files");
    const enter = (event: DragEvent) => { if (hasFiles(event)) { event.preventDefault(); set(true); } };
    const leave = (event: DragEvent) => { if (!event.relatedTarget) set(false); };
    const end = () => set(false);
    const drop = (event: DragEvent) => {
      set(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      void importFiles([...(event.dataTransfer?.files ?? [])]);
    };
    const listeners: [string, (event: DragEvent) => void, boolean][] = [["dragover", enter, false], ["dragleave", leave, false], ["drop", end, true], ["drop", drop, false]];
    for (const [name, listener, capture] of listeners) addEventListener(name, listener as EventListener, capture);
    return () => { for (const [name, listener, capture] of listeners) removeEventListener(name, listener as EventListener, capture); };
  }, []);
  return over;
}
