/** Chooses one of the spaces that have a verb. */

import { useId } from "preact/hooks";
import { serverState, spacesWith } from "../server/spaces";
import "./parts.css";

interface Props {
  readonly verb: string;
  readonly value: string | null;
  readonly onChange: (space: string) => void;
}

export function SpacePicker({ verb, value, onChange }: Props) {
  const id = useId();
  const found = spacesWith(verb);
  const chosen = found.find((space) => space.name === value);
  const waiting = serverState.value === "gone" ? "the server is gone" : "asking the server";
  return (
    <div class="picker">
      <label for={id}>Space</label>
      <select id={id} value={value ?? ""} disabled={!found.length} aria-describedby={`${id}-limits`}
        onChange={(event) => onChange(event.currentTarget.value)}>
        {!found.length && <option value={value ?? ""}>{value ?? waiting}</option>}
        {found.length > 0 && !chosen && <option value={value ?? ""} disabled>choose one</option>}
        {found.map((space) => <option key={space.name} value={space.name}>{space.name}</option>)}
      </select>
      <span class="small soft" id={`${id}-limits`}>{chosen?.limits ?? ""}</span>
    </div>
  );
}
