/** What is to be trained: a recipe, music, and a few settings. */

import { session } from "../../state/store";
import { begin, known, set, train } from "./state";
import type { Recipe } from "./runs";

const NAMES: Readonly<Record<string, string>> = {
  "training.steps": "Steps", "training.batch_size": "Phrases a step", "training.learning_rate": "Learning rate", "training.evaluate_every": "Steps between evaluations",
  "training.seed": "Seed", "model.z_size": "Dimensions of z", "model.beta": "Weight of the KL (beta)",
};

export function Starting() {
  const { recipe: name, data } = train();
  const list = known.value;
  if (!list) return <p class="soft">Asking the server for its recipes.</p>;
  const recipe = list.recipes.find((each) => each.name === name) ?? list.recipes[0];
  if (!recipe) return <p class="empty">The server has no recipe.</p>;
  const items = session.value.items.length;
  const held = list.data.find((each) => each.name === data);
  return (
    <form class="stack card" aria-label="A new run" onSubmit={(event) => { event.preventDefault(); void begin(); }}>
      <div class="row">
        <label class="field">Recipe
          <select value={recipe.name} onChange={(event) => set(`train ${event.currentTarget.value}`, { recipe: event.currentTarget.value, settings: {} })}>
            {list.recipes.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}
          </select>
        </label>
        <label class="field">Music
          <select value={held?.name ?? ""} onChange={(event) => set("choose music to train on", { data: event.currentTarget.value })}>
            <option value="">the shelf ({items} items)</option>
            {list.data.map((each) => <option key={each.name} value={each.name} disabled={!recipe.data.includes(each.name)}>{each.name}{recipe.data.includes(each.name) ? "" : " (prepared for another recipe)"}</option>)}
          </select>
        </label>
        <label class="field">Minutes
          <input type="number" class="train-number" min={0.1} max={10000} step="any" value={train().minutes} placeholder={recipe.minutes ? String(recipe.minutes) : "no limit"}
            onInput={(event) => set("choose how long to train", { minutes: event.currentTarget.value }, "minutes")} />
        </label>
        <button type="submit" class="button primary" disabled={!held && items < 3}>Start training</button>
      </div>
      <p class="small soft">{recipe.what}. {recipe.grid}; {recipe.steps.toLocaleString("en")} steps. {held?.phrases ? `${held.phrases.train.toLocaleString("en")} phrases to train on.` : held ? "" : items < 3 ? "The shelf needs three items or more." : "The shelf is cut into phrases of this length first; a real space needs hundreds of tunes."}</p>
      <details>
        <summary>Settings</summary>
        <div class="row">{recipe.settings.map((key) => <Setting key={key} name={key} recipe={recipe} />)}</div>
      </details>
    </form>
  );
}

function Setting({ name, recipe }: { name: string; recipe: Recipe }) {
  const { settings } = train();
  const usual: Readonly<Record<string, number>> = { "training.steps": recipe.steps, "training.batch_size": recipe.batch_size };
  return (
    <label class="field">{NAMES[name] ?? name}
      <input type="number" class="train-number" min={0} step="any" value={settings[name] ?? ""} placeholder={usual[name] ? String(usual[name]) : "as in the recipe"}
        onInput={(event) => set(`set ${name}`, { settings: { ...settings, [name]: event.currentTarget.value } }, `set-${name}`)} />
    </label>
  );
}
