"""The sound: every program of the bank rendered offline, and what plays in a real audio context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.slow

RATE = 44_100
SILENT = 1e-4  # root mean square of full scale
DRUMS = {
    "kick": 36,
    "snare": 38,
    "closed hi-hat": 42,
    "open hi-hat": 46,
    "low tom": 45,
    "mid tom": 48,
    "high tom": 50,
    "crash": 49,
    "ride": 51,
}
RENDER = """async ([score, quarters, settings]) => {
  const [left, right] = await scorespaceSound.renderOffline(score, quarters, settings);
  const size = 4410, levels = [];
  for (let at = 0; at + size <= left.length; at += size) {
    let sum = 0;
    for (let k = at; k < at + size; k++) sum += left[k] ** 2 + right[k] ** 2;
    levels.push(Math.sqrt(sum / (2 * size)));
  }
  const peak = left.reduce((most, point) => Math.max(most, Math.abs(point)), 0);
  return { points: left.length, levels, peak, onset: left.findIndex((point) => Math.abs(point) > 0.05 * peak) };
}"""


def score(*tracks: dict[str, Any], qpm: float = 120, metre: tuple[int, int] = (4, 4)) -> dict[str, Any]:
    """A score as the page has it."""
    return {"tracks": list(tracks), "tempos": [[0, qpm]], "metres": [[0, *metre]]}


def line(*pitches: int, program: int = 0, drum: bool = False, name: str = "line") -> dict[str, Any]:
    """A track of quarter notes."""
    return {
        "notes": [[start, 1, pitch, 100] for start, pitch in enumerate(pitches)],
        "program": program,
        "drum": drum,
        "name": name,
    }


def render(page: Page, what: dict[str, Any], quarters: float, **settings: Any) -> dict[str, Any]:
    """What an offline render gives: its length, levels of 100 ms each, its peak and where it begins to sound."""
    rendered: dict[str, Any] = page.evaluate(RENDER, [what, quarters, settings])
    return rendered


def play(page: Page, key: str, what: dict[str, Any], quarters: float) -> None:
    """Plays and waits until it is heard."""
    page.evaluate(
        "([key, score, quarters]) => scorespaceSound.player.play({ key, score, quarters })", [key, what, quarters]
    )
    page.wait_for_function("() => scorespaceSound.state().playhead > 0.05")


def state(page: Page) -> dict[str, Any]:
    """What plays now."""
    now: dict[str, Any] = page.evaluate("() => scorespaceSound.state()")
    return now


def test_a_melody_is_heard_where_it_sounds_and_nowhere_else(page: Page) -> None:
    heard = render(page, score(line(60, 64, 67)), 8)
    assert heard["points"] == pytest.approx((4 + 1.5) * RATE, abs=1)
    assert min(heard["levels"][:14]) > SILENT
    assert max(heard["levels"][-15:]) < SILENT
    assert heard["peak"] <= 0.98


def test_a_note_begins_on_its_sample(page: Page) -> None:
    def onset(start: float) -> int:
        stroke = {"notes": [[start, 0.25, 37, 120]], "drum": True}
        return int(render(page, score(stroke, qpm=60), 2)["onset"])

    first = onset(0.1)
    assert [onset(0.1 + later / RATE) - first for later in (1, 77, 1000)] == [1, 77, 1000]


def test_every_program_sounds(page: Page) -> None:
    programs = page.evaluate(
        """async (score) => {
          const found = [];
          for (let program = 0; program < 128; program++) {
            const track = { notes: [[0, 1, 60, 100]], program };
            const [left] = await scorespaceSound.renderOffline({ ...score, tracks: [track] }, 1, {}, 0.1);
            found.push(Math.sqrt(left.reduce((sum, point) => sum + point ** 2, 0) / left.length));
          }
          return found;
        }""",
        score(qpm=180),
    )
    assert [program for program, level in enumerate(programs) if level < SILENT] == []


@pytest.mark.parametrize("pitch", DRUMS.values(), ids=DRUMS)
def test_every_drum_sounds(page: Page, pitch: int) -> None:
    assert render(page, score(line(pitch, drum=True)), 1)["levels"][0] > SILENT


def test_settings_are_heard(page: Page) -> None:
    beats = score(line(60, 60, 60, 60))
    assert render(page, beats, 4, qpm=60)["points"] == pytest.approx((4 + 1.5) * RATE, abs=1)
    assert max(render(page, beats, 4, muted=["line"])["levels"]) == 0
    assert max(render(page, beats, 4, volume=0)["levels"]) == 0
    assert max(render(page, score(line()), 4, metronome=True)["levels"]) > SILENT


def test_playing_moves_the_playhead_and_stopping_ends_it(page: Page) -> None:
    page.mouse.click(2, 2)
    play(page, "a", score(line(60, 62, 64, 65), qpm=240), 4)
    now = state(page)
    assert (now["key"], now["context"]) == ("a", "running")
    page.wait_for_function("() => scorespaceSound.state().playhead > 3")
    page.wait_for_function("() => scorespaceSound.state().playhead < 1")  # the loop begins again
    page.wait_for_function("() => scorespaceSound.state().sounds === 'bank'")
    page.get_by_role("region", name="Transport").get_by_role("button", name="Stop").click()
    assert state(page)["key"] is None


def test_a_swap_keeps_the_phase(page: Page) -> None:
    page.mouse.click(2, 2)
    play(page, "a", score(line(60, 62, 64, 65)), 8)
    page.wait_for_function("() => scorespaceSound.state().playhead > 1.5")
    moved, passed = page.evaluate(
        """async ([score, quarters]) => {
          const { player, state } = scorespaceSound;
          const before = state();
          await player.swap({ key: "b", score, quarters }, "now");
          await new Promise((done) => {
            const look = () => (state().key === "b" ? done() : requestAnimationFrame(look));
            look();
          });
          const after = state();
          return [after.playhead - before.playhead, 2 * (after.time - before.time)];
        }""",
        [score(line(72, 74, 76, 77)), 8],
    )
    assert moved % 8 == pytest.approx(passed % 8, abs=0.01)


def test_a_swap_waits_for_the_next_bar(page: Page) -> None:
    page.mouse.click(2, 2)
    play(page, "a", score(line(60, 62, 64, 65)), 8)
    before, after = page.evaluate(
        """async ([score, quarters]) => {
          const { player, state } = scorespaceSound;
          await player.swap({ key: "b", score, quarters }, "bar");
          let last = state();
          return new Promise((done) => {
            const look = () => {
              const now = state();
              if (now.key === "b") return done([last.playhead, last.playhead + 2 * (now.time - last.time)]);
              last = now;
              requestAnimationFrame(look);
            };
            look();
          });
        }""",
        [score(line(72, 74, 76, 77)), 8],
    )
    assert after // 4 > before // 4


def test_a_sound_is_on_its_way_before_the_click_is_over(page: Page) -> None:
    sent = page.evaluate(
        """(score) => {
          void scorespaceSound.player.play({ key: "a", score, quarters: 4 });
          return performance.getEntriesByName("scorespace-sound").map((mark) => mark.detail.lead);
        }""",
        score(line(60, 62)),
    )
    assert sent == [0.02]


def test_the_transport_by_keyboard(page: Page, axe: Callable[[Page], list[Any]]) -> None:
    transport = page.get_by_role("region", name="Transport")
    transport.get_by_role("spinbutton", name="Tempo, quarter notes a minute").fill("91")
    page.keyboard.press("Tab")
    written = transport.get_by_role("button", name="Tempo as written")
    assert written.get_attribute("aria-pressed") == "false"
    written.focus()
    page.keyboard.press("Enter")
    assert written.get_attribute("aria-pressed") == "true"
    transport.get_by_role("slider", name="Swing").focus()
    page.keyboard.press("ArrowRight")
    assert transport.get_by_text("1 %", exact=True).is_visible()
    transport.get_by_role("combobox", name="Keep to").select_option("D")
    transport.get_by_role("combobox", name="Scale").select_option("dorian")
    transport.get_by_role("button", name="MIDI, parts").focus()
    page.keyboard.press("Enter")
    assert transport.get_by_role("button", name="Connect MIDI").is_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert transport.get_by_role("button", name="Connect MIDI").count() == 0


def test_the_transport_on_a_phone(phone: Page) -> None:
    transport = phone.get_by_role("region", name="Transport")
    transport.get_by_role("button", name="More of the transport").tap()
    assert transport.get_by_role("slider", name="Volume").is_visible()
    assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


FAKE_MIDI = """() => {
  const keys = { id: "in", name: "Test keys", state: "connected", onmidimessage: null };
  const sent = [], send = (data, time) => sent.push([data, time]);
  const synth = { id: "out", name: "Test synth", state: "connected", sent, send };
  window.fakeMidi = { keys, synth, press: (status, pitch, velocity) =>
    keys.onmidimessage({ data: [status, pitch, velocity], timeStamp: performance.now() }) };
  navigator.requestMIDIAccess = async () => ({ inputs: new Map([["in", keys]]), outputs: new Map([["out", synth]]) });
}"""


@pytest.fixture
def midi(page: Page) -> Page:
    """The app with a keyboard and a synthesiser that are none, connected through the transport."""
    page.evaluate(FAKE_MIDI)
    page.get_by_role("button", name="MIDI, parts").click()
    page.get_by_role("button", name="Connect MIDI").click()
    page.get_by_label("MIDI out").wait_for()
    return page


def test_midi_out_gets_every_note_and_its_end(midi: Page) -> None:
    midi.get_by_label("MIDI out").select_option("Test synth")
    play(midi, "a", score(line(60, 62, 64, 65), line(36, 38, drum=True, name="drums"), qpm=240), 4)
    midi.wait_for_function("() => fakeMidi.synth.sent.filter(([data]) => (data[0] & 0xf0) === 0x90).length > 8")
    midi.evaluate("() => scorespaceSound.player.stop()")
    sent = midi.evaluate("() => fakeMidi.synth.sent")
    down: set[tuple[int, int]] = set()
    for (status, note, *_), _stamp in sorted(sent, key=lambda each: each[1]):
        if status & 0xF0 == 0x90:
            down.add((status & 15, note))
        elif status & 0xF0 == 0x80:
            down.discard((status & 15, note))
    assert down == set()
    assert {status & 15 for (status, *_), _stamp in sent if status & 0xF0 == 0x90} == {0, 9}


def test_a_keyboard_is_recorded_to_the_shelf(midi: Page) -> None:
    midi.get_by_label("MIDI in").select_option("Test keys")
    midi.get_by_role("button", name="Record", exact=True).click()
    midi.wait_for_function("() => scorespaceSound.state().key === 'recording' && scorespaceSound.state().playhead > 1")
    midi.evaluate("() => fakeMidi.press(0x90, 64, 90)")
    midi.wait_for_function("() => scorespaceSound.state().playhead > 2")
    midi.evaluate("() => fakeMidi.press(0x80, 64, 0)")
    midi.get_by_role("button", name="Stop recording").click()
    midi.get_by_text("Recorded 1 note.").first.wait_for()
    assert midi.get_by_text("recorded", exact=True).first.is_visible()


def test_a_browser_that_refuses_midi_is_told_of(page: Page) -> None:
    page.evaluate("() => { navigator.requestMIDIAccess = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="MIDI, parts").click()
    page.get_by_role("button", name="Connect MIDI").click()
    page.get_by_text("The browser refused.").wait_for()
    assert page.get_by_role("button", name="Ask again").is_visible()
