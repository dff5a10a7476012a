/** Attributes by part. */

import type { Attribute } from "../../server/api";

/** Those of all parts together first, then those of each part. */
export function grouped(attributes: readonly Attribute[]): [part: string, attributes: Attribute[]][] {
  const groups = new Map<string, Attribute[]>([["", []]]);
  for (const each of attributes) {
    const part = each.name.split(".")[1] ?? "";
    groups.set(part, [...(groups.get(part) ?? []), each]);
  }
  return [...groups];
}
