/** A lane's name and instrument, and a way to take it out. */

import { INSTRUMENTS, instrumentName } from "../../music/instruments";
import { Icon } from "../../ui/Icon";
import { changeLane, removeLane } from "./moves";
import type { Lane } from "./song";
import { arrange, edit } from "./state";

export function LaneHead({ lane, number }: { lane: Lane; number: number }) {
  const used = arrange().song.clips.some((clip) => clip.lane === lane.id);
  const known = INSTRUMENTS.some(([program]) => program === lane.program);
  return (
    <div class="lane-head" style={{ gridRow: number + 2 }}>
      <div class="row">
        <input class="grow" type="text" aria-label={`Name of lane ${number + 1}`} value={lane.name} maxLength={40} onChange={(event) => {
          const name = event.currentTarget.value.trim();
          if (name) edit(`name a lane ${name}`, (song) => changeLane(song, lane.id, { name }));
          else event.currentTarget.value = lane.name;
        }} />
        <button type="button" class="tile-action" aria-label={`Take lane ${lane.name} out${used ? " with its clips" : ""}`} onClick={() => edit(`take lane ${lane.name} out`, (song) => removeLane(song, lane.id))}><Icon name="close" size={14} /></button>
      </div>
      {lane.drum ? <span class="small soft">drums</span> : (
        <select aria-label={`Instrument of ${lane.name}`} value={lane.program} onChange={(event) => {
          const program = Number(event.currentTarget.value);
          edit(`${instrumentName(program)} on ${lane.name}`, (song) => changeLane(song, lane.id, { program }));
        }}>
          {!known && <option value={lane.program}>{instrumentName(lane.program)}</option>}
          {INSTRUMENTS.map(([program, name]) => <option key={program} value={program}>{name}</option>)}
        </select>
      )}
    </div>
  );
}
