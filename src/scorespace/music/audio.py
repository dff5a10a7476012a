"""Sound files: WAV always, FLAC, OGG and MP3 with an extra, and other people's instruments through FluidSynth."""

from __future__ import annotations

import importlib
import io
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from scorespace.errors import InputError, MissingExtraError, ScorespaceError, UsageError
from scorespace.music import files, synth
from scorespace.music.score import Score

COMPRESSED = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
ENDINGS = (".wav", *COMPRESSED)
LONGEST_RENDERING = 600.0  # seconds of work before FluidSynth is stopped


def write(score: Score, path: str | Path, sample_rate: int = 44_100, soundfont: str | Path | None = None) -> Path:
    """Renders a score into a sound file; the ending names the format. It appears whole or not at all.

    Args:
        path: ends in .wav, .flac, .ogg or .mp3.
        sample_rate: samples a second, 8,000 to 96,000 (MP3 knows up to 48,000).
        soundfont: an .sf2 or .sf3 file to play with FluidSynth; None uses the built-in synthesiser.

    Returns the path.

    Raises:
        UsageError: for another ending.
        MissingExtraError: when a compressed format is asked for and soundfile is not installed.
        InputError: when the score is too long, the SoundFont cannot be used or the place cannot be written to.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"{path.name} is no sound file: end the name in one of {' '.join(ENDINGS)}.")
    if ending in COMPRESSED:
        _soundfile(ending)  # before the work, not after it
    sound = synth.render(score, sample_rate) if soundfont is None else _fluidsynth(score, sample_rate, Path(soundfont))
    content = synth.wav_bytes(sound, sample_rate) if ending == ".wav" else _compress(sound, sample_rate, ending)
    return synth.write_bytes(path, content)


def _soundfile(ending: str) -> object:
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError):  # OSError: the package is there, its C library is not
        raise MissingExtraError("soundfile", "audio", f"Writing {ending} files") from None


def _compress(sound: np.ndarray, sample_rate: int, ending: str) -> bytes:
    kind, coding = COMPRESSED[ending]
    buffer = io.BytesIO()
    soundfile = _soundfile(ending)
    try:
        with soundfile.SoundFile(  # type: ignore[attr-defined]
            buffer, "w", sample_rate, sound.shape[1], format=kind, subtype=coding
        ) as file:
            for begin in range(0, len(sound), sample_rate):  # libsndfile's Vorbis overflows its stack on long writes
                file.write(sound[begin : begin + sample_rate])
    except RuntimeError as error:
        reason = str(error).strip().rstrip(".")
        raise UsageError(
            f"{ending} cannot be written at {sample_rate} samples a second ({reason}): try 44100."
        ) from None
    return buffer.getvalue()


def _fluidsynth(score: Score, sample_rate: int, soundfont: Path) -> np.ndarray:
    """(samples, 2) float32 as FluidSynth plays the score with a SoundFont; same limits as `synth.render`."""
    synth.check(score, sample_rate)
    if not soundfont.is_file():
        raise InputError(f"{soundfont} does not exist; give a SoundFont file (.sf2 or .sf3).")
    with soundfont.open("rb") as file:
        start = file.read(12)
    if start[:4] != b"RIFF" or start[8:] != b"sfbk":
        raise InputError(f"{soundfont.name} is no SoundFont; give an .sf2 or .sf3 file.")
    program = shutil.which("fluidsynth")
    if program is None:
        raise ScorespaceError(
            "Playing a SoundFont needs FluidSynth, and no fluidsynth command was found: install it "
            "(apt install fluidsynth, brew install fluid-synth, choco install fluidsynth) or leave out --soundfont."
        )
    with tempfile.TemporaryDirectory() as folder:
        midi, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        midi.write_bytes(files.to_midi_bytes(score))
        command = [program, "-n", "-i", "-q", "-r", str(sample_rate), "-O", "s16", "-T", "wav", "-F", str(sound)]
        _run([*command, str(soundfont.resolve()), str(midi)], sound, soundfont.name)
        with wave.open(str(sound)) as played:
            data = np.frombuffer(played.readframes(played.getnframes()), "<i2").reshape(-1, played.getnchannels())
    return data.astype(np.float32) / np.float32(32768)


def _run(command: list[str], sound: Path, name: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_RENDERING, check=False)
    except subprocess.TimeoutExpired:
        raise ScorespaceError(
            f"FluidSynth did not finish with {name} within {LONGEST_RENDERING / 60:.0f} minutes."
        ) from None
    complaint = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    if done.returncode != 0 or not sound.exists() or "Failed to load SoundFont" in done.stderr:
        raise ScorespaceError(f"FluidSynth could not play with {name}: {complaint}")
