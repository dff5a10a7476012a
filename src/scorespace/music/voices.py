"""What the synthesiser's sounds are made of: one table for the families of General MIDI programs, one for drums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Partial = tuple[
    float, float, float
]  # multiple of the fundamental, level, decay (seconds to 1/e at 440 Hz; 0 = sustained)


@dataclass(frozen=True)
class Voice:
    """One family of sounds.

    Attributes:
        partials: sine waves that make the tone.
        attack, release: seconds.
        brightness: how strongly a soft stroke loses its upper partials; 0 = not at all.
        inharmonicity: stiffness B of the string; 0 = exact multiples.
        detune: cents of the copies that sound together, at equal levels.
        vibrato: cents.
        breath: level of noise against the tone.
        gain: loudness against the piano.
    """

    partials: tuple[Partial, ...]
    attack: float = 0.004
    release: float = 0.14
    brightness: float = 0.55
    inharmonicity: float = 0.0
    detune: tuple[float, ...] = (0.0,)
    vibrato: float = 0.0
    breath: float = 0.0
    gain: float = 1.0
    name: str = field(default="", compare=False)


def harmonics(levels: Iterable[float], decay: float = 0.0, faster: float = 0.0) -> tuple[Partial, ...]:
    """Partials 1, 2, 3... with the given levels; partial k decays in decay / (1 + faster (k - 1)) seconds."""
    return tuple((k + 1.0, level, decay / (1 + faster * k)) for k, level in enumerate(levels) if level > 0)


def fall(count: int, power: float) -> list[float]:
    """Levels 1 / k ** power of the first `count` harmonics."""
    return [1 / k**power for k in range(1, count + 1)]


STRING = (-4.0, 0.0, 5.0)
VOICES: tuple[Voice, ...] = (
    Voice(
        # between a piano and a tine piano: two rates of decay a string, and a short bell over the stroke
        (*harmonics((1.0, 0.46, 0.2, 0.11, 0.06, 0.035, 0.02), 1.1, 0.55), (1.0, 0.35, 3.2), (7.1, 0.07, 0.09)),
        inharmonicity=0.00025,
        detune=(0.0, 0.9),
        name="piano",
    ),
    Voice(((1.0, 1.0, 1.3), (4.0, 0.34, 0.5), (10.2, 0.12, 0.16)), release=0.35, name="mallets"),
    Voice(harmonics((1.0, 0.75, 0.45, 0.4, 0.0, 0.2, 0.0, 0.18)), 0.012, 0.07, 0.0, gain=0.62, name="organ"),
    Voice(
        harmonics((1.0, 0.72, 0.5, 0.26, 0.16, 0.13, 0.09, 0.05, 0.03), 0.75, 0.42),
        0.002,
        0.11,
        0.6,
        0.0002,
        name="guitar",
    ),
    Voice(harmonics((1.0, 0.6, 0.3, 0.14, 0.07, 0.03), 0.62, 0.5), 0.004, 0.08, 0.6, gain=1.15, name="bass"),
    Voice(harmonics(fall(14, 1.15)), 0.07, 0.16, 0.06, 0.0, STRING, 7.0, 0.01, 0.66, name="solo strings"),
    Voice(harmonics(fall(12, 1.2)), 0.09, 0.3, 0.06, 0.0, (-8.0, 0.0, 7.0), 4.0, 0.01, 0.62, name="ensemble"),
    Voice(
        harmonics((0.8, 1.0, 0.9, 0.7, 0.5, 0.36, 0.26, 0.18, 0.12, 0.08)),
        0.035,
        0.09,
        0.16,
        0.0,
        (0.0,),
        5.0,
        0.012,
        0.62,
        "brass",
    ),
    Voice(
        harmonics((1.0, 0.22, 0.75, 0.2, 0.5, 0.16, 0.28, 0.1, 0.16)),
        0.03,
        0.07,
        0.1,
        0.0,
        (0.0,),
        8.0,
        0.015,
        0.62,
        "reed",
    ),
    Voice(harmonics((1.0, 0.34, 0.11, 0.05, 0.02)), 0.045, 0.09, 0.12, 0.0, (0.0,), 10.0, 0.05, 0.78, name="pipe"),
    Voice(harmonics(fall(16, 1.0)), 0.006, 0.09, 0.08, 0.0, (0.0, 5.0), 0.0, 0.0, 0.5, name="synth lead"),
    Voice(harmonics(fall(8, 1.5)), 0.22, 0.6, 0.05, 0.0, (-9.0, 0.0, 8.0), 0.0, 0.01, 0.62, name="synth pad"),
    Voice(((1.0, 1.0, 2.0), (2.01, 0.5, 1.4), (3.02, 0.3, 1.0), (5.4, 0.2, 0.5)), 0.03, 0.5, gain=0.7, name="effects"),
    Voice(
        harmonics((1.0, 0.8, 0.66, 0.45, 0.3, 0.22, 0.15, 0.1, 0.06), 0.5, 0.3),
        0.001,
        0.09,
        0.25,
        0.0004,
        name="plucked",
    ),
    Voice(((1.0, 1.0, 0.22), (2.76, 0.5, 0.12), (5.4, 0.25, 0.06)), 0.001, 0.2, name="percussive"),
    Voice(((1.0, 1.0, 0.5), (1.51, 0.5, 0.4), (2.33, 0.4, 0.3)), 0.01, 0.2, breath=0.2, gain=0.6, name="sound effects"),
)


@dataclass(frozen=True)
class Drum:
    """One drum: a sine gliding from `begin` to `settle` Hz (share `body` of the sound) and noise; decays in seconds."""

    begin: float
    settle: float
    body: float
    body_decay: float
    noise_decay: float
    bright: bool = False
    gain: float = 1.0
    pan: float = 0.0

    @property
    def seconds(self) -> float:
        """How long a stroke is heard: until both parts have fallen by 40 dB."""
        return min(2.4, 4.6 * max(self.body_decay if self.body else 0.0, self.noise_decay if self.body < 1 else 0.0))


def _tom(hertz: float, pan: float) -> Drum:
    return Drum(1.6 * hertz, hertz, 0.85, 0.16, 0.03, pan=pan)


def _metal(decay: float, gain: float, pan: float, body: float = 0.0) -> Drum:
    return Drum(5_200, 5_200, body, decay, decay, bright=True, gain=gain, pan=pan)


_KICK = Drum(170, 48, 0.94, 0.12, 0.008, gain=1.7)
_SNARE = Drum(240, 185, 0.38, 0.07, 0.11, gain=1.2)
_STICK = Drum(1_700, 1_500, 0.6, 0.02, 0.012, gain=0.7)
_HAT, _OPEN_HAT = _metal(0.035, 0.55, 0.3), _metal(0.22, 0.5, 0.3)
_CRASH, _RIDE = _metal(0.55, 0.75, -0.3), _metal(0.35, 0.4, 0.35, 0.25)
DRUMS: dict[int, Drum] = (  # by General MIDI percussion key; any other sounds as a side stick
    {35: _KICK, 36: _KICK, 37: _STICK, 38: _SNARE, 39: Drum(900, 900, 0.0, 0.02, 0.07), 40: _SNARE}
    | {42: _HAT, 44: _HAT, 46: _OPEN_HAT, 49: _CRASH, 51: _RIDE, 52: _CRASH, 55: _CRASH, 57: _CRASH, 59: _RIDE}
    | {53: _metal(0.4, 0.45, 0.35, 0.7), 54: _metal(0.06, 0.5, -0.2), 69: _metal(0.03, 0.4, -0.3), 70: _HAT}
    | {41: _tom(75, 0.4), 43: _tom(92, 0.3), 45: _tom(115, 0.15), 47: _tom(140, 0.0), 48: _tom(165, -0.15)}
    | {50: _tom(195, -0.3), 56: Drum(800, 560, 0.95, 0.09, 0.01, gain=0.6), 60: _tom(330, 0.2), 61: _tom(230, 0.2)}
)
