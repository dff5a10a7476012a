"""Duplicates and transpositions over a whole corpus, against the slow way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.data import phrases, unique
from scorespace.data.extract import INDEX
from scorespace.data.songs import SPLITS
from scorespace.music.grid import Grid

TRAIN = SPLITS.index("train")
# few different phrases, so that many are equal or transpositions of each other
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2)), max_size=60)


def phrase(pitch, shape):
    return [50 + pitch, 0, 55 + pitch + shape, 1]


def slowly(rows):
    found, seen, heard = [], set(), set()
    for pitch, shape, _ in rows:
        found.append(unique.DUPLICATE if (pitch, shape) in seen else unique.KEPT)
        seen.add((pitch, shape))
    heard = {shape for (_, shape, split), code in zip(rows, found, strict=True) if not code and split == TRAIN}
    return [
        unique.TRANSPOSITION if not code and split != TRAIN and shape in heard else code
        for (_, shape, split), code in zip(rows, found, strict=True)
    ]


def write(folder, rows, files):
    tokens = np.array([phrase(pitch, shape) for pitch, shape, _ in rows], np.uint16).reshape(-1, 1, 4)
    records = np.zeros(len(rows), INDEX)
    records["split"] = [split for *_, split in rows]
    records["exact"] = phrases.digests(tokens)
    records["normal"] = phrases.digests(Grid().normal_form(tokens))
    paths = [folder / f"{number}.index" for number in range(files)]
    for path, piece in zip(paths, np.array_split(records, files), strict=True):
        path.write_bytes(piece.tobytes())
    return paths


@settings(max_examples=40)  # each writes files
@given(rows=ROWS, files=st.integers(1, 4), buckets=st.integers(1, 20))
def test_verdicts_are_those_of_the_slow_way(tmp_path_factory, rows, files, buckets):
    folder = tmp_path_factory.mktemp("digests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unique, "A_BUCKET", max(1, len(rows) // buckets))  # several buckets for few phrases
        patch.setattr(unique, "SLICE", 7)
        found = unique.verdicts(write(folder, rows, files), folder)
    assert found.tolist() == slowly(rows)


def test_no_phrases_give_no_verdicts(tmp_path):
    assert unique.verdicts(write(tmp_path, [], 1), tmp_path).shape == (0,)
