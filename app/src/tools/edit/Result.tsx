/** What came of it: notes that are new in another colour, the old ones behind. */

import { useMemo } from "preact/hooks";
import { difference } from "../../music/difference";
import { noteCount } from "../../music/score";
import { player } from "../../sound/engine";
import { playing } from "../../sound/player";
import type { Item } from "../../state/session";
import { itemById } from "../../state/store";
import { complain } from "../../ui/announce";
import { Busy } from "../../ui/Busy";
import { Hold } from "../../ui/Hold";
import { Icon } from "../../ui/Icon";
import { Roll } from "../../ui/Roll";
import { BEFORE_KEY, cancel, keep, percent, playResult, reset, restyled, RESULT_KEY, resultOf, saidOf, working } from "./editing";
import type { Edited, EditState, Kept } from "./state";

export function Result({ state, song }: { state: EditState; song: Item }) {
  const { edited } = state;
  const asked = state.way === "genre" ? state.genre !== null : Object.keys(state.asked).length > 0;
  return (
    <section class="stack edit-result" aria-label="Result">
      <div class="row edit-head">
        <h2>{edited ? `${song.name}, ${restyled(edited.take) ? "as " : ""}${edited.what}` : song.name}</h2>
        {working.value && <Busy what="Searching" onCancel={cancel} />}
      </div>
      <p class="hidden-text" role="status">{edited && !working.value ? saidOf(edited.take) : ""}</p>
      {edited ? <Shown edited={edited} /> : (
        <>
          <Roll score={song.score} quarters={song.quarters} label={song.name} playKey={song.id} tall />
          {!asked && <p class="small soft">Move {state.way === "genre" ? "the puck to another genre" : "a slider"}: the result stands here, and the song stays as it is.</p>}
        </>
      )}
      {asked && <div><button type="button" class="button quiet" onClick={reset}>Back to the original</button></div>}
    </section>
  );
}

function Shown({ edited }: { edited: Edited }) {
  const { take, before } = edited;
  const { fresh, gone } = useMemo(() => difference(before, take.score), [before, take.score]);
  const sounds = playing.value?.key === RESULT_KEY;
  const kept = edited.item !== null && itemById(edited.item) !== null;
  const count = noteCount(take.score);
  return (
    <>
      <Roll score={take.score} quarters={take.quarters} label={`Result: ${edited.what}`} playKey={RESULT_KEY} fresh={fresh} ghost={before} tall />
      <p class="small soft">
        <span class="edit-key fresh" aria-hidden="true" /> {fresh.size} of {count} notes are new; <span class="edit-key ghost" aria-hidden="true" /> {gone} of the song's are gone.
      </p>
      <Warnings take={take} unchanged={fresh.size === 0 && gone === 0} />
      <div class="row">
        <button type="button" class="button primary" aria-pressed={sounds} onClick={playResult}><Icon name={sounds ? "stop" : "play"} />{sounds ? "Stop" : "Play the result"}</button>
        <Hold letter="a" onBegin={() => hearBefore(edited)} onEnd={() => hearResult(edited)}>Hold for the original</Hold>
        <button type="button" class="button" disabled={kept} onClick={keep}>{kept ? "On the shelf" : "Keep on the shelf"} <kbd>K</kbd></button>
      </div>
    </>
  );
}

let alone = false;

/** The original in the place of the result, at the same moment. */
function hearBefore({ before, take }: Edited): void {
  const what = { key: BEFORE_KEY, score: before, quarters: take.quarters };
  alone = playing.value?.key !== RESULT_KEY;
  (alone ? player.play(what) : player.swap(what, "now")).catch(complain);
}

function hearResult({ take }: Edited): void {
  if (playing.value?.key !== BEFORE_KEY) return;
  if (alone) player.stop();
  else player.swap(resultOf(take), "now").catch(complain);
}

/** What the take says of itself that the user ought to know. */
function Warnings({ take, unchanged }: { take: Kept; unchanged: boolean }) {
  const said = (take.provenance.said as readonly string[] | undefined) ?? [];
  const found = [...said];
  if (take.provenance.reached === false) found.push("The space does not reach all that was asked: this is the nearest.");
  if (restyled(take) && unchanged) found.push(`Nothing was found that keeps enough of the song: it stays as it is. Let less be kept than ${percent(take.provenance.arguments && (take.provenance.arguments as { keep?: number }).keep)}.`);
  if (!found.length) return null;
  return <ul class="edit-warnings">{found.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>;
}
