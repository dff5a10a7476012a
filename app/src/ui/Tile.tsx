/** A score as a tile: click or Space plays it, it can be dragged into wells. */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Score } from "../music/score";
import { playing } from "../sound/player";
import type { Item, TakeInfo } from "../state/session";
import { pack } from "./carry";
import { prepare } from "./dragOut";
import { Icon } from "./Icon";
import { MiniRoll } from "./MiniRoll";
import { playOrStop } from "./play";
import { Playhead } from "./Playhead";
import "./tile.css";

interface Props {
  readonly item?: Item | undefined;
  readonly score: Score;
  readonly quarters: number;
  readonly name: string;
  readonly playKey: string;
  readonly actions?: readonly { readonly name: string; readonly run: () => void; readonly icon?: ComponentChildren }[] | undefined;
  readonly selected?: boolean | undefined;
  readonly onSelect?: (() => void) | undefined;
  /** A word about it, such as the verb that made it. */
  readonly note?: string | undefined;
  /** Of a score that is not on the shelf yet: how it was made goes along when it is dragged there. */
  readonly take?: TakeInfo | undefined;
  /** More buttons, made by the caller. */
  readonly buttons?: ComponentChildren;
}

export function Tile({ item, score, quarters, name, playKey, actions = [], selected = false, onSelect, note, take, buttons }: Props) {
  const callOff = useRef(() => {});
  const sounds = playing.value?.key === playKey;
  return (
    <div class={`tile${selected ? " selected" : ""}${sounds ? " sounds" : ""}`} draggable
      onDragStart={(event) => event.dataTransfer && pack(event.dataTransfer, item, { name, score, quarters, take: take ?? item?.take })}
      onPointerEnter={(event) => { if (item && event.pointerType === "mouse") callOff.current = prepare(item); }} onPointerLeave={() => callOff.current()}>
      <button type="button" class="tile-play" aria-label={`${sounds ? "Stop" : "Play"} ${name}`} aria-current={selected ? "true" : undefined}
        onClick={() => { onSelect?.(); playOrStop({ key: playKey, score, quarters }); }}>
        <MiniRoll score={score} quarters={quarters} />
        <Playhead playKey={playKey} quarters={quarters} />
        <span class="tile-mark"><Icon name={sounds ? "stop" : "play"} size={14} /></span>
      </button>
      <div class="tile-foot">
        <span class="tile-name" title={name}>{name}</span>
        {note && <span class="tile-note">{note}</span>}
        {actions.map((action) => (
          <button key={action.name} type="button" class="tile-action" aria-label={action.icon ? `${action.name}: ${name}` : undefined}
            title={action.name} onClick={action.run}>{action.icon ?? action.name}</button>
        ))}
        {buttons}
      </div>
    </div>
  );
}
