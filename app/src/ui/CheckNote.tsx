/** What a space would not take of an item, in the words of `check`; nothing where all is well. */

import { signal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Score } from "../music/score";
import { postJson } from "../server/api";
import { serverState } from "../server/spaces";
import { complain } from "./announce";

interface Report {
  readonly ok: boolean;
  readonly changes: readonly string[];
}

const known = new WeakMap<Score, Map<string, Signal<Report | null>>>();

function reportOf(score: Score, space: string): Signal<Report | null> {
  const bySpace = known.get(score) ?? new Map<string, Signal<Report | null>>();
  known.set(score, bySpace);
  const found = bySpace.get(space) ?? signal<Report | null>(null);
  bySpace.set(space, found);
  return found;
}

export function CheckNote({ score, space }: { score: Score; space: string }) {
  const report = reportOf(score, space);
  const ready = serverState.value === "ready";
  useEffect(() => {
    if (!ready || report.value) return;
    const control = new AbortController();
    postJson<Report>("check", { space, score }, control.signal).then((found) => { report.value = found; }, complain);
    return () => control.abort();
  }, [score, space, ready]);
  if (!report.value || (report.value.ok && !report.value.changes.length)) return null;
  const [first, ...rest] = report.value.changes;
  if (!report.value.ok) return <p class="check-note wrong small" role="alert"><strong>{space} cannot use this.</strong> {first}</p>;
  return (
    <details class="check-note small soft">
      <summary>{rest.length + 1} {rest.length ? "things change" : "thing changes"} in {space}</summary>
      <ul>{report.value.changes.map((change) => <li key={change}>{change}</li>)}</ul>
    </details>
  );
}

/** Whether a score was found unusable in a space. */
export function unusable(score: Score, space: string): boolean {
  return reportOf(score, space).value?.ok === false;
}
