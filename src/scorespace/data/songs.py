"""Which song a score is, and which split a song belongs to.

Versions of one tune stand in several files and corpora under slightly different titles ("The Achonry Lasses",
"AchonryLassesreelThe.mid"). They get one key, and the key alone decides the split, so that no song stands in two.

The bundled spaces were trained on splits made by these rules: another rule, however little it differs, would move songs
that they were trained on into the test split. Leave it as it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

RHYTHMS = "reel|slipjig|slidejig|doublejig|singlejig|jig|hornpipe|polka|waltz|slide|march|air|barndance|mazurka"
SPLITS = ("train", "valid", "test")
SPLIT_RULE = (
    "by song: the first 64 bits of SHA-256 of the song's key (its title's letters; without a title its file's name) as "
    "a fraction f; test where f < the share of test, valid below that plus the share of valid, train above"
)
NAMED_RULE = "; the title being the one that the corpus's own table gives, where it does"
OFFICIAL_RULE = (
    "; but files that an info.csv beside them divides keep its splits, each file being a song, and where that names "
    "train and validation alone, validation is test and the rule above takes valid out of train"
)
_ENDS = re.compile(rf"(?:\d+|the|{RHYTHMS})$")
_LEAST = 3  # letters; a shorter key tells no song apart


def song_key(title: str, path: str) -> str:
    """The key of a song: its title's letters without accents, articles, version marks and the name of its rhythm.

    Args:
        title: as the score has it; may be empty.
        path: of the file, with forward slashes. Its stem stands in for a missing title; where that says nothing (a
            number), the file's folder and name are the key.
    """
    parts = path.split("/")
    key = _squeeze(title) or _squeeze(parts[-1].rsplit(".", 1)[0])
    return key or "/".join(parts[-2:]).casefold()


def _squeeze(text: str) -> str:
    text = re.sub(r"[(\[].*?[)\]]", " ", text)
    text = unicodedata.normalize("NFKD", text).casefold()
    letters = re.sub(r"[^a-z0-9]", "", text).removeprefix("the")
    while (shorter := _ENDS.sub("", letters)) != letters and len(shorter) >= _LEAST:
        letters = shorter
    return letters if len(re.sub(r"\d", "", letters)) >= _LEAST else ""


def split_of(key: str, held_out: tuple[float, float], among: tuple[str, ...] = SPLITS) -> str:
    """Gives "train", "valid" or "test" for a song's key.

    Args:
        key: of the song.
        held_out: the shares of valid and test.
        among: the splits that the corpus leaves open for it. One alone is taken; else what would go to another split
            is train.
    """
    if len(among) == 1:
        return among[0]
    valid, test = held_out
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    found = "test" if place < test else "valid" if place < test + valid else "train"
    return found if found in among else "train"
