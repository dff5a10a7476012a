"""Maps: which phrases stand where, how far the picture can be trusted, and the way back."""

from __future__ import annotations

import json
import re
import sys

import numpy as np
import pytest
from tiny_space import save_tiny, tune

import scorespace
from scorespace.errors import InputError, MissingExtraError, UsageError
from scorespace.music.attributes import attributes_of
from scorespace.music.score import Score
from scorespace.space import Space, load, projections
from scorespace.space.projections import Plane

RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Space:
    return load(save_tiny(tmp_path_factory.mktemp("space") / "tiny"))


def tunes(count: int) -> list[Score]:
    rows = np.random.default_rng(3).integers(55, 80, (count, 8))
    return [tune(tuple(int(pitch) for pitch in row)) for row in rows]


def test_every_phrase_has_a_place_a_name_and_its_bars(space):
    long = tune(tuple(60 + k % 12 for k in range(20)))
    made = space.map([("short.mid", tunes(1)[0]), ("long.mid", long)])
    assert made.names == ("short.mid", "long.mid", "long.mid", "long.mid")
    assert made.bars == ("1-2", "1-2", "3-4", "5")
    assert made.points.shape == (4, 2)
    assert made.z.shape == (4, space.z_size)
    assert [score.note_count for score in made.scores] == [8, 8, 8, 4]
    assert np.allclose(made.z[1:], space.encode(long))
    assert set(made.attributes) == set(attributes_of(space.grid))
    assert made.attributes["density"].tolist() == [4, 4, 4, 2]


def test_the_plane_gives_a_phrase_its_own_point_back(space):
    made = space.map(tunes(12))
    for k in (0, 7):
        assert np.allclose(made.place(*made.points[k]), made.z[k], atol=1e-5)
        assert space.decode(made.place(*made.points[k])).score == space.decode(made.z[k]).score
    between = made.place(*made.points[:2].mean(0))
    assert np.allclose(made.plane.shadow(between[None])[0], made.points[:2].mean(0))


def test_pca_is_the_same_every_time_and_along_the_largest_spread():
    z = RNG.normal(size=(200, 6)) * (1, 5, 1, 1, 3, 1)
    plane = Plane.of(z)
    assert abs(plane.axes[0, 1]) > 0.95
    assert abs(plane.axes[1, 4]) > 0.95
    assert (plane.axes[np.arange(2), np.abs(plane.axes).argmax(1)] > 0).all()
    assert sum(plane.shares) == pytest.approx(0.9, abs=0.03)
    assert np.array_equal(projections.lay_out(z, "pca", 1), projections.lay_out(z, "pca", 2))


def test_trust_is_that_of_scikit_learn():
    manifold = pytest.importorskip("sklearn.manifold")
    z = RNG.normal(size=(90, 5))
    for places in (z[:, :2], RNG.normal(size=(90, 2))):
        theirs = manifold.trustworthiness(z, places, n_neighbors=projections.NEIGHBOURS)
        assert projections.trust(z, places) == pytest.approx(theirs)


def test_trust_asks_some_of_many_points(monkeypatch):
    z = RNG.normal(size=(300, 5))
    all_asked = projections.trust(z, z[:, :2])
    monkeypatch.setattr(projections, "ASKED", 150)
    assert projections.trust(z, z[:, :2]) == pytest.approx(all_asked, abs=0.02)


def test_tsne_keeps_groups_together_and_follows_its_seed(space):
    pytest.importorskip("sklearn")
    z = np.concatenate([RNG.normal(size=(20, 6)), RNG.normal(size=(20, 6)) + 12])
    points = projections.lay_out(z, "tsne", 4)
    assert np.array_equal(points, projections.lay_out(z, "tsne", 4))
    assert projections.trust(z, points) > 0.9
    made = space.map(tunes(5), "tsne", seed=4)
    assert made.plane is None
    with pytest.raises(UsageError, match="has no way back to the space: lay the corpus out by pca"):
        made.place(0, 0)


def test_a_missing_extra_is_named_before_any_work(space, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    for project, words in (("umap", r"umap-learn.*scorespace\[umap\]"), ("tsne", r"scikit-learn.*scorespace\[maps\]")):
        with pytest.raises(MissingExtraError, match=words):
            space.map(iter([Score()]), project)


def test_umap_lays_out(space):
    pytest.importorskip("umap")
    made = space.map(tunes(8), "umap", seed=1)
    assert np.array_equal(made.points, space.map(tunes(8), "umap", seed=1).points)
    assert np.isfinite(made.points).all()


def test_what_cannot_be_used_is_told(space, tmp_path):
    (tmp_path / "broken.mid").write_bytes(b"nonsense")
    Score.melody([(0, 1, 60)], metre=(3, 4)).write(tmp_path / "waltz.mid")
    for k, score in enumerate(tunes(3)):
        score.write(tmp_path / f"{k}.mid")
    (tmp_path / ".hidden.mid").write_bytes(b"nonsense")
    (tmp_path / "notes.txt").write_text("no music")
    made = scorespace.map(tmp_path, space)
    assert made.names == ("0.mid", "1.mid", "2.mid")
    assert [name for name, _ in made.skipped] == ["broken.mid", "waltz.mid"]
    assert made.skipped[1][1].startswith("The metre is 3/4")
    with pytest.raises(InputError, match=r"3 phrases or more, and 1 could be used: broken.mid: "):
        space.map([tmp_path / "0.mid", tmp_path / "broken.mid"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="No music in"):
        scorespace.map(tmp_path / "empty", space)


def test_a_book_of_tunes_gives_each_its_title(space, tmp_path):
    book = "".join(f"X:{k}\nT:Tune {k}\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n\n" for k in (1, 2, 3))
    (tmp_path / "book.abc").write_text(book)
    assert space.map([tmp_path / "book.abc"]).names == ("book.abc: Tune 1", "book.abc: Tune 2", "book.abc: Tune 3")


def test_progress_goes_up_and_may_stop_the_work(space):
    told: list[float] = []
    space.map(tunes(6), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        space.map(tunes(6), progress=stop)


def test_the_arguments_are_checked(space):
    with pytest.raises(UsageError, match="project is pca, tsne or umap, got 'mds'"):
        space.map(tunes(3), "mds")
    made = space.map(tunes(3))
    with pytest.raises(UsageError, match="no attribute 'joy' to colour by: name, density"):
        made.write("map.html", "joy")
    with pytest.raises(UsageError, match=r"end the name in \.html or \.json"):
        made.write("map.png")


def test_it_is_written_as_json_and_as_a_page_of_its_own(space, tmp_path):
    made = space.map([("<b>a</b>.mid", score) for score in tunes(6)])
    table = json.loads(made.write(tmp_path / "out" / "map.json").read_text())
    assert table["points"] == np.round(made.points, 5).tolist()
    assert table["trust"] == pytest.approx(made.trust, abs=1e-4)
    assert len(table["scores"]) == len(table["names"]) == len(table["attributes"]["density"]["values"]) == 6
    page = made.write(tmp_path / "map.html", "density").read_text(encoding="utf-8")
    assert "<b>a</b>.mid" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["colour"] == "density"
    assert data["scores"][0]["notes"][0][:3] == [0.02, 0.9, int(made.scores[0].tracks[0].notes["pitch"][0])]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
