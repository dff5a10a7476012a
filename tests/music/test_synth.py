"""The synthesiser's sound, measured: pitch, silence, level, clean edges, determinism, limits and speed."""

from __future__ import annotations

import io
import time
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.errors import InputError, UsageError
from scorespace.music import synth
from scorespace.music.score import Score, Tempo, Track, notes
from scorespace.music.voices import DRUMS, VOICES

RATE = 44_100


def strongest(signal: np.ndarray, rate: int = RATE) -> float:
    """The frequency of the highest peak of the spectrum, in Hz."""
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), size))
    return float(np.argmax(spectrum) * rate / size)


@pytest.mark.parametrize(("pitch", "hertz"), [(69, 440.0), (57, 220.0), (60, 261.626), (81, 880.0)])
def test_the_piano_is_in_tune(pitch: int, hertz: float) -> None:
    left = synth.render(Score.melody([(0, 4, pitch)]), RATE)[:, 0]
    assert strongest(left[4_410 : 2 * RATE]) == pytest.approx(hertz, abs=1.0)


@pytest.mark.parametrize("family", range(16))
def test_every_family_sounds_a_harmonic_of_its_note_and_ends(family: int) -> None:
    score = Score((Track(notes([(0, 2, 69), (8, 1, 69)]), program=8 * family),))
    sound = synth.render(score, RATE).mean(1)
    ratios = [ratio for ratio, _, _ in VOICES[family].partials]
    peak = strongest(sound[4_410:RATE]) / 440
    assert min(abs(peak - ratio) / ratio for ratio in ratios) < 0.008
    assert np.sqrt((sound[:RATE] ** 2).mean()) > 0.02
    assert np.abs(sound[int(3.2 * RATE) : int(3.9 * RATE)]).max() < 1e-3 * np.abs(sound).max()
    assert abs(sound.mean()) < 1e-3


def test_rests_are_silent_and_notes_come_on_time() -> None:
    sound = synth.render(Score.melody([(4, 1, 72)]), RATE)
    assert np.abs(sound[: 2 * RATE - 1]).max() < 1e-6
    assert np.abs(sound[2 * RATE : 2 * RATE + 2_205]).max() > 0.05


def test_the_tempo_map_places_the_notes() -> None:
    score = Score((Track(notes([(8, 1, 60)])),), (Tempo(0, 120), Tempo(4, 60)))
    sound = np.abs(synth.render(score, RATE)).max(1)
    assert np.flatnonzero(sound > 1e-6)[0] == pytest.approx(6 * RATE, abs=50)


def test_notes_begin_and_end_without_clicks() -> None:
    for program in range(0, 128, 8):
        sound = synth.render(Score((Track(notes([(0, 0.4, 45), (1, 0.31, 62)]), program=program),)), RATE)
        steepest = 2 * np.pi * 2_500 / RATE * np.abs(sound).max()  # what a 2.5 kHz sine of that peak does
        assert np.abs(np.diff(sound, axis=0)).max() < steepest
        assert np.abs(sound[0]).max() < 1e-4
        assert np.abs(sound[-1]).max() < 1e-6


