"""Which song a score is, and which split a song belongs to.

Versions of one tune stand in several files and corpora under slightly different titles ("The Achonry Lasses",
"AchonryLassesreelThe.mid"). They get one key, and the key alone decides the split, so that no song stands in two.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

RHYTHMS = "reel|slipjig|slidejig|doublejig|singlejig|jig|hornpipe|polka|waltz|slide|march|air|barndance|mazurka"
SPLITS = ("train", "valid", "test")
SPLIT_RULE = (
    "by song: the first 64 bits of SHA-256 of the song's key (its title's letters; without a title the file's name) as "
    "a fraction f; test where f < the share of test, valid below that plus the share of valid, train above"
)
_MARKS = re.compile(rf"(?:the|{RHYTHMS})$")
_NUMBER = re.compile(r"(?:(?<=[a-z])v)?\d+$")
_ROMAN = re.compile(r"\s+(?:no\s+|nr\s+)?[ivx]+$")
_NAMELESS = frozenset({"untitled", "track", "song", "score", "melody", "tune", "music", "title", "unknown", "midi"})
_LEAST = 3  # letters; a shorter key tells no song apart
_LEAST_BESIDE_NUMBER = 6  # letters; "bwv 1.6" and "op 27" are known by their number, "Down the Broom 2" is not


def song_key(title: str, path: str) -> str:
    """The key of a song: its title's letters without accents, articles, version marks and the name of its rhythm.

    Args:
        title: as the score has it; may be empty.
        path: of the file, with forward slashes, from its corpus's folder on. Its stem stands in for a missing title;
            where that says nothing (a number, "track 1"), the whole path is the key.
    """
    stem = path.split("/")[-1].rsplit(".", 1)[0]
    return _squeeze(title) or _squeeze(stem) or path.casefold()


def split_of(key: str, held_out: tuple[float, float]) -> str:
    """ "train", "valid" or "test" for a song's key; `held_out` are the shares of valid and test."""
    valid, test = held_out
    place = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big") / 2**64
    if place < test:
        return "test"
    return "valid" if place < test + valid else "train"


def _squeeze(title: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[(\[].*?[)\]]", " ", title))
    plain = "".join(c for c in unicodedata.normalize("NFKD", apart).casefold() if not unicodedata.combining(c))
    words = _ROMAN.sub("", re.sub(r"[\W_]+", " ", re.sub(r"['’`]", "", plain)).strip())
    letters = re.sub(r"^(?:the|a) ", "", words).replace(" ", "")
    while (shorter := _without_mark(letters)) != letters:
        letters = shorter
    told = re.sub(r"\d", "", letters)
    return letters if len(told) >= _LEAST and told not in _NAMELESS else ""


def _without_mark(letters: str) -> str:
    for marks, least in ((_MARKS, _LEAST), (_NUMBER, _LEAST_BESIDE_NUMBER)):
        shorter = marks.sub("", letters)
        if shorter != letters and len(shorter) >= least:
            return shorter
    return letters
