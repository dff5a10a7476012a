"""Sound files by ending, and FluidSynth with its failures."""

from __future__ import annotations

import shutil
import stat
import sys
import wave

import numpy as np
import pytest

from scorespace.errors import InputError, MissingExtraError, ScorespaceError, UsageError
from scorespace.music import audio, synth
from scorespace.music.score import Score

SCORE = Score.melody([(0, 1, 69), (1, 1, 72)])
NO_FONT = b"RIFF\x04\x00\x00\x00sfbk"  # begins like a SoundFont and holds nothing


@pytest.fixture
def fluidsynth(tmp_path, monkeypatch):
    """Puts a command of this name on the path that does what the given Python lines say."""

    def install(*lines: str) -> None:
        command = tmp_path / "bin" / "fluidsynth"
        command.parent.mkdir()
        command.write_text("\n".join([f"#!{sys.executable}", "import sys, wave", *lines]))
        command.chmod(command.stat().st_mode | stat.S_IEXEC)
        monkeypatch.setenv("PATH", str(command.parent))

    (tmp_path / "font.sf2").write_bytes(NO_FONT)
    return install


def test_wav_is_what_the_synthesiser_gives(tmp_path) -> None:
    path = audio.write(SCORE, tmp_path / "a.wav", 8_000)
    assert path.read_bytes() == synth.wav_bytes(synth.render(SCORE, 8_000), 8_000)


def test_other_endings_are_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"a\.aiff is no sound file: end the name in one of \.wav"):
        audio.write(SCORE, tmp_path / "a.aiff")


def test_compressed_formats_name_the_extra_they_need(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'scorespace\[audio\]'"):
        audio.write(SCORE, tmp_path / "a.flac")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", audio.COMPRESSED)
def test_compressed_formats_hold_the_sound(tmp_path, ending: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    path = audio.write(SCORE, tmp_path / f"a{ending}", 44_100)
    sound, rate = soundfile.read(path)
    wanted = synth.render(SCORE, 44_100)
    assert rate == 44_100
    assert abs(len(sound) - len(wanted)) < 0.1 * rate
    assert np.sqrt((sound**2).mean()) == pytest.approx(np.sqrt((wanted**2).mean()), rel=0.1)


def test_a_soundfont_must_be_there_and_be_one(tmp_path) -> None:
    with pytest.raises(InputError, match=r"x\.sf2 does not exist"):
        audio.write(SCORE, tmp_path / "a.wav", soundfont=tmp_path / "x.sf2")
    (tmp_path / "y.sf2").write_bytes(b"RIFF....WAVE")
    with pytest.raises(InputError, match=r"y\.sf2 is no SoundFont"):
        audio.write(SCORE, tmp_path / "a.wav", soundfont=tmp_path / "y.sf2")


def test_fluidsynth_must_be_installed(tmp_path, monkeypatch) -> None:
    (tmp_path / "font.sf2").write_bytes(NO_FONT)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ScorespaceError, match="no fluidsynth command was found"):
        audio.write(SCORE, tmp_path / "a.wav", soundfont=tmp_path / "font.sf2")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for FluidSynth is a script")
def test_what_fluidsynth_plays_is_written(tmp_path, fluidsynth) -> None:
    fluidsynth(
        "to = sys.argv[sys.argv.index('-F') + 1]",
        "rate = int(sys.argv[sys.argv.index('-r') + 1])",
        "assert open(sys.argv[-1], 'rb').read(4) == b'MThd' and sys.argv[-2].endswith('font.sf2')",
        "with wave.open(to, 'wb') as file:",
        "    file.setnchannels(2), file.setsampwidth(2), file.setframerate(rate)",
        "    file.writeframes(bytes([0, 64, 0, 192]) * 100)",
    )
    with wave.open(str(audio.write(SCORE, tmp_path / "a.wav", 8_000, tmp_path / "font.sf2"))) as file:
        played = np.frombuffer(file.readframes(100), "<i2").reshape(-1, 2)
    assert file.getframerate() == 8_000
    assert np.abs(played - [16384, -16384]).max() <= 1


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for FluidSynth is a script")
@pytest.mark.parametrize("last", ["sys.exit('this font is broken')", "print('this font is broken', file=sys.stderr)"])
def test_a_failure_of_fluidsynth_is_told(tmp_path, fluidsynth, last: str) -> None:
    fluidsynth(last)
    with pytest.raises(ScorespaceError, match=r"could not play with font\.sf2: this font is broken"):
        audio.write(SCORE, tmp_path / "a.wav", soundfont=tmp_path / "font.sf2")
    assert not (tmp_path / "a.wav").exists()
