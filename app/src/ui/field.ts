/** Where someone types, single keys mean letters. */

const FIELDS = new Set(["text", "search", "number", "email", "url", "password", "tel", "date", "time"]);

/** Whether someone is typing there. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return FIELDS.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
