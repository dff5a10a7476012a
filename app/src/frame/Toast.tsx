/** Shows and speaks what happened. */

import { useEffect, useState } from "preact/hooks";
import { said, type Said } from "../ui/announce";
import { Icon } from "../ui/Icon";

const STAYS = 6000;

export function Toast() {
  const now = said.value;
  const [seen, setSeen] = useState<Said | null>(null);
  useEffect(() => {
    if (!now || now.kind === "error") return;
    const timer = setTimeout(() => setSeen(now), STAYS);
    return () => clearTimeout(timer);
  }, [now]);
  const shown = now && now !== seen ? now : null;
  return (
    <div class="toasts">
      <div role="status" aria-live="polite" aria-atomic="true">{shown?.kind === "done" && <Bread said={shown} onClose={() => setSeen(shown)} />}</div>
      <div role="alert">{shown?.kind === "error" && <Bread said={shown} onClose={() => setSeen(shown)} />}</div>
    </div>
  );
}

function Bread({ said: { text, hint, kind }, onClose }: { said: Said; onClose: () => void }) {
  return (
    <div class={`toast ${kind}`}>
      <p>{text}{hint && <span class="soft"> {hint}</span>}</p>
      <button type="button" class="tile-action" aria-label="Close this message" onClick={onClose}><Icon name="close" size={15} /></button>
    </div>
  );
}
