"""What a corpus must offer to give phrases: the `[data]` table of a recipe."""

from __future__ import annotations

from dataclasses import dataclass

from scorespace.errors import UsageError

LOWEST = "lowest"
RULES = ("highest", "skyline", LOWEST)
TRACKS = ("names", "programs")


@dataclass(frozen=True)
class DataSettings:
    """How phrases are taken out of files and divided.

    Attributes:
        metres: metres that are used, such as ("4/4", "2/2"); their bars must be as long as the grid's.
        longest_rest: bars of silence in a row that a phrase may hold (Roberts et al. 2017, appendix: one).
        rule: how a polyphonic track becomes a melody, see `scorespace.music.parts`.
        tracks: how tracks become parts: "names" (channel, name, program) or "programs" (Roberts et al. 2017: a
            melody is any of the programs 0-31); see `scorespace.music.parts.choices`.
        optional: parts that a score may lack: they are silent then, and longest_rest does not count for them.
        stride: bars from the beginning of a phrase to that of the next in a file, 1 or more.
        transpose: lowest and highest shift in semitones that training draws for each phrase anew, inclusive.
        held_out: shares of songs kept for the splits valid and test, each at least 0, together below 1.
    """

    metres: tuple[str, ...] = ("4/4", "2/2")
    longest_rest: float = 1.0
    rule: str = "highest"
    tracks: str = "names"
    optional: tuple[str, ...] = ()
    stride: int = 1
    transpose: tuple[int, int] = (-5, 6)
    held_out: tuple[float, float] = (0.05, 0.05)

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise UsageError(f"[data] rule must be one of {', '.join(RULES)}, got {self.rule!r}.")
        if self.tracks not in TRACKS:
            raise UsageError(f"[data] tracks must be one of {', '.join(TRACKS)}, got {self.tracks!r}.")
        if self.stride < 1:
            raise UsageError(f"[data] stride must be at least 1 bar, got {self.stride}.")
        if not self.metres or self.longest_rest < 0:
            raise UsageError("[data] needs at least one metre and a longest_rest of 0 bars or more.")
        if not -127 <= self.transpose[0] <= 0 <= self.transpose[1] <= 127:
            raise UsageError(f"[data] transpose must be like [-5, 6] and include 0, got {list(self.transpose)}.")
        if min(self.held_out) < 0 or sum(self.held_out) >= 1:
            raise UsageError(f"[data] held_out must be two shares of 0 or more below 1 together, got {self.held_out}.")
