"""Gaps: how they are drawn, and which of their places count."""

from __future__ import annotations

import pytest
import torch

from scorespace.models import event_gaps
from scorespace.models.gaps import counted, in_range, inpaintnet_gaps
from scorespace.music.lines import HOLD, REST


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_inpaintnets_gaps_have_a_bar_before_and_two_after() -> None:
    mask = inpaintnet_gaps(4000, 16, seeded())
    lengths = mask.sum(1)
    assert set(lengths.tolist()) == {2, 3, 4, 5, 6}
    assert (lengths == 2).float().mean().item() == pytest.approx(0.2, abs=0.03)
    assert not mask[:, 0].any()
    assert not mask[:, -2:].any()
    assert (mask.int().diff(dim=1).abs().sum(1) == 2).all()
    assert mask[:, 1].any()
    assert mask[:, 13].any()


def test_short_phrases_have_short_gaps_and_shorter_ones_none() -> None:
    assert inpaintnet_gaps(50, 4, seeded()).sum(1).unique().tolist() == [1]
    with pytest.raises(ValueError, match="4 bars or more"):
        inpaintnet_gaps(1, 3)


def test_ranges_of_bars() -> None:
    assert in_range(torch.tensor([0, 2]), torch.tensor([1, 2]), 4).tolist() == [
        [True, False, False, False],
        [False, False, True, True],
    ]


def test_silence_around_a_phrase_does_not_count_and_silence_within_does() -> None:
    tokens = torch.tensor([[[REST, HOLD, 5, HOLD, REST, HOLD, 7, HOLD, REST, HOLD]]])
    everything = torch.ones_like(tokens, dtype=torch.bool)
    assert counted(tokens, everything)[0, 0].tolist() == [False] * 2 + [True] * 6 + [False] * 2
    held_over = torch.tensor([[[HOLD, HOLD, REST, HOLD, 5, REST]]])
    assert counted(held_over, everything[:, :, :6])[0, 0].tolist() == [True] * 5 + [False]
    silent = torch.tensor([[[REST, HOLD, HOLD]]])
    assert not counted(silent, everything[:, :, :3]).any()


def test_our_gaps_are_of_every_kind_and_never_empty() -> None:
    tokens = torch.randint(2, 30, (3000, 64), generator=seeded(1)) * (torch.rand(3000, 64, generator=seeded(2)) < 0.3)
    _, mask = event_gaps.draw(tokens, 4, 0.0, seeded())
    assert mask.any(1).all()
    whole_bars = mask.view(-1, 16, 4)
    one_gap = (whole_bars.all(2) == whole_bars.any(2)).all(1) & (mask.int().diff(dim=1).abs().sum(1) <= 2)
    assert 0.3 < one_gap.float().mean().item() < 0.8
    assert mask[:, 0].any()
    assert mask[:, -1].any()
    assert mask.all(1).any()
    shares = mask.float().mean(1)
    assert shares.min() < 0.1
    assert (whole_bars.all(2) != whole_bars.any(2)).any(1).float().mean() > 0.2  # kept notes, and edges within a bar


def test_phrases_are_cut_at_bar_lines_and_silence_stays_silence() -> None:
    tokens = torch.zeros(4, 64, dtype=torch.int64)
    tokens[:, 0] = torch.tensor([REST, 5, REST, 9])
    lengths = set()
    for seed in range(60):
        cut, mask = event_gaps.draw(tokens, 4, 1.0, seeded(seed))
        assert cut.shape == mask.shape
        lengths.add(cut.shape[1] // 4)
        assert cut[0, 0] == cut[2, 0] == REST
        assert cut[1, 0] in (HOLD, 5)
    assert lengths == set(range(4, 16))
