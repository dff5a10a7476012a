"""ABC: what each sign means, where bars begin, and agreement with abc2midi (through symusic) on what both read."""

import sys

import pytest
import symusic

from scorespace.errors import InputError
from scorespace.music import abc
from scorespace.music.score import Chord, Key, Metre, Score, Tempo

C, D, E, F, G, A, B = 60, 62, 64, 65, 67, 69, 71


def read(music: str, head: str = "M:4/4\nL:1/4\nK:C") -> Score:
    """The first tune with this music."""
    return abc.parse(f"X:1\n{head}\n{music}\n", "tune.abc")[0]


def pitches(music: str, head: str = "M:4/4\nL:1/4\nK:C") -> list[int]:
    """The pitches in order."""
    return [int(pitch) for track in read(music, head).tracks for pitch in track.notes["pitch"]]


def times(music: str, head: str = "M:4/4\nL:1/4\nK:C") -> list[tuple[float, float]]:
    """(start, duration) in quarter notes."""
    return [(round(float(s), 6), round(float(d), 6)) for t in read(music, head).tracks for s, d, *_ in t.notes.tolist()]


@pytest.mark.parametrize(
    ("music", "wanted"),
    [
        ("C, C c c' c'' C,,|", [48, 60, 72, 84, 96, 36]),
        ("^C _D =E ^^F|__G", [61, 61, 64, 67, 65]),
        ("^FF|F", [66, 66, 65]),  # to the bar line
        ("^Ff|f", [66, 78, 77]),  # in all octaves, the standard's default
        ("^F-|F F", [66, 65]),  # a tie carries its accidental over, and no further
        ("[K:D]F C [K:C]F C|", [66, 61, 65, 60]),
        ("[CEG] [c-e]c|", [60, 64, 67, 72, 76]),
        ('"Am"A "^slow"B !trill!c {de}d ~e .f|', [69, 71, 72, 74, 76, 77]),
        ("A % comment B\nc", [69, 72]),
        ("A & B c|d", [69, 74]),
        ("HATBucv y2 d|", [69, 71, 72, 74]),
    ],
)
def test_pitches(music, wanted):
    assert pitches(music) == wanted


def test_accidentals_reach_as_far_as_the_tune_says():
    assert pitches("%%propagate-accidentals octave\n^F f F|") == [66, 77, 66]
    assert pitches("[I:propagate-accidentals not]^F F|") == [66, 65]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("C", [C, D, E, F, G, A, B]),
        ("G", [C, D, E, F + 1, G, A, B]),
        ("Bb", [C, D, E - 1, F, G, A, B - 1]),
        ("F#m", [C + 1, D, E, F + 1, G + 1, A, B]),
        ("A minor", [C, D, E, F, G, A, B]),
        ("DMix", [C, D, E, F + 1, G, A, B]),
        ("E dorian", [C + 1, D, E, F + 1, G, A, B]),
        ("Ephr", [C, D, E, F, G, A, B]),
        ("F lydian", [C, D, E, F, G, A, B]),
        ("Bloc", [C, D, E, F, G, A, B]),
        ("HP", [C, D, E, F, G, A, B]),
        ("Hp", [C + 1, D, E, F + 1, G, A, B]),
        ("none", [C, D, E, F, G, A, B]),
        ("D =c", [C, D, E, F + 1, G, A, B]),
        ("D exp _b ^f", [C, D, E, F + 1, G, A, B - 1]),
        ("G clef=bass", [C, D, E, F + 1, G, A, B]),
        ("C octave=-1", [C - 12, D - 12, E - 12, F - 12, G - 12, A - 12, B - 12]),
    ],
)
def test_keys(key, wanted):
    assert pitches("CDEF|GAB", f"M:4/4\nL:1/4\nK:{key}") == wanted


def test_the_key_is_kept_with_its_mode():
    assert read("A|", "K:Ador").keys == (Key(0, 1, "minor"),)
    assert read("ABcd|[K:Eb]ABcd|").keys == (Key(0, 0), Key(4, -3))


@pytest.mark.parametrize(
    ("music", "wanted"),
    [
        ("C2 D/ E/2 F//|G", [2, 0.5, 0.5, 0.25, 1]),
        ("C3/2 D/|E2", [1.5, 0.5, 2]),
        ("C>D E<F|", [1.5, 0.5, 0.5, 1.5]),
        ("C>>D E<<F|", [1.75, 0.25, 0.25, 1.75]),
        ("C> D E >F|", [1.5, 0.5, 1.5, 0.5]),
        ("C2>D E|", [2, 1, 1]),  # unequal lengths stay as they are
        ("(3CDE F2|", [2 / 3, 2 / 3, 2 / 3, 2]),
        ("(2CD E|", [1.5, 1.5, 1]),
        ("(4CDEF G|", [0.75, 0.75, 0.75, 0.75, 1]),
        ("(5:4:5CDEFG|", [0.8] * 5),
        ("(3:2:4CDEF G|", [2 / 3] * 4 + [1]),
        ("(3(CDE) F2|", [2 / 3, 2 / 3, 2 / 3, 2]),
        ("C-C D2-|D2 E2|", [2, 4, 2]),
        ("[CE]2 [C/E/] [CE]/4", [2, 2, 0.5, 0.5, 0.25, 0.25]),
    ],
)
def test_lengths(music, wanted):
    assert [duration for _, duration in times(music)] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("metre", "unit"), [("4/4", 0.5), ("2/4", 0.25), ("6/8", 0.5), ("C|", 0.5), ("3/8", 0.25)])
