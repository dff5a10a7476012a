/** Small line drawings; what they mean is said by the button around them. */

const PATHS = {
  play: "M7 4.5v15l12-7.5z", stop: "M6 6h12v12H6z", star: "m12 3.5 2.6 5.5 6 .8-4.4 4.1 1.1 6-5.3-2.9-5.3 2.9 1.1-6L3.4 9.8l6-.8z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5.500M13.500 11v5.500", download: "M12 4v11m-4.500-4.500L12 15l4.500-4.500M5 19.500h14",
  upload: "M12 16V5m-4.500 4.500L12 5l4.500 4.500M5 19.500h14", pencil: "m5 19 1-4L16 5l3 3L9 18zM14 7l3 3", undo: "M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12h-2",
  redo: "m16 5 4 4-4 4m4-4h-9a6 6 0 0 0 0 12h2", close: "m6 6 12 12M18 6 6 18", plus: "M12 5v14M5 12h14", minus: "M5 12h14",
  help: "M9 9.500a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.800v.1", gear: "M4 7h9m4 0h3M4 17h3m4 0h9M15 4.500v5M9 14.500v5",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM20 20l-4.700-4.700", history: "M4 12a8 8 0 1 0 2.500-5.800M4 4v4.500h4.500M12 8v4.500l3 2",
  shelf: "M4 5h16M4 12h16M4 19h16", inspect: "M4 6h10M4 12h7M4 18h5M17.500 19a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Zm2.500-1 2 2",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.500 11h13v9h-13z", more: "M6 12h.01M12 12h.01M18 12h.01", link: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  file: "M7 3.500h7l4 4v13H7zM14 3.500v4h4", check: "m5 12.500 4.500 4.500L19 7.500",
} as const;

export type IconName = keyof typeof PATHS;

const FILLED = new Set<IconName>(["play", "stop"]);

export function Icon({ name, size = 18, filled = FILLED.has(name) }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" fill={filled ? "currentColor" : "none"}
      stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
