/** What was done, newest first; a click goes back to before it. */

import { future, goBack, past, redo } from "../state/store";
import { say } from "../ui/announce";
import { Dialog } from "../ui/Dialog";

export function History({ onClose }: { onClose: () => void }) {
  const forward = (steps: number) => {
    let label: string | null = null;
    for (let i = 0; i < steps; i += 1) label = redo();
    if (label) say(`Done again up to: ${label}.`);
  };
  const back = (place: number) => {
    const label = goBack(place);
    if (label) say(`Undone back to before: ${label}.`);
  };
  return (
    <Dialog title="History" onClose={onClose}>
      <p class="soft">A click on a step goes to the state after it.</p>
      <ol class="history">
        {future.value.map((step, i) => (
          <li key={`f${i}`}><button type="button" class="undone" onClick={() => forward(future.value.length - i)}>{step.label}</button></li>
        ))}
        {past.value.length > 0 && <li><button type="button" aria-current="step">{past.value[past.value.length - 1]!.label}</button></li>}
        {past.value.slice(0, -1).map((step, i) => <li key={`p${i}`}><button type="button" onClick={() => back(i + 1)}>{step.label}</button></li>).reverse()}
        <li><button type="button" aria-current={past.value.length ? undefined : "step"} onClick={() => back(0)}>the beginning</button></li>
      </ol>
    </Dialog>
  );
}
