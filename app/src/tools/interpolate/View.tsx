/** Interpolate: a row of tiles between two to four scores. */

import { useEffect, useState } from "preact/hooks";
import { serverState } from "../../server/spaces";
import { playing } from "../../sound/player";
import { Busy } from "../../ui/Busy";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Well } from "../../ui/Well";
import { Anchors } from "./Anchors";
import { repeats } from "./line";
import { isMade, joinRow, makingRow, playOrStopRow, renew, replaceTile, setSteps, stop } from "./making";
import { Row } from "./Row";
import { Chance, Setting } from "./Setting";
import { chosen, heard, rowKey, now, ROW_KEY, tiles } from "./state";
import "./interpolate.css";

export function View() {
  const state = now();
  const [replacing, setReplacing] = useState<number | null>(null);
  useEffect(() => stop, []);
  const ready = chosen(state).length >= 2;
  const made = isMade(state);
  const sounds = playing.value?.key === ROW_KEY;
  return (
    <div class="interpolate stack">
      <Anchors />
      {!ready && <p class="empty">Choose at least two scores: drop them on A and B, or pick them from the lists.</p>}
      {ready && (
        <>
          <div class="row">
            <button type="button" class="button primary" disabled={!heard.value} onClick={playOrStopRow}><Icon name={sounds ? "stop" : "play"} size={16} />{sounds ? "Stop" : "Play row"}</button>
            <button type="button" class="button" disabled={!heard.value} onClick={joinRow}>Join to shelf</button>
            <Setting />
            {makingRow.value && <Busy what={`${tiles.value.filter(Boolean).length} of ${state.steps} tiles`} onCancel={stop} />}
            {!made && !makingRow.value && (
              <button type="button" class="button" disabled={serverState.value !== "ready" || rowKey() === null} onClick={() => renew()}>Make the row</button>
            )}
          </div>
          <Row onReplace={setReplacing} />
          <Alike />
          <Chance />
        </>
      )}
      {replacing !== null && (
        <Dialog title={`What stands at tile ${replacing + 1}`} onClose={() => setReplacing(null)}>
          <Well label="Replace by" item={null} onItem={(item) => { replaceTile(replacing, item); setReplacing(null); }} />
        </Dialog>
      )}
    </div>
  );
}

/** Says which neighbours have the same notes. */
function Alike() {
  const state = now();
  const same = repeats(tiles.value);
  if (!same.length || makingRow.value) return null;
  const pairs = same.map((k) => `${k + 1} and ${k + 2}`).join(", ");
  const fewer = Math.max(chosen(state).length, state.steps - same.length);
  return (
    <p class="alike row">
      <span>Tiles {pairs} are the same notes: the space has nothing between them.</span>
      {fewer < state.steps && <button type="button" class="button" onClick={() => setSteps(fewer)}>Take {fewer} steps</button>}
    </p>
  );
}
