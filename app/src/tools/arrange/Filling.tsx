/** A chosen gap: which space fills it, and how; then what came of it, to hear and to put in. */

import { useId } from "preact/hooks";
import { barOf, type Gap } from "./song";
import { Busy } from "../../ui/Busy";
import { Tile } from "../../ui/Tile";
import { join, joiners, liners, take, transition, working } from "./joining";
import { arrange, laneName, set } from "./state";

export function Filling({ gap, onClose }: { gap: Gap; onClose: () => void }) {
  const { song, joinSpace, lineSpace } = arrange();
  const drum = song.lanes.find((lane) => lane.id === gap.lane)?.drum ?? false;
  const inpainting = drum ? [] : joiners(song);
  const lines = liners(song, gap, drum);
  const joiner = inpainting.find((space) => space.name === joinSpace) ?? inpainting[0];
  const liner = lines.find((space) => space.name === lineSpace) ?? lines[0];
  return (
    <section class="card stack" aria-label="Fill the gap">
      <div class="row">
        <p class="grow">Between <b>{gap.before.name}</b> and <b>{gap.after.name}</b> on {laneName(gap.lane)}: {gap.bars} empty bar{gap.bars === 1 ? "" : "s"}.</p>
        <button type="button" class="button quiet" onClick={onClose}>Leave it empty</button>
      </div>
      <div class="row">
        {joiner
          ? <><Choice label="Space that joins" value={joiner.name} names={inpainting.map((each) => each.name)} onChange={(name) => set("choose a space", { joinSpace: name })} />
            <button type="button" class="button primary" disabled={!!working.value} onClick={() => void join(gap, joiner.name)}>Join these</button></>
          : <span class="soft">{drum ? "Joining writes melodies, not drums." : `No space here inpaints ${song.metre.join("/")}.`}</span>}
      </div>
      <div class="row">
        {liner
          ? <><Choice label="Space of the transition" value={liner.name} names={lines.map((each) => each.name)} onChange={(name) => set("choose a space", { lineSpace: name })} />
            <button type="button" class="button" disabled={!!working.value} onClick={() => void transition(gap, liner)}>Transition</button></>
          : <span class="soft">No transition: it needs a space whose phrases are no longer than the gap and the clips beside it, in {song.metre.join("/")}.</span>}
      </div>
      {working.value && <Busy what={working.value.what} onCancel={working.value.stop} />}
    </section>
  );
}

function Choice({ label, value, names, onChange }: { label: string; value: string; names: readonly string[]; onChange: (name: string) => void }) {
  const id = useId();
  return (
    <span class="row">
      <label for={id} class="soft small">{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>{names.map((name) => <option key={name}>{name}</option>)}</select>
    </span>
  );
}

/** What was written for a gap. */
export function Offered() {
  const { song, offer } = arrange();
  if (!offer) return null;
  return (
    <section class="card stack" aria-label="Ways to fill the gap">
      <div class="row">
        <p class="grow">For bars {offer.bar} to {offer.bar + offer.bars - 1} on {laneName(offer.lane)}. Hear them, then put one in.</p>
        <button type="button" class="button quiet" onClick={() => set("drop what was written", { offer: null })}>Drop them</button>
      </div>
      <div class="offers">
        {offer.choices.map(({ score, take: info }, k) => (
          <Tile key={k} score={score} quarters={offer.bars * barOf(song)} name={offer.choices.length > 1 ? `alternative ${k + 1}` : "the line between"} playKey={`arrange-offer-${k}`} take={info}
            actions={[{ name: "Put in", run: () => take(k) }]} />
        ))}
      </div>
    </section>
  );
}