def test_the_unit_length_follows_from_the_metre(metre, unit):
    assert times("C", f"M:{metre}\nK:C")[0][1] == unit


@pytest.mark.parametrize(
    ("text", "metre"),
    [("C", (4, 4)), ("C|", (2, 2)), ("6/8", (6, 8)), ("2+2+3/8", (7, 8)), ("(2+3)/8", (5, 8)), ("9/8 % slip", (9, 8))],
)
def test_metres(text, metre):
    assert read("z8|", f"M:{text}\nL:1/8\nK:C").metres[0] == Metre(0, *metre)


@pytest.mark.parametrize(
    ("text", "qpm"),
    [
        ("1/4=90", 90),
        ('"Allegro" 3/8=60', 90),
        ("90", 45),
        ('"Slow"', 120),
        ("0", 120),
        ("1/4 1/4=50", 100),
        ("1/0=50", 120),
    ],
)
def test_tempos(text, qpm):
    assert read("C|", f"L:1/8\nQ:{text}\nK:C").qpm == pytest.approx(qpm)


def test_a_tempo_in_the_middle():
    assert read("CDEF|[Q:1/4=60]CDEF|").tempos == (Tempo(0, 120), Tempo(4, 60))


@pytest.mark.parametrize(
    ("music", "played"),
    [
        ("|:A:|B|", "AAB"),
        ("A:|B:|", "AABB"),
        ("A::B:|", "AABB"),
        ("|:A:|:B:|", "AABB"),
        ("|:A|1B:|2C|]D", "ABACD"),
        ("|:A|[1B:|[2C||D", "ABACD"),
        ("A|1B:|2C||D|1E:|2F||", "ABACDEDF"),
        ("|:A|1B:|2C|]|:D|1E:|2F||", "ABACDEDF"),
        ("|:A|1,3B:|2,4C:|", "ABACABAC"),
        ("|:A|1-2B:|3C|]", "ABABAC"),
        ("|::A::|B", "AAAB"),
        ("A|1B|2C|]", "ABAC"),  # the sign that ends the first ending is missing
        ("A||B:|", "ABAB"),
        ("|:A|B", "AB"),
        ("AB|C:|", "ABCABC"),
        ("P:A\nA|\nP:B\nB|", "AB"),
    ],
)
def test_repeats(music, played):
    whole = [f"{sign}4" if sign in "ABCDEF" else sign for sign in music]
    letters = {A: "A", B: "B", C: "C", D: "D", E: "E", F: "F"}
    head = "M:4/4\nL:1/4\nK:C"
    if not music.startswith("P:"):
        music = "".join(whole)
    assert "".join(letters[pitch] for pitch in pitches(music, head)) == played


def test_parts_are_played_in_their_order_where_all_exist():
    assert pitches("P:A\nA4:|\nP:B\nB4|", "P:A(BA)2\nL:1/4\nK:C") == [A, A, B, A, A, B, A, A]
    assert pitches("P:A\nA4|", "P:AB\nL:1/4\nK:C") == [A]


def bars(score: Score) -> list[tuple[str, float]]:
    """The metre map as ("4/4", start)."""
    return [(str(metre), metre.start) for metre in score.metres]


@pytest.mark.parametrize(
    ("music", "starts", "metres"),
    [
        ("GA|c4|d4", [2, 3, 4, 8], [("4/4", 0)]),  # pick-up
        ("|:GA|c4|d2:|", [2, 3, 4, 8, 10, 11, 12, 16], [("4/4", 0)]),  # the last bar and the pick-up share a bar
        ("|:GA|c4|d:|", [2, 3, 4, 8, 10, 11, 12, 16], [("4/4", 0)]),  # and a rest where both leave room
        ("G|c4|d2|:e4:|", [3, 4, 8, 12, 16], [("4/4", 0)]),  # a short last bar without a pick-up after it
        ("c4|:G|d4:|", [0, 7, 8, 15, 16], [("4/4", 0)]),  # a pick-up after a full bar
        ("c4|d2|e2|f4", [0, 4, 6, 8], [("4/4", 0)]),  # a bar written in two halves
        ("c4|d3|e4|f4", [0, 4, 7, 11], [("4/4", 0), ("3/4", 4), ("4/4", 7)]),  # a bar of another length
        ("c3|d3|e3", [0, 3, 6], [("3/4", 0)]),  # bars that agree with each other but not with the metre
        ("c4|\nM:3/4\nd3|e3", [0, 4, 7], [("4/4", 0), ("3/4", 4)]),
        ("Z2|c4", [8], [("4/4", 0)]),
        ("z2 c2|", [2], [("4/4", 0)]),
    ],
)
def test_bar_lines_decide_where_bars_begin(music, starts, metres):
    score = read(music)
    assert [start for start, _ in times(music)] == starts
    assert bars(score) == metres


