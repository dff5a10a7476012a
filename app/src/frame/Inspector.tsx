/** What is known of the selected item. */

import { useEffect } from "preact/hooks";
import { serverState, spaceNamed } from "../server/spaces";
import type { Item } from "../state/session";
import { select, selected, session } from "../state/store";
import { Icon } from "../ui/Icon";
import { playing } from "../sound/player";
import { playOrStop } from "../ui/play";
import { Roll } from "../ui/Roll";
import { Tile } from "../ui/Tile";
import { panel } from "./actions";
import { answerFor, ask, spaceFor, type Answer, type Report } from "./asked";
import { alternatives, askedAndGot, facts, provenance, round } from "./words";

export function Inspector() {
  const item = selected.value;
  return (
    <div class="inspector">
      <div class="side-head"><h2>Inspector</h2></div>
      {item ? <About item={item} /> : <p class="empty">Select an item of the shelf to see its notes, its figures and how it was made.</p>}
    </div>
  );
}

function About({ item }: { item: Item }) {
  const sounds = playing.value?.key === item.id;
  const others = alternatives(item, session.value.items);
  return (
    <div class="stack">
      <div class="row">
        <h3 class="grow about-name" title={item.name}>{item.name}</h3>
        <button type="button" class="button icon" aria-label={`${sounds ? "Stop" : "Play"} ${item.name} (inspector)`}
          onClick={() => playOrStop({ key: item.id, score: item.score, quarters: item.quarters })}><Icon name={sounds ? "stop" : "play"} size={16} /></button>
      </div>
      <Roll score={item.score} quarters={item.quarters} label={item.name} playKey={item.id} marked={item.take?.marked} />
      <p class="small soft">{facts(item)}</p>
      <div class="row">
        <button type="button" class="button grow" onClick={() => { panel.value = "notes"; }}><Icon name="pencil" size={15} />Edit notes</button>
        <button type="button" class="button grow" onClick={() => { panel.value = "table"; }}>As a table</button>
      </div>
      {item.take && (
        <section class="about">
          <h3>How it was made</h3>
          {provenance(item.take).map((sentence) => <p key={sentence} class="small">{sentence}</p>)}
          <Got item={item} />
        </section>
      )}
      {!item.take && <section class="about"><h3>How it was made</h3><p class="small">{item.own ? "By hand, here." : "It came from a file."}</p></section>}
      <Figures item={item} />
      {others.length > 0 && (
        <section class="about">
          <h3>Alternatives</h3>
          <div class="alternatives">
            {others.map((other) => (
              <Tile key={other.id} item={other} score={other.score} quarters={other.quarters} name={other.name} playKey={other.id}
                actions={[{ name: "Show", run: () => select(other.id) }]} />
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

function Got({ item }: { item: Item }) {
  const lines = item.take ? askedAndGot(item.take) : [];
  if (!lines.length) return null;
  return (
    <table class="figures">
      <thead><tr><th scope="col">attribute</th><th scope="col">asked</th><th scope="col">got</th></tr></thead>
      <tbody>{lines.map(([name, asked, got]) => <tr key={name}><th scope="row">{name.replace(/_/g, " ")}</th><td>{asked}</td><td>{got}</td></tr>)}</tbody>
    </table>
  );
}

/** What a space measures of the item and what it would keep of it. */
function Figures({ item }: { item: Item }) {
  const space = spaceFor(item);
  const state = serverState.value;
  useEffect(() => (space ? ask(item, space) : undefined), [item.score, space, state]);
  if (!space) return null;
  const answer = answerFor(item, space);
  return (
    <section class="about">
      <h3>For {space}</h3>
      {!answer && <p class="small soft">{state === "gone" ? "The server is gone; this waits until it is back." : "measuring …"}</p>}
      {answer?.error && <p class="small">{answer.error}</p>}
      {answer?.report && <Check report={answer.report} />}
      {answer?.attributes && <Attributes answer={answer} attributes={answer.attributes} />}
    </section>
  );
}

function Check({ report }: { report: Report }) {
  const held = report.held === null ? "" : `; the space holds ${Math.round(100 * report.held)} % of the onsets`;
  return (
    <>
      <p class="small">{report.ok ? `${report.kept} of ${report.notes} notes are used${held}.` : `It cannot be used here: ${report.limits}`}</p>
      {report.changes.length > 0 && <ul class="changes small">{report.changes.map((change) => <li key={change}>{change}</li>)}</ul>}
    </>
  );
}

function Attributes({ answer, attributes }: { answer: Answer; attributes: Readonly<Record<string, number>> }) {
  const known = new Map(spaceNamed(answer.space)?.attributes.map((each) => [each.name, each]) ?? []);
  const names = Object.keys(attributes).filter((name) => !name.includes("."));
  return (
    <table class="figures">
      <thead><tr><th scope="col">attribute</th><th scope="col" colSpan={2}>measured</th></tr></thead>
      <tbody>
        {names.map((name) => {
          const value = attributes[name]!;
          const [low, high] = known.get(name)?.range ?? [0, 0];
          return (
            <tr key={name}>
              <th scope="row" title={known.get(name)?.what}>{name.replace(/_/g, " ")}</th>
              <td>{Number.isFinite(value) && value !== null ? round(value) : "–"} <span class="soft">{known.get(name)?.unit}</span></td>
              <td class="gauge" aria-hidden="true">{high > low && <i style={{ "--at": Math.min(1, Math.max(0, (value - low) / (high - low))) }} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