def test_velocity_changes_level_and_brightness() -> None:
    soft, loud = (synth.render(Score.melody([(0, 2, 60, v)]), RATE)[: RATE // 2, 0] for v in (30, 110))
    assert np.abs(loud).max() > 3 * np.abs(soft).max()

    def share_above(signal: np.ndarray, hertz: float) -> float:
        power = np.abs(np.fft.rfft(signal)) ** 2
        return float(power[int(hertz * len(signal) / RATE) :].sum() / power.sum())

    assert share_above(loud, 400) > 1.5 * share_above(soft, 400)


def test_many_loud_notes_never_clip() -> None:
    chord = [(0, 4, pitch, 127) for pitch in range(30, 100, 2)]
    sound = synth.render(Score((Track(notes(chord), program=16), Track(notes(chord), is_drum=True))), RATE)
    assert synth.PEAK - 1e-3 < np.abs(sound).max() <= synth.PEAK + 1e-6


def test_a_soft_score_stays_soft() -> None:
    assert np.abs(synth.render(Score.melody([(0, 1, 60, 20)]))).max() < 0.15


@pytest.mark.parametrize("score", [Score(), Score((Track(),)), Score((Track(is_drum=True),))])
def test_no_notes_give_a_short_silence(score: Score) -> None:
    sound = synth.render(score, RATE)
    assert sound.shape == (int(1.2 * RATE), 2)
    assert sound.dtype == np.float32
    assert not sound.any()


def test_every_drum_is_heard_and_unknown_keys_are_a_stick() -> None:
    for pitch in [*DRUMS, 1, 120]:
        sound = synth.render(Score((Track(notes([(0, 1, pitch, 100)]), is_drum=True),)), RATE)
        assert np.abs(sound).max() > 0.1
        assert np.abs(sound[-1]).max() < 1e-6
    kick = synth.render(Score((Track(notes([(0, 1, 36)]), is_drum=True),)), RATE)[:8_820, 0]
    assert 40 < strongest(kick) < 120


def test_tracks_stand_at_different_places() -> None:
    scale = Track(notes([(i, 1, pitch) for i, pitch in enumerate((60, 62, 64, 66, 68))]), program=8)
    middle, right, left = (
        float(power[1] / power[0])
        for index in range(3)
        for power in [(synth.render(Score(tuple(scale if i == index else Track() for i in range(3)))) ** 2).sum(0)]
    )
    assert 0.8 < middle < 1.25
    assert right > 1.5
    assert left < 1 / 1.5


@given(
    rows=st.lists(
        st.tuples(
            st.floats(0, 3),
            st.floats(0, 2),
            st.integers(0, 127),
            st.integers(1, 127),
            st.integers(0, 127),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_notes_give_finite_sound_within_bounds(rows: list[tuple[float, float, int, int, int, bool]]) -> None:
    score = Score(tuple(Track(notes([row[:4]]), program=row[4], is_drum=row[5]) for row in rows))
    sound = synth.render(score, 8_000)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= synth.PEAK + 1e-6
    assert len(sound) == int((float(score.seconds_at(score.end)) + 1.2) * 8_000)


def test_the_same_score_gives_the_same_samples() -> None:
    score = Score.melody([(0, 1, 60), (1, 1, 64), (2, 2, 60)])
    assert np.array_equal(synth.render(score, RATE), synth.render(score, RATE))


def test_noise_is_that_of_splitmix64() -> None:
    mask = 2**64 - 1

    def reference(index: int, seed: int) -> float:
        x = (index + seed * 0x9E3779B97F4A7C15) * 0x9E3779B97F4A7C15 & mask
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & mask
        x = (x ^ x >> 27) * 0x94D049BB133111EB & mask
        return (x >> 40) / 2**23 - 1

    found = synth.noise(2_000, 7)
    assert [float(v) for v in found[:20]] == [reference(i, 7) for i in range(20)]
    assert abs(float(found.mean())) < 0.05
    assert abs(float(np.corrcoef(found[1:], found[:-1])[0, 1])) < 0.08


def test_limits_are_named() -> None:
    with pytest.raises(InputError, match=r"lasts 33 minutes and can be rendered up to 30"):
        synth.render(Score.melody([(4_000, 1, 60)]))
    with pytest.raises(UsageError, match="Sample rates from 8000 to 96000"):
        synth.render(Score.melody([(0, 1, 60)]), 4_000)
    with pytest.raises(UsageError, match="tail"):
        synth.render(Score.melody([(0, 1, 60)]), tail=-1)


def test_wav_files_hold_the_samples_in_16_bits(tmp_path) -> None:
    score = Score.melody([(0, 1, 60)])
    path = synth.write_wav(score, tmp_path / "a.wav", 22_050)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 22_050)
        stored = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32767
    assert np.abs(stored - synth.render(score, 22_050)).max() < 1 / 32767
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_wav_bytes_takes_mono_and_clips_what_stands_outside() -> None:
    with wave.open(io.BytesIO(synth.wav_bytes(np.array([0.0, 2.0, -2.0]), 8_000))) as file:
        assert file.getnchannels() == 1
        assert np.frombuffer(file.readframes(3), "<i2").tolist() == [0, 32767, -32767]


def test_a_file_that_cannot_be_written_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"missing.a\.wav cannot be written"):
        synth.write_wav(Score.melody([(0, 1, 60)]), tmp_path / "missing" / "a.wav", 8_000)


def test_a_melody_renders_far_faster_than_it_plays() -> None:
    score = Score.melody([(i / 2, 0.5, 60 + (i * 5) % 17) for i in range(120)])
    synth.render(score, RATE)
    begun = time.process_time()
    seconds = len(synth.render(score, RATE)) / RATE
    assert seconds / (time.process_time() - begun) > 40  # 150 to 350 on an idle core of a 2020 server
