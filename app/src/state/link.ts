/** A small session in a link: deflated JSON in the fragment, which no server is sent. */

import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import { parseSession } from "./check";
import type { Item, Session, ToolName } from "./session";

export const LONGEST_LINK = 8000; // characters of the fragment
const LONGEST_INFLATED = 4_000_000;

/** What tools keep that they make again from the rest when asked. */
const MADE_AGAIN: Partial<Record<ToolName, readonly string[]>> = { interpolate: ["row"], palette: ["cells", "spot", "walk"] };

/** What a link holds: the selected item, the items that the shown tool names, and what that tool keeps. */
export function essence(session: Session, withTakes = true, withResults = true): Session {
  const kept = session.tools[session.tool] as Record<string, unknown> | undefined;
  const left = withResults ? [] : (MADE_AGAIN[session.tool] ?? []);
  const state = kept && Object.fromEntries(Object.entries(kept).filter(([key]) => !left.includes(key)));
  const text = JSON.stringify(state ?? null);
  const items = session.items.filter((item) => item.id === session.selected || text.includes(`"${item.id}"`));
  return {
    ...session,
    items: withTakes ? items : items.map(({ take: _, ...rest }): Item => rest),
    tools: state === undefined ? {} : { [session.tool]: state },
  };
}

/** The fragment of a link, or null where it would be too long. */
export function fragmentOf(session: Session): string | null {
  for (const [withTakes, withResults] of [[true, true], [true, false], [false, false]] as const) {
    const fragment = `s=${pack(essence(session, withTakes, withResults))}`;
    if (fragment.length <= LONGEST_LINK) return fragment;
  }
  return null;
}

/**
 * The session in a fragment; null where it has none.
 *
 * @throws Error when what it has is damaged
 */
export function sessionIn(fragment: string): Session | null {
  const found = /(?:^#?|&)s=([\w-]+)/.exec(fragment)?.[1];
  if (!found) return null;
  let text: string;
  try {
    const bytes = Uint8Array.from(atob(found.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    text = strFromU8(inflateSync(bytes, { out: new Uint8Array(LONGEST_INFLATED) }));
  } catch {
    throw Object.assign(new Error("The session in this link is damaged: the link was cut off or changed."), { hint: "Ask for the session's file." });
  }
  return parseSession(text, "The link");
}

function pack(session: Session): string {
  const bytes = deflateSync(strToU8(JSON.stringify(session)), { level: 9 });
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
