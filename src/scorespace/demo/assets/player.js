
// The player: phrases one after another on one clock that runs in quarter notes, so that the tempo can move while it plays.
const AHEAD = 0.15, EVERY = 30; // seconds scheduled in advance; milliseconds between two looks
const music = JSON.parse(document.getElementById("music").textContent);
const find = (selector) => [...document.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);

const player = {
  context: null, piano: null, timer: 0, sounding: [], playing: null,
  qpm: 120, loop: false,

  /** Plays items by key. `owner` is the control that started it; from `from` quarter notes on, at `at` on the clock. */
  start(keys, owner, from = 0, at = 0) {
    this.halt();
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.piano = new Piano(this.context);
    }
    this.context.resume();
    const parts = [], events = [];
    let begin = 0;
    for (const key of keys) {
      const item = music.items[key];
      parts.push({ key, begin, end: begin + item.quarters });
      for (const [start, length, pitch, velocity] of item.notes) events.push({ at: begin + start, length, pitch, velocity });
      begin += item.quarters;
    }
    events.sort((a, b) => a.at - b.at);
    for (const event of events) this.piano.tone(event.pitch); // made now, so that no note waits for its tone
    this.playing = { keys, owner, parts, events, length: begin, next: 0, round: 0, part: -1 };
    this.anchor = { time: at || this.context.currentTime + 0.06, quarters: from };
    while (this.playing.next < events.length && events[this.playing.next].at < from - 1e-6) this.playing.next++;
    this.timer = setInterval(() => this.look(), EVERY);
    this.look();
    requestAnimationFrame(() => show());
    refresh();
  },

  halt() {
    clearInterval(this.timer);
    for (const silence of this.sounding) silence.stop();
    this.sounding = [];
    this.playing = null;
  },

  stop() {
    this.halt();
    refresh();
  },

  /** Quarter notes since the beginning at a time of the context's clock; goes on through all rounds of a loop. */
  position(time) {
    return this.anchor.quarters + Math.max(0, time - this.anchor.time) * this.qpm / 60;
  },

  timeOf(quarters) {
    return this.anchor.time + (quarters - this.anchor.quarters) * 60 / this.qpm;
  },

  setTempo(qpm) {
    if (this.playing) {
      const now = Math.max(this.context.currentTime, this.anchor.time);
      this.anchor = { time: now, quarters: this.position(now) };
    }
    this.qpm = qpm;
  },

  /** Hands every note that begins within AHEAD seconds to the piano. */
  look() {
    const playing = this.playing, now = this.context.currentTime, horizon = this.position(now + AHEAD);
    if (!playing) return;
    this.sounding = this.sounding.filter((note) => note.until > now);
    for (;;) {
      if (playing.next === playing.events.length) {
        if (!this.loop || horizon < (playing.round + 1) * playing.length || !playing.events.length) break;
        playing.round++;
        playing.next = 0;
      }
      const event = playing.events[playing.next], at = playing.round * playing.length + event.at;
      if (at > horizon) break;
      const when = Math.max(now, this.timeOf(at)), seconds = event.length * 60 / this.qpm;
      this.sounding.push({ stop: this.piano.play(event.pitch, event.velocity, when, seconds), until: when + seconds + 0.3 });
      playing.next++;
    }
    const over = this.position(now) >= (playing.round + 1) * playing.length;
    if (over && !this.loop) this.stop();
  },
};

/** Where the music is heard now: the part and the quarter notes since the part began. */
function heard() {
  const { context, playing } = player;
  if (!playing) return null;
  const all = player.position(context.currentTime - (context.outputLatency || 0)) % playing.length;
  const index = playing.parts.findIndex((part) => all < part.end);
  return index < 0 ? null : { index, key: playing.parts[index].key, quarters: all - playing.parts[index].begin };
}

const screens = new Map(find("[data-play]").map((button) => [button.dataset.play, button]));
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Moves the playhead and lights the sounding notes, once a frame. */
function show() {
  const place = heard();
  if (!player.playing) return;
  if (place) {
    if (place.index !== player.playing.part) {
      player.playing.part = place.index;
      refresh();
    }
    const screen = screens.get(place.key).querySelector(".screen"), rects = screen.querySelectorAll(".note");
    if (!calm.matches) {
      const x = place.quarters / Number(screen.dataset.end) * screen.clientWidth;
      screen.querySelector(".head").style.transform = `translateX(${x}px)`;
    }
    music.items[place.key].notes.forEach(([start, length], n) =>
      rects[n].classList.toggle("on", start <= place.quarters && place.quarters < start + length));
  }
  requestAnimationFrame(show);
}