def test_voices_become_tracks_that_keep_together():
    head = 'M:4/4\nL:1/4\nV:1 name="Fiddle"\nV:2\nK:C'
    for music in ("V:1\n|:c4:|d4|\nV:2\nC4|D4|", "[V:1]|:c4:|d4|\n[V:2]C4|D4|"):
        score = read(music, head)
        assert [(track.name, track.notes["pitch"].tolist()) for track in score.tracks] == [
            ("Fiddle", [72, 72, 74]),
            ("2", [60, 60, 62]),
        ]


def test_chord_symbols_and_titles_are_kept():
    score = read('"Am7"A2 "G/B"B2|"^text"c4|', "T:First\nT:Second\nL:1/4\nK:C")
    assert score.chords == (Chord(0, "Am7"), Chord(2, "G/B"))
    assert score.title == "First"


def test_several_tunes_with_free_text_between():
    text = "A bad cab\n\nX:1\nT:a\nK:C\nABc|\n\nbeef cabbage\n\nX:2\nT:b\nK:C\nw: la\nabc|\nW: words\n"
    assert [(score.title, score.note_count) for score in abc.parse(text, "x")] == [("a", 3), ("b", 3)]


def test_a_line_of_music_that_looks_like_a_field():
    assert pitches("A:|\nd:|") == [A, A, 74, 74]


def test_a_tune_without_a_number_and_one_without_music():
    assert abc.parse("K:C\nABc|", "x")[0].note_count == 3
    assert abc.parse("X:1\nK:C\n", "x")[0].note_count == 0


@pytest.mark.parametrize(
    ("music", "reason"),
    [
        ("|:A:|" * 10_001, "20,000 bars"),
        ("|:" + "A" * 9000 + ":" * 30 + "|", "200,000 notes"),
        ("A12345", "out of all proportion"),
        ("Z999", "500"),
        ("".join(f"[V:{k}]A" for k in range(70)), "64 voices"),
        ("A9999" * 200, "longer than 1,000,000"),
    ],
)
def test_what_goes_too_far_is_refused_in_one_sentence(music, reason):
    with pytest.raises(InputError, match=reason) as caught:
        read(music)
    assert str(caught.value).startswith("tune.abc ")


@pytest.mark.parametrize("sign", ["{", "[K:", '"', ":", "[", "!a", "+a", "| ", "(3", "-", ">", "A|1"])
def test_reading_takes_time_in_proportion_to_the_text(sign):
    read(sign * 8000)  # anything quadratic here would take minutes


HEADS = ("M:4/4\nL:1/8\nK:G", "M:C|\nK:Ador", "M:4/2\nL:1/4\nK:Eb", "M:2/4\nK:F#m", "M:8/16\nL:1/16\nK:DMix")
TUNES = (
    "G2Bd gedB|c2ec B2dB|A2cA G2BG|F2AF D4|",
    "|:GABc dedB|c2ec B2dB|1A2F2 G4:|2A2F2 G3D||",
    "(3GAB c>d e<f g2|^c=c_B^^A _eede|[GBd]2 [CE]4 z2|",
    "G-G2A|B4-|B4|^F2-F2 F2F2|",
    "A,B,CD EFGA|c'd'e'f' c,d,e,f,|G/A/B/c/ d//e//f//g// a3/2b/|",
    "|:A8:|:B8:|\nc8|",
    "G4 z2 x2|Z|(5ABcde|(6ABcdef g2|(2AB|",
    "[K:D]fcfc|[M:3/4]f2c2f2|[L:1/16]fcfc fcfc fcfc|",
)


@pytest.mark.skipif(sys.platform == "win32", reason="abc2midi's warnings cannot be kept off the screen here")
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("music", TUNES)
def test_agreement_with_abc2midi(head, music, capfd):
    theirs = symusic.Score.from_abc(f"X:1\nT:t\n{head}\n%%MIDI chordattack 0\n{music}\n")
    capfd.readouterr()
    wanted = sorted(
        (round((note.time - 1) / theirs.tpq, 2), note.pitch) for track in theirs.tracks for note in track.notes
    )
    score = read(music, head)
    found = sorted((round(float(s), 2), int(p)) for track in score.tracks for s, _, p, _ in track.notes.tolist())
    assert [pitch for _, pitch in found] == [pitch for _, pitch in wanted]
    first_ours, first_theirs = found[0][0], wanted[0][0]
    for (ours, _), (their, _) in zip(found, wanted, strict=True):
        assert ours - first_ours == pytest.approx(their - first_theirs, abs=0.03)


def test_nothing_is_printed(capfd):
    read("|:A|1B:|2C|]")
    assert capfd.readouterr() == ("", "")
