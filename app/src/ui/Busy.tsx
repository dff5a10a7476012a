/** Says that something is under way, after a tenth of a second, with a way out. */

import { useEffect, useState } from "preact/hooks";
import "./parts.css";

export function Busy({ what, onCancel }: { what: string; onCancel?: (() => void) | undefined }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 100);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <span class="busy" role="status">
      <span class="busy-dots" aria-hidden="true"><i /><i /><i /></span>
      {what}
      {onCancel && <button type="button" class="button quiet" onClick={onCancel}>Cancel</button>}
    </span>
  );
}
