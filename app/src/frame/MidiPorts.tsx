/** MIDI out and in: which ports, and recording. */

import { askForMidi, chooseInput, chooseOutput, chosenInput, chosenOutput, inputs, midi, outputs, type PortName } from "../sound/midi";
import { recording } from "../sound/record";
import { toggleRecording } from "./transportActions";

export function MidiPorts() {
  return (
    <fieldset class="transport-midi">
      <legend>MIDI</legend>
      {midi.value === "ready" ? <Ports /> : <Ask />}
    </fieldset>
  );
}

function Ask() {
  if (midi.value === "absent") return <p class="small">This browser has no MIDI ports (Safari has none; Firefox and Chrome have, on a secure or local address). MIDI files go out with Export.</p>;
  return (
    <>
      <button type="button" class="button" onClick={() => void askForMidi()}>{midi.value === "denied" ? "Ask again" : "Connect MIDI"}</button>
      <p class="small soft">{midi.value === "denied"
        ? "The browser refused. Allow MIDI for this page in the browser's site settings, then ask again; MIDI files go out with Export."
        : "Plays on your synthesiser or into your music program, and records your keyboard. The browser asks you first."}</p>
    </>
  );
}

function Ports() {
  return (
    <>
      <PortSelect label="MIDI out" none="this page's own sound" ports={outputs.value} value={chosenOutput.value} onChange={chooseOutput} />
      <PortSelect label="MIDI in" none="no keyboard" ports={inputs.value} value={chosenInput.value} onChange={chooseInput} />
      <button type="button" class="button" aria-pressed={recording.value} disabled={!chosenInput.value} onClick={toggleRecording}>
        <i class="record-dot" aria-hidden="true" /> {recording.value ? "Stop recording" : "Record"}
      </button>
      {!chosenInput.value && <p class="small soft">{inputs.value.length ? "Choose a keyboard to record from it." : "No keyboard is connected."}</p>}
    </>
  );
}

interface SelectProps {
  readonly label: string;
  readonly none: string;
  readonly ports: readonly PortName[];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

function PortSelect({ label, none, ports, value, onChange }: SelectProps) {
  return (
    <label class="field">{label}
      <select value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{none}</option>
        {ports.map((port) => <option key={port.id} value={port.id}>{port.name}</option>)}
      </select>
    </label>
  );
}
