/** Which notes sound when, of those that were sent ahead: so that a change can end what would otherwise hang. */

export interface Sent {
  readonly time: number;
  readonly on: boolean;
  readonly channel: number;
  readonly note: number;
}

export class Ledger {
  private sent: Sent[] = [];
  private held = new Map<number, Sent>();

  add(sent: Sent): void {
    this.sent.push(sent);
  }

  /** Takes back what stands at or after a time. */
  cancel(from: number): void {
    this.sent = this.sent.filter((each) => each.time < from);
  }

  /** The notes that sound just before a time. */
  soundingAt(time: number): Sent[] {
    return [...this.after(time).values()];
  }

  /** Forgets the order of what is over. */
  settle(now: number): void {
    this.held = this.after(now);
    this.sent = this.sent.filter((each) => each.time >= now);
  }

  clear(): void {
    this.sent = [];
    this.held = new Map();
  }

  private after(time: number): Map<number, Sent> {
    const held = new Map(this.held);
    for (const each of this.sent) {
      if (each.time >= time) continue;
      if (each.on) held.set(each.channel * 128 + each.note, each);
      else held.delete(each.channel * 128 + each.note);
    }
    return held;
  }
}
