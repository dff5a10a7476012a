import { Dialog } from "../ui/Dialog";
import { preferences } from "./preferences";

export function SettingsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Settings" onClose={onClose}>
      <label class="check">
        <input type="checkbox" checked={preferences.value.singleKeys}
          onChange={(event) => { preferences.value = { ...preferences.value, singleKeys: event.currentTarget.checked }; }} />
        Single keys such as V or ? do things
      </label>
      <p class="soft small">Switch them off if you speak to your computer or press keys by accident. Everything is also in the commands (Ctrl or Cmd and K).
        These settings stay in this browser and are no part of a session.</p>
    </Dialog>
  );
}
