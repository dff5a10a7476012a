
// The map: every phrase a dot on one canvas; a click plays it.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const canvas = byId("map"), brush = canvas.getContext("2d"), list = byId("list"), told = byId("told");
const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]]; // viridis
const LOUD = 0.4, NEAR = 14; // share of full scale; pixels within which a point is meant
const view = { x: 0, y: 0, scale: 1 };
let marked = -1, colours = [], context = null, piano = null, timer = 0, sounding = [];

function shade(share) {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1), k = Math.min(Math.floor(place), STOPS.length - 2);
  return `rgb(${STOPS[k].map((low, i) => Math.round(low + (place - k) * (STOPS[k + 1][i] - low)))})`;
}

function recolour() {
  const by = byId("colour").value, legend = byId("legend");
  legend.replaceChildren();
  if (by === "name") {
    const names = [...new Set(data.names)];
    colours = data.names.map((name) => `hsl(${(names.indexOf(name) * 137.5) % 360} 62% 48%)`);
  } else if (by) {
    const { values, unit } = data.attributes[by], low = Math.min(...values), high = Math.max(...values);
    colours = values.map((value) => shade((value - low) / (high - low || 1)));
    const strip = document.createElement("i");
    strip.style.background = `linear-gradient(90deg, ${STOPS.map((stop) => `rgb(${stop})`)})`;
    legend.append(low.toFixed(2), strip, `${high.toFixed(2)} ${unit}`);
  } else colours = [];
  draw();
}

function whole() {
  const xs = data.points.map((p) => p[0]), ys = data.points.map((p) => p[1]);
  const low = [Math.min(...xs), Math.min(...ys)], high = [Math.max(...xs), Math.max(...ys)];
  view.scale = 0.92 * Math.min(canvas.clientWidth / (high[0] - low[0] || 1), canvas.clientHeight / (high[1] - low[1] || 1));
  view.x = canvas.clientWidth / 2 - view.scale * (low[0] + high[0]) / 2;
  view.y = canvas.clientHeight / 2 + view.scale * (low[1] + high[1]) / 2;
  draw();
}

const across = (k) => view.x + view.scale * data.points[k][0], down = (k) => view.y - view.scale * data.points[k][1];

function draw() {
  const sharp = devicePixelRatio, style = getComputedStyle(document.body);
  canvas.width = canvas.clientWidth * sharp;
  canvas.height = canvas.clientHeight * sharp;
  brush.scale(sharp, sharp);
  const size = data.points.length > 2000 ? 2 : 3.5;
  brush.fillStyle = style.getPropertyValue("--accent");
  for (let k = 0; k < data.points.length; k++) {
    if (colours.length) brush.fillStyle = colours[k];
    brush.beginPath();
    brush.arc(across(k), down(k), size, 0, 7);
    brush.fill();
  }
  if (marked < 0) return;
  brush.strokeStyle = style.color;
  brush.lineWidth = 2;
  brush.beginPath();
  brush.arc(across(marked), down(marked), size + 4, 0, 7);
  brush.stroke();
}

function nearest(event) {
  const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  let best = -1, least = NEAR * NEAR;
  for (let k = 0; k < data.points.length; k++) {
    const away = (across(k) - x) ** 2 + (down(k) - y) ** 2;
    if (away < least) [best, least] = [k, away];
  }
  return best;
}

const title = (k) => `${data.names[k]}, ${data.bars[k].includes("-") ? "bars" : "bar"} ${data.bars[k]}`;

function mark(k) {
  marked = k;
  if (k >= 0) {
    list.selectedIndex = k;
    const by = data.attributes[byId("colour").value];
    told.textContent = title(k) + (by ? `: ${by.values[k].toFixed(2)} ${by.unit}` : "");
  }
  draw();
}

function strike(when, velocity, low) { // a drum: a short noise, deep for the low ones
  const source = context.createBufferSource(), level = context.createGain(), sieve = context.createBiquadFilter();
  const noise = context.createBuffer(1, context.sampleRate / 5, context.sampleRate);
  for (let n = 0, part = noise.getChannelData(0); n < part.length; n++) part[n] = Math.random() * 2 - 1;
  source.buffer = noise;
  sieve.type = low ? "lowpass" : "highpass";
  sieve.frequency.value = low ? 150 : 4000;
  level.gain.setValueAtTime((low ? 1.6 : 0.3) * LOUD * velocity / 127, when);
  level.gain.setTargetAtTime(0, when, low ? 0.06 : 0.025);
  source.connect(sieve).connect(level).connect(context.destination);
  source.start(when);
  return () => source.stop();
}

function play(k) {
  for (const silence of sounding) silence();
  clearTimeout(timer);
  context ??= new AudioContext({ latencyHint: "interactive" });
  piano ??= new Piano(context);
  context.resume();
  const { qpm, notes } = data.scores[k], quarter = 60 / qpm, begin = context.currentTime + 0.06;
  sounding = notes.map(([start, length, pitch, velocity, drum]) => drum
    ? strike(begin + start * quarter, velocity, pitch < 38)
    : piano.play(pitch, velocity, begin + start * quarter, length * quarter));
  mark(k);
}

function zoom(factor, x, y) {
  view.x = x + (view.x - x) * factor;
  view.y = y + (view.y - y) * factor;
  view.scale *= factor;
  draw();
}

const fingers = new Map();
let moved = 0;
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, event);
  if (fingers.size === 1) moved = 0;
});
canvas.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return void mark(nearest(event));
  const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
  moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  if (other) {
    const box = canvas.getBoundingClientRect(), away = (a) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY);
    zoom(away(event) / (away(before) || 1), other.clientX - box.left, other.clientY - box.top);
  } else if (moved > 4) {
    view.x += event.clientX - before.clientX;
    view.y += event.clientY - before.clientY;
    draw();
  }
  fingers.set(event.pointerId, event);
});
const lift = (event) => {
  if (fingers.delete(event.pointerId) && event.type === "pointerup" && moved <= 4) {
    const k = nearest(event);
    if (k >= 0) play(k);
  }
};
canvas.addEventListener("pointerup", lift);
canvas.addEventListener("pointercancel", lift);
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = canvas.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
list.append(...data.names.map((_, k) => new Option(title(k))));
list.addEventListener("change", () => mark(list.selectedIndex));
list.addEventListener("keydown", (event) => event.key === "Enter" && list.selectedIndex >= 0 && play(list.selectedIndex));
list.addEventListener("dblclick", () => list.selectedIndex >= 0 && play(list.selectedIndex));
canvas.addEventListener("keydown", (event) => event.key === "Enter" && marked >= 0 && play(marked));
byId("reset").addEventListener("click", whole);
byId("colour").value = data.colour;
byId("colour").addEventListener("change", recolour);
addEventListener("resize", whole);
recolour();
whole();
