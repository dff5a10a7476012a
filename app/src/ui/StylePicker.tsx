/** Chooses a style of the user's own in a space, or none; nothing where the space has no styles. */

import { useId } from "preact/hooks";
import { spaceNamed } from "../server/spaces";
import "./parts.css";

interface Props {
  readonly space: string | null | undefined;
  readonly value: string | null;
  /** Null = the space as it is. A request takes the name as `style`. */
  readonly onChange: (style: string | null) => void;
}

export function StylePicker({ space, value, onChange }: Props) {
  const id = useId();
  const found = spaceNamed(space)?.styles ?? [];
  if (!found.length && value === null) return null;
  return (
    <div class="picker">
      <label for={id}>Style</label>
      <select id={id} value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">none: the space as it is</option>
        {value !== null && !found.includes(value) && <option value={value} disabled>{value}: not in this space</option>}
        {found.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </div>
  );
}
