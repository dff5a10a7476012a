/** Where a session comes from when the page opens: a link, the server, this browser, or the starter music. */

import { request, ServerError, token } from "../server/api";
import { complain, say } from "../ui/announce";
import { isCopy, openRecord, startAutosave } from "./autosave";
import { checkSession, parseSession } from "./check";
import { sessionIn } from "./link";
import type { Session } from "./session";
import { begin, change } from "./store";

export async function start(): Promise<void> {
  const kept = await openRecord().catch((error: unknown) => {
    complain(error);
    return null;
  });
  const first = kept ?? (await starter());
  if (first) begin(first);
  startAutosave();
  if (isCopy.value) say("Scorespace is open in another tab too. This tab works on a copy; save it to a file to keep it.");
  const linked = fromLink();
  if (linked) replace("open the link", linked);
  else await fromServer();
}

/** Puts another session in the place of this one, as one step that can be undone. */
export function replace(label: string, next: Session): void {
  change(label, () => next);
}

function fromLink(): Session | null {
  try {
    const found = sessionIn(location.hash);
    if (found) history.replaceState(null, "", location.pathname + location.search);
    return found;
  } catch (error) {
    complain(error);
    return null;
  }
}

/** The session that the server was started with, if it was given one: once a launch, so that a reload keeps later work. */
async function fromServer(): Promise<void> {
  const opened = `scorespace-given-${token()}`;
  if (sessionStorage.getItem(opened)) return;
  try {
    const response = await request("session");
    const { session } = (await response.json()) as { session: unknown };
    sessionStorage.setItem(opened, "yes");
    if (session !== null) replace("open the server's session", checkSession(session, "The server's session"));
  } catch (error) {
    if (!(error instanceof ServerError)) complain(error);
  }
}

async function starter(): Promise<Session | null> {
  try {
    const response = await fetch("starter.json");
    return response.ok ? parseSession(await response.text(), "The starter music") : null;
  } catch {
    return null;
  }
}