/** Brings buttons, captions and the status line up to date. */
function refresh() {
  const playing = player.playing, place = playing && playing.parts[Math.max(0, playing.part)];
  for (const [key, button] of screens) {
    const active = Boolean(place) && place.key === key;
    button.classList.toggle("playing", active);
    button.setAttribute("aria-pressed", String(active));
    if (!active) button.querySelectorAll(".on").forEach((note) => note.classList.remove("on"));
  }
  for (const button of find("[data-play-list]")) {
    const active = Boolean(playing) && playing.owner === button;
    button.classList.toggle("playing", active);
    button.setAttribute("aria-pressed", String(active));
    button.querySelector(".word").textContent = active ? "Stop" : "Play all";
  }
  byId("stop").disabled = !playing;
  const count = playing && playing.parts.length > 1 ? ` (${Math.max(0, playing.part) + 1} of ${playing.parts.length})` : "";
  byId("now").textContent = place ? music.items[place.key].title + count : "Choose a phrase to hear it.";
}

for (const [key, button] of screens) {
  button.addEventListener("click", () => {
    const same = player.playing && player.playing.owner === button;
    same ? player.stop() : player.start([key], button);
  });
}
for (const button of find("[data-play-list]")) {
  button.addEventListener("click", () => {
    const same = player.playing && player.playing.owner === button;
    same ? player.stop() : player.start(music.lists[button.dataset.playList], button);
  });
}
byId("stop").addEventListener("click", () => player.stop());
byId("loop").addEventListener("change", (event) => {
  player.loop = event.target.checked;
});
byId("tempo").addEventListener("input", (event) => {
  player.setTempo(Number(event.target.value));
  byId("tempo-value").textContent = event.target.value;
  event.target.setAttribute("aria-valuetext", `${event.target.value} quarter notes a minute`);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") player.stop();
});

// The palette: one tab stop, arrow keys inside, and a card that tells what a cell is made of.
const cells = find(".cell"), size = Math.round(Math.sqrt(cells.length));

let chosen = cells[0], described = cells[0];

function choose(cell) {
  chosen = cell;
  for (const other of cells) other.tabIndex = other === cell ? 0 : -1;
  describe(cell);
}

function describe(cell) {
  described = cell;
  const y = Number(cell.dataset.row) / (size - 1), x = Number(cell.dataset.column) / (size - 1);
  const shares = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
  byId("cell-name").textContent = music.items[cell.dataset.play].title;
  find("#cell-mix li").forEach((row, k) => {
    const corner = cells[[0, size - 1, size * (size - 1), size * size - 1][k]];
    row.style.setProperty("--tint", corner.style.getPropertyValue("--tint"));
    row.style.setProperty("--share", `${100 * shares[k]}%`);
    row.querySelector("b").textContent = `${Number((100 * shares[k]).toFixed(1))} %`;
  });
  byId("cell-midi").href = cell.dataset.midi;
  byId("cell-wav").href = cell.dataset.wav;
}

/** With the glide on, a cell takes over from the one that plays, at the next eighth note. */
function glide(cell) {
  const place = heard();
  if (!byId("follow").checked || !place || !cells.includes(screens.get(place.key)) || place.key === cell.dataset.play) return;
  const next = Math.ceil(player.position(player.context.currentTime) * 2) / 2;
  player.start([cell.dataset.play], cell, next % music.items[cell.dataset.play].quarters, player.timeOf(next));
}

find("#cell-mix li").forEach((row) => row.append(document.createElement("b")));
for (const cell of cells) {
  cell.addEventListener("focus", () => {
    choose(cell);
    glide(cell);
  });
  cell.addEventListener("click", () => choose(cell));
  cell.addEventListener("pointermove", (event) => {
    if (described === cell || !(event.movementX || event.movementY)) return; // the page may move under a resting pointer
    describe(cell);
    glide(cell);
  });
  cell.addEventListener("pointerleave", () => describe(chosen));
  cell.addEventListener("keydown", (event) => {
    const row = Number(cell.dataset.row), column = Number(cell.dataset.column);
    const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1], Home: [row, 0], End: [row, size - 1] }[event.key];
    if (!to || to.some((place) => place < 0 || place >= size)) return;
    event.preventDefault();
    cells[to[0] * size + to[1]].focus();
  });
}
choose(cells[0]);
