/** Train as it is shown. */

import { useEffect } from "preact/hooks";
import { serverState } from "../../server/spaces";
import { RunView } from "./RunView";
import { isGoing } from "./runs";
import { Starting } from "./Starting";
import { known, look, refresh, shown, train, watch } from "./state";
import "./train.css";

export function View() {
  const { run } = train();
  const there = serverState.value !== "gone"; // runs are listed while the spaces are still being asked for
  useEffect(() => { if (there) void refresh(); }, [there]);
  useEffect(() => {
    if (!run || !there) return;
    const stopper = new AbortController();
    void watch(run, stopper.signal);
    return () => stopper.abort();
  }, [run, there]);
  if (!there) return <p class="empty">The server is gone; training needs it. What a run has done so far is kept in its folder.</p>;
  return (
    <div class="stack train">
      <Starting />
      <Runs />
      {run && shown.value?.name === run && <RunView />}
    </div>
  );
}

function Runs() {
  const list = known.value?.runs ?? [];
  const { run: chosen } = train();
  if (!list.length) return <p class="soft">No run yet. The recipe tiny is done in a minute; it shows what there is to see.</p>;
  return (
    <div class="row" role="group" aria-label="Runs">
      {list.map((run) => {
        const now = shown.value?.name === run.name && shown.value.run ? shown.value.run : run;
        return (
          <button key={run.name} type="button" class="button" aria-pressed={run.name === chosen} onClick={() => look(run.name)}>
            {run.name}<span class="soft small">{isGoing(now.state) ? `${now.step} of ${now.steps}` : now.state}</span>
          </button>
        );
      })}
    </div>
  );
}
