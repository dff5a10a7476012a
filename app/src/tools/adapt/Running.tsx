/** How far an adaptation is: what is done, what it costs, how long it takes still. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Now } from "./running";

export function Running({ now, seconds }: { now: Now; seconds: number }) {
  const [, tick] = useState(0);
  const here = useRef<HTMLElement>(null);
  useEffect(() => here.current!.scrollIntoView({ block: "nearest" }), []);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const spent = (performance.now() - now.begun) / 1000;
  const left = now.share > 0.02 ? Math.min(spent / now.share - spent, Math.max(seconds - spent, 5)) : null;
  return (
    <section ref={here} class="card adapt-running" aria-label="Progress">
      <label class="adapt-bar"><span>{now.said}</span><progress value={now.share} max={1}>{Math.round(now.share * 100)} %</progress></label>
      <p class="small soft">{left === null ? "The time left is not known yet." : `About ${Math.max(1, Math.round(left))} s left.`}</p>
      <dl class="adapt-figures">
        <Figure name="Loss" value={now.loss} what={now.plain === null ? "nats a phrase of scores left out" : `nats a phrase of scores left out; ${now.plain.toFixed(1)} in the space`} />
        <Figure name="Held out" value={now.held?.after ?? null} what={now.held ? `nats a phrase of scores set aside; ${now.held.before.toFixed(1)} in the space` : "scores set aside, from 5 on"} />
      </dl>
    </section>
  );
}

function Figure({ name, value, what }: { name: string; value: number | null; what: string }) {
  return <div><dt>{name}</dt><dd><strong>{value === null ? "–" : value.toFixed(1)}</strong> <span class="small soft">{what}</span></dd></div>;
}
