"""Few-shot styles: made, kept, followed by the verbs, named in provenance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_groove_space import beat, save_tiny_groove
from tiny_inpainter import save_inpainter
from tiny_space import save_tiny, tune

from scorespace.errors import InputError, ModelError, UsageError
from scorespace.music.score import Score
from scorespace.space import Space, Style, load, load_style, replay
from scorespace.space.adapted import check_name, kept_styles
from scorespace.space.adapting import FEWEST, HOLDINGS
from scorespace.space.edit import _Pool


def pentatonic(seed: int, notes: int = 32) -> Score:
    return tune(tuple(int(pitch) for pitch in np.random.default_rng(seed).choice([60, 62, 64, 67, 69], notes)))


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Space:
    return load(save_tiny(tmp_path_factory.mktemp("space") / "tiny"))


@pytest.fixture(scope="module")
def style(space) -> Style:
    return space.adapt([pentatonic(k) for k in range(6)], "five notes")


@pytest.fixture(autouse=True)
def styles_of_the_test(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("SCORESPACE_STYLES", str(tmp_path / "styles"))
    return tmp_path / "styles"


def test_it_makes_phrases_of_its_kind_likelier(style):
    held = style.table["held_out"]
    assert held["after"] < held["before"]
    assert len(held["files"]) == 1
    assert style.table["holdings"] in HOLDINGS
    assert style.table["copied"]["samples"] == 48


def test_the_same_files_give_the_same_style(space, style):
    again = space.adapt([pentatonic(k) for k in range(6)], "another name")
    assert again.sha256 == style.sha256
    assert space.adapt([pentatonic(k) for k in range(5)]).sha256 != style.sha256


def test_progress_tells_figures_and_gives_the_best_so_far(space):
    told = []
    last = space.adapt([pentatonic(k) for k in range(6)], progress=told.append)
    assert [row.share for row in told] == sorted(row.share for row in told)
    tried = [row for row in told if row.loss is not None and row.share < 1]
    assert len(tried) == len(HOLDINGS)
    assert all(row.style is not None and row.plain > row.loss for row in tried)
    assert told[-1].style.sha256 == last.sha256


def test_a_stop_ends_it(space):
    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        space.adapt([pentatonic(0)], progress=stop)


def test_without_time_there_is_a_style_all_the_same(space):
    style = space.adapt([pentatonic(k) for k in range(6)], seconds=1e-9)
    assert style.table["phrases"] > 0
    assert style.table["copied"] is not None
    assert [row["phrases"] > 0 for row in style.table["files"]] == [True, True, False, False, False, False]
    assert style.table["files"][-1]["problem"] == "The time was over before it was heard."


def test_each_file_is_checked(space):
    rows = space.check_adapt([("good", pentatonic(0, 64)), ("short", tune()), ("waltz", InputError("No.")), "none.mid"])
    assert [row.phrases >= FEWEST for row in rows] == [True, False, False, False]
    assert "fewer than 8" in rows[1].problem
    assert rows[2].problem == "No."
    assert rows[3].name == "none.mid"
    assert rows[3].problem


def test_files_that_cannot_be_used_are_passed_over(space, style):
    broken = ("broken", InputError("It is damaged."))
    found = space.adapt([pentatonic(0), broken, *(pentatonic(k) for k in range(1, 6))])
    assert found.sha256 == style.sha256
    assert found.table["files"][1] == {"name": "broken", "phrases": 0, "problem": "It is damaged."}
    with pytest.raises(InputError, match=r"None of the 1 files can be used: broken: It is damaged\."):
        space.adapt([broken])


@pytest.mark.parametrize(
    "arguments", [{"holdout": 0.6}, {"seconds": 0}, {"seed": -1}, {"name": "a/b"}, {"name": " "}, {"name": ".hidden"}]
)
def test_what_cannot_be_is_said(space, arguments):
    with pytest.raises(UsageError):
        space.adapt([pentatonic(0)], **arguments)
    with pytest.raises(UsageError, match="1 to 200 files"):
        space.adapt([])


def test_copies_are_warned_of(space, monkeypatch):
    shares = iter([0.0, 0.5])
    monkeypatch.setattr("scorespace.space.adapting.copied_share", lambda tokens, known, grid: next(shares))
    style = space.adapt([pentatonic(k) for k in range(6)])
    assert any("50% of its samples copy a phrase" in warning for warning in style.warnings)


def test_it_is_kept_whole_and_read_again(style, tmp_path):
    folder = style.save(tmp_path / "mine")
    assert sorted(path.name for path in folder.iterdir()) == ["style.json", "style.safetensors"]
    again = load_style(folder)
    assert (again.name, again.sha256) == (style.name, style.sha256)
    assert Style.from_dict(style.to_dict()).sha256 == style.sha256
    with pytest.raises(UsageError, match="--force"):
        style.save(folder)
    style.save(folder, force=True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_no_other_folder_is_replaced(style, tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.mid").write_bytes(b"song")
    with pytest.raises(UsageError, match="is no style"):
        style.save(tmp_path / "music", force=True)
    assert (tmp_path / "music" / "song.mid").read_bytes() == b"song"


def test_a_damaged_style_is_refused(style, tmp_path):
    folder = style.save(tmp_path / "mine")
    whole = (folder / "style.safetensors").read_bytes()
    (folder / "style.safetensors").write_bytes(whole[:-1] + b"x")
    with pytest.raises(ModelError, match="checksum"):
        load_style(folder)
    (folder / "style.json").write_text("{}")
    with pytest.raises(ModelError, match="damaged"):
        load_style(folder)
    with pytest.raises(ModelError, match="There is no style 'nowhere'"):
        load_style("nowhere")
    packed = style.to_dict()
    for wrong in ({}, None, {**packed, "arrays": {}}, {**packed, "table": 3}):
        with pytest.raises(InputError, match="damaged"):
            Style.from_dict(wrong)
    arrays = {**packed["arrays"], "lengths": {**packed["arrays"]["lengths"], "data": "AAAA"}}
    with pytest.raises(InputError, match="damaged"):
        Style.from_dict({**packed, "arrays": arrays})


def test_the_space_stays_as_it_is(space, style):
    before = space.sample(2, seed=3)
    styled = space.with_style(style)
    assert space.style is None
    assert styled.with_style(None).sample(2, seed=3)[0].to_midi_bytes() == before[0].to_midi_bytes()
    assert styled.sample(2, seed=3)[0].to_midi_bytes() != before[0].to_midi_bytes()
    assert styled.sample(4, seed=3)[1].to_midi_bytes() == styled.sample(2, seed=3)[1].to_midi_bytes()
    np.testing.assert_array_equal(space.encode(tune()), styled.encode(tune()))


def test_samples_come_from_it(space, style):
    drawn = np.concatenate([take.z for take in space.with_style(style).sample(200, seed=1)])
    np.testing.assert_allclose(drawn.mean(0), style.arrays["mean"], atol=0.5)
    assert (np.linalg.norm(drawn - style.arrays["mean"], axis=1) < np.linalg.norm(drawn, axis=1)).mean() > 0.6


def test_every_verb_follows_it_and_keeps_its_promises(space, style):
    styled, a, b = space.with_style(style), pentatonic(7, 8), tune()
    assert styled.vary(a, 1, amount=0.0, seed=1)[0].score is a
    np.testing.assert_array_equal(
        styled.vary(a, 1, amount=1.0, seed=4, temperature=0.95)[0].z, styled.sample(1, seed=4)[0].z
    )
    line = styled.interpolate(a, b, steps=4)
    assert line[0].score is a
    assert line[-1].score is b
    assert not np.allclose(line[1].z, space.interpolate(a, b, steps=4)[1].z)
    square = styled.palette(a, b, a, b, size=3)
    assert square[0, 0].score is a
    assert not np.allclose(square[1, 1].z, space.palette(a, b, a, b, size=3)[1, 1].z)
    np.testing.assert_array_equal(styled.reconstruct(a)[0].z, space.reconstruct(a)[0].z)


def test_an_edit_prefers_what_is_in_it():
    pool = _Pool(
        [np.zeros(2)] * 3, [np.array([1.0]), np.array([1.0]), np.array([9.0])], [0.1, 0.2, 0.0], [5.0, 0.0, 0.0]
    )
    assert pool.ranks(np.array([1.0]), np.array([0]), np.array([1.0])).tolist() == [1, 0, 2]


def test_playing_follows_none(tmp_path):
    space = load(save_tiny_groove(tmp_path / "groove"))
    styled = space.with_style(space.adapt([beat(bars) for bars in (2, 3, 4)]))
    for verb in (styled.humanise, styled.drumify):
        with pytest.raises(UsageError, match="follows no style"):
            verb(beat(), 1)
    assert styled.sample(1, seed=1)[0].score.note_count >= 0


def test_takes_name_it_and_are_made_again(space, style, tmp_path, styles_of_the_test):
    take = space.with_style(style).vary(pentatonic(3), 2, seed=5)[1]
    assert take.provenance["adapted"] == {"name": "five notes", "sha256": style.sha256}
    assert take.to_dict()["adapted"] == take.provenance["adapted"]
    path = take.write(tmp_path / "take.mid")
    with pytest.raises(ModelError, match="made in the style five notes"):
        replay(path, space)
    folder = style.save(tmp_path / "mine")
    assert replay(path, space, [folder]).to_midi_bytes() == path.read_bytes()
    assert replay(path, space.with_style(style)).to_midi_bytes() == path.read_bytes()
    style.save(styles_of_the_test / "five notes")
    assert list(kept_styles()) == ["five notes"]
    assert replay(path, space).to_midi_bytes() == path.read_bytes()
    assert load_style("five notes").sha256 == style.sha256


def test_takes_of_the_plain_space_are_made_again_in_a_styled_one(space, style, tmp_path):
    path = space.sample(1, seed=5)[0].write(tmp_path / "take.mid")
    assert replay(path, space.with_style(style)).to_midi_bytes() == path.read_bytes()


def test_damaged_provenance_is_refused(space, style):
    take = space.with_style(style).sample(1, seed=5)[0]
    with pytest.raises(InputError, match="adapted"):
        replay(replace(take, provenance={**take.provenance, "adapted": 3}).to_midi_bytes(), space)


def test_it_belongs_to_one_space(space, style, tmp_path):
    other = load(save_tiny(tmp_path / "other", seed=2))
    with pytest.raises(ModelError, match="was made in tiny"):
        other.with_style(style)
    inpainter = load(save_inpainter(tmp_path / "inpainter"))
    with pytest.raises(ModelError, match="follows no style"):
        inpainter.with_style(style)
    with pytest.raises(ModelError, match="cannot be adapted"):
        inpainter.adapt([tune()])
    with pytest.raises(UsageError, match="in the place of a genre"):
        space.with_style(style).sample(1, genre="jazz")
    with pytest.raises(UsageError, match="in the place of a genre"):
        space.with_style(style).edit(tune(), genre="jazz")


def test_names_are_names_of_folders():
    assert check_name("  my   tunes ") == "my tunes"
    for wrong in ("", "a/b", "..", "a\\b", "x" * 61, "a\n\0b", "end."):
        with pytest.raises(UsageError, match="A style's name"):
            check_name(wrong)
