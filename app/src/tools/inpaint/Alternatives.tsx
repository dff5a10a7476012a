/** The alternatives, the likeliest first: heard in their place, kept on the shelf. */

import { useEffect, useRef } from "preact/hooks";
import { cut } from "../../music/cut";
import { notesIn } from "../../music/difference";
import { playing } from "../../sound/player";
import { itemById } from "../../state/store";
import { pack } from "../../ui/carry";
import { Hold } from "../../ui/Hold";
import { MiniRoll } from "../../ui/MiniRoll";
import { hearAgain, hearOriginal, keyOf, quiet } from "./hearing";
import { inContext, originalContext, type Alternative, type Written } from "./state";
import { accept, audition, coming, goOnWith, infoOf } from "./writing";

export function Alternatives({ written }: { written: Written }) {
  const list = useRef<HTMLOListElement>(null);
  const first = written.takes.find((take) => take.index === written.chosen) ?? written.takes[0];
  useFocus(list, written);
  if (!first) return null;
  return (
    <section class="stack" aria-label="Alternatives">
      <div class="row inpaint-head">
        <h2>{written.takes.length === 1 ? "One way" : `${written.takes.length} ways`} to write it</h2>
        <span class="small soft grow">{fewer(written)}<span class="keys-hint">The likeliest first. <kbd>↑</kbd> <kbd>↓</kbd> hear one after another in its place, <kbd>Enter</kbd> keeps.</span></span>
        <Hold letter="a" onBegin={() => hearOriginal(written)} onEnd={() => (written.chosen === null ? quiet() : hearAgain(written))}>Hold for the original</Hold>
      </div>
      <ol class="inpaint-takes" ref={list}>
        <li><Original written={written} like={first} /></li>
        {written.takes.map((take, i) => <li key={take.index}><One written={written} take={take} rank={i + 1} /></li>)}
      </ol>
      <Said take={first} />
    </section>
  );
}

function fewer({ takes, wanted }: Written): string {
  return coming.value === null && takes.length < wanted ? "No others differ from these. " : "";
}

/** For a screen reader. */
export function readyIn(written: Written | null): string {
  if (!written?.takes.length || coming.value !== null) return "";
  return `${written.takes.length} alternative${written.takes.length === 1 ? " is" : "s are"} ready. ${fewer(written)}`;
}

function Original({ written, like }: { written: Written; like: Alternative }) {
  const [from, to] = originalContext(written, like);
  const shown = written.chosen === null;
  return (
    <div class={tileClass(shown, playing.value?.key === keyOf(null))}>
      <button type="button" class="tile-play" aria-label="The song as it was" aria-current={shown ? "true" : undefined} onClick={() => audition(null)}>
        <MiniRoll score={cut(written.song, from, to)} quarters={to - from} />
      </button>
      <div class="tile-foot"><span class="tile-name">as it was</span></div>
    </div>
  );
}

function One({ written, take, rank }: { written: Written; take: Alternative; rank: number }) {
  const [from, to] = inContext(take);
  const shown = written.chosen === take.index;
  const kept = written.kept.some(([index, item]) => index === take.index && itemById(item));
  const notes = notesIn(take.score, take.marked ?? []);
  const nats = take.provenance.nats;
  const counted = `${notes} note${notes === 1 ? "" : "s"}`;
  return (
    <div class={tileClass(shown, playing.value?.key === keyOf(take))} draggable
      onDragStart={(event) => event.dataTransfer && pack(event.dataTransfer, undefined, { name: written.what, score: take.score, quarters: take.quarters, take: infoOf(take) })}>
      <button type="button" class="tile-play" data-take={take.index} aria-current={shown ? "true" : undefined} aria-keyshortcuts="Enter"
        aria-label={`Alternative ${rank}: ${counted}${kept ? ", kept" : ""}`} onClick={() => audition(take.index)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          event.stopPropagation();
          accept(take.index);
        }}>
        <MiniRoll score={cut(take.score, from, to)} quarters={to - from} />
      </button>
      <div class="tile-foot">
        <span class="tile-name"><strong>{rank}</strong> {counted}{typeof nats === "number" && <span class="soft" title="log-likelihood of what is new, in nats: nearer to 0 is likelier">, {nats.toFixed(1)}</span>}</span>
        <button type="button" class="tile-action" aria-label={kept ? `Kept: alternative ${rank}` : `Keep alternative ${rank}`} onClick={() => accept(take.index)}>{kept ? "Kept" : "Keep"}</button>
        <button type="button" class="tile-action" aria-label={`Go on with alternative ${rank}`} title="Keep it, and choose bars in it" onClick={() => goOnWith(take.index)}>Go on</button>
      </div>
    </div>
  );
}

function tileClass(shown: boolean, sounds: boolean): string {
  return `tile${shown ? " selected" : ""}${sounds ? " sounds" : ""}`;
}

/** What the space says of how it read the song. */
function Said({ take }: { take: Alternative }) {
  const said = take.provenance.said as readonly string[] | undefined;
  if (!said?.length) return null;
  return <ul class="small soft inpaint-said">{said.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>;
}

/** The keyboard goes to the first alternative when it comes, and along with the one that is shown. */
function useFocus(list: { readonly current: HTMLOListElement | null }, written: Written): void {
  const writing = coming.value !== null;
  useEffect(() => {
    const active = document.activeElement;
    const free = !active || active === document.body || active.closest(".inpaint-write, .inpaint .roll") || list.current?.contains(active);
    if (free) list.current?.querySelector<HTMLElement>(`[data-take="${written.chosen}"]`)?.focus({ preventScroll: !writing });
  }, [written.chosen, written.takes.length > 0]);
}
