"""MusicXML: what is written comes back, what programs write is read as it sounds, what is hostile is refused."""

import io
import zipfile
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorespace.errors import InputError
from scorespace.music import files, musicxml, xml_tree
from scorespace.music.grid import SIXTEENTHS, Grid
from scorespace.music.musicxml_write import spell
from scorespace.music.score import Chord, Key, Metre, Score, Tempo, Track, notes

NOTE = "<note>{}<pitch><step>{}</step><octave>4</octave></pitch><duration>{}</duration>{}</note>"


def note(step: str, duration: float, before: str = "", after: str = "") -> str:
    """A <note> in octave 4."""
    return NOTE.format(before, step, duration, after)


def part(*measures: str, divisions: int = 1, time: str = "4/4", ident: str = "P1", extra: str = "") -> str:
    """A <part> whose first bar sets divisions and metre."""
    beats, unit = time.split("/")
    first = f"<attributes><divisions>{divisions}</divisions>{extra}"
    first += f"<time><beats>{beats}</beats><beat-type>{unit}</beat-type></time></attributes>"
    bars = [first + measures[0], *measures[1:]]
    return f'<part id="{ident}">' + "".join(f"<measure>{bar}</measure>" for bar in bars) + "</part>"


def read(*parts: str, head: str = "") -> Score:
    """The score of these parts."""
    xml = f'<?xml version="1.0"?><!DOCTYPE score-partwise PUBLIC "x" "y.dtd"><score-partwise>{head}'
    return musicxml.parse((xml + "".join(parts) + "</score-partwise>").encode(), "song.xml")


def rows(score: Score) -> list[list[tuple[float, float, int]]]:
    """(start, duration, pitch) of the notes of each track."""
    return [[(s, d, p) for s, d, p, _ in track.notes.tolist()] for track in score.tracks]


def close(before: Score, after: Score) -> None:
    """Asserts that both have the same notes."""
    for one, other in zip(before.tracks, after.tracks, strict=True):
        assert one.notes["pitch"].tolist() == other.notes["pitch"].tolist()
        for field in ("start", "duration"):
            np.testing.assert_allclose(other.notes[field], one.notes[field], atol=1e-6)


THIRDS = tuple(Fraction(p) for p in ("0", "1/4", "1/3", "1/2", "2/3", "3/4"))
GRIDS = [
    Grid(bars=2, beat_positions=SIXTEENTHS),
    Grid(bars=2, beat_positions=THIRDS),
    Grid(bars=3, metre=(6, 8)),
    Grid(bars=2, metre=(7, 8), beat_positions=(Fraction(0), Fraction(1, 2))),
    Grid(bars=2, metre=(3, 4), beat_positions=(Fraction(0), Fraction(1, 3), Fraction(2, 3))),
]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: f"{grid.metre}, {grid.steps_per_bar} steps")
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_melody_on_a_grid_comes_back(grid, data):
    tokens = data.draw(
        st.lists(st.sampled_from([0, 0, 0, 1, *range(30, 100)]), min_size=grid.steps, max_size=grid.steps)
    )
    score = grid.to_score(np.array([tokens]))
    again = musicxml.parse(musicxml.dump(score), "again.xml")
    close(score, again)
    if score.note_count:
        assert again.metres == score.metres


@pytest.mark.parametrize("grid", GRIDS[:1] + GRIDS[4:], ids=["sixteenths", "thirds"])
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_drawn_says_what_sounds(grid, data):
    """The type, dots and tuplet of each note come to its <duration>, and each bar is full."""
    tokens = data.draw(st.lists(st.sampled_from([0, 0, 0, 1, 60, 62]), min_size=grid.steps, max_size=grid.steps))
    root = ElementTree.fromstring(musicxml.dump(grid.to_score(np.array([tokens]))))
    value = {"whole": 4, "half": 2, "quarter": 1, "eighth": Fraction(1, 2), "16th": Fraction(1, 4)}
    divisions = int(root.findtext(".//divisions"))
    for measure in root.iter("measure"):
        assert sum(int(one.text) for one in measure.iter("duration")) == divisions * grid.bar_quarters
        for one in measure.iter("note"):
            if one.find("rest[@measure]") is not None:
                continue
            length = value[one.findtext("type")] * (Fraction(3, 2) if one.find("dot") is not None else 1)
            length *= Fraction(2, 3) if one.find("time-modification") is not None else 1
            assert int(one.findtext("duration")) == length * divisions
        tuplets = [one.get("type") for one in measure.iter("tuplet")]
        assert tuplets == ["start", "stop"] * (len(tuplets) // 2)


def full_score() -> Score:
    """Several parts, chords, overlaps, drums, maps and chord symbols."""
    piano = notes([(0, 4, 48), (0, 1, 60), (0, 1, 64), (1, 2, 65), (2, 3, 67), (5, 1, 72), (8, 6, 40)])
    drums = notes([(k / 2, 0.25, 36 + k % 3) for k in range(8)])
    return Score(
        (Track(piano, "Piano & co", 4), Track(drums, "Drums", is_drum=True), Track(name="silent", program=127)),
        (Tempo(0, 90), Tempo(7, 61.5)),
        (Metre(0, 4, 4), Metre(4, 3, 4)),
        (Key(0, -3, "minor"), Key(7, 5)),
        (Chord(0, "Cm7"), Chord(1.5, "F#maj7/C#"), Chord(4, "Bb"), Chord(7, "Gq9"), Chord(8, "N.C.")),
        "A <title>",
    )


def test_a_full_score_comes_back(tmp_path):
    score = full_score()
    again = files.read(files.write(score, tmp_path / "a.musicxml"))
    close(score, again)
    assert [(t.name, t.program, t.is_drum) for t in again.tracks] == [
        (t.name, t.program, t.is_drum) for t in score.tracks
    ]
    assert (again.title, again.metres, again.keys, again.tempos) == (
        score.title,
        score.metres,
        score.keys,
        score.tempos,
    )
    assert again.chords == score.chords
    assert musicxml.dump(score) == musicxml.dump(full_score())


def test_what_needs_a_fifth_voice_is_cut_and_no_note_is_lost():
    score = Score((Track(notes([(k / 4, 4, 60 + k) for k in range(8)])),))
    again = musicxml.parse(musicxml.dump(score), "x")
    assert again.tracks[0].notes["start"].tolist() == score.tracks[0].notes["start"].tolist()
    assert again.tracks[0].notes["pitch"].tolist() == score.tracks[0].notes["pitch"].tolist()


def test_human_timing_is_snapped_beat_by_beat():
    wobble = [0.01, 0.32, 0.68, 1.02, 1.26, 1.49, 1.77, 2.0]
    score = Score.melody([(start, 0.2, 60 + k) for k, start in enumerate(wobble)])
    again = musicxml.parse(musicxml.dump(score), "x")
    wanted = [0, 1 / 3, 2 / 3, 1, 1.25, 1.5, 1.75, 2]
    np.testing.assert_allclose(again.tracks[0].notes["start"], wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("pitch", "sharps", "name"),
    [
        (61, 0, ("C", 1, 4)),
        (63, 0, ("E", -1, 4)),
        (63, 4, ("D", 1, 4)),
        (61, -1, ("C", 1, 4)),
        (68, -3, ("A", -1, 4)),
        (60, 7, ("B", 1, 3)),
        (59, -7, ("C", -1, 4)),
        (0, 0, ("C", 0, -1)),
    ],
)
def test_spelling_follows_the_key(pitch, sharps, name):
    assert spell(pitch, sharps) == name


def test_an_accidental_is_drawn_once_in_a_bar():
    xml = musicxml.dump(Score.melody([(0, 1, 61), (1, 1, 61), (2, 1, 60), (4, 1, 60), (5, 4, 61)]))
    drawn = [
        one.findtext("accidental") for one in ElementTree.fromstring(xml).iter("note") if one.find("pitch") is not None
    ]
    assert drawn == ["sharp", None, "natural", None, "sharp", None]  # the last one is tied over the bar line


def test_chords_backup_forward_and_voices():
    bar = note("C", 2) + note("E", 2, "<chord/>") + "<forward><duration>1</duration></forward>" + note("G", 1)
    bar += "<backup><duration>4</duration></backup>" + note("A", 4, after="<voice>2</voice>")
    assert rows(read(part(bar))) == [[(0, 2, 60), (0, 2, 64), (0, 4, 69), (3, 1, 67)]]


def test_ties_join_and_grace_and_cue_notes_are_passed_over():
    tied = note("C", 4, after='<tie type="start"/>')
    bars = (
        tied,
        note("C", 2, after='<tie type="stop"/>') + note("D", 1, "<grace/>") + note("C", 1) + note("D", 1, "<cue/>"),
    )
    assert rows(read(part(*bars))) == [[(0, 6, 60), (6, 1, 60)]]


def test_a_transposing_instrument_sounds_where_it_sounds():
    clarinet = part(note("D", 4), extra="<key><fifths>2</fifths></key>").replace(
        "</time>", "</time><transpose><chromatic>-2</chromatic><octave-change>-1</octave-change></transpose>"
    )
    score = read(clarinet)
    assert rows(score) == [[(0, 4, 48)]]
    assert score.keys == (Key(0, 0),)


REPEAT = '<barline location="right"><repeat direction="backward"/></barline>'


def ending(number: str, what: str) -> str:
    """A <barline> with an ending."""
    return f'<barline><ending number="{number}" type="{what}"/></barline>'


def test_repeats_and_endings_are_played():
    first = ending("1", "start") + note("D", 4) + ending("1", "stop") + REPEAT
    second = ending("2", "start") + note("E", 4) + ending("2", "discontinue")
    score = read(part(note("C", 4), first, second, note("F", 4)))
    assert [pitch for _, _, pitch in rows(score)[0]] == [60, 62, 60, 64, 65]
    thrice = '<barline><repeat direction="backward" times="3"/></barline>'
    assert read(part(note("C", 4) + thrice)).note_count == 3


def test_a_pick_up_is_filled_in_front_and_an_empty_bar_is_silence():
    assert [start for start, _, _ in rows(read(part(note("C", 1), note("D", 4), "", note("E", 4))))[0]] == [3, 4, 12]


def test_metre_tempo_and_chords():
    first = '<direction><sound tempo="90"/></direction>' + note("C", 3)
    change = "<attributes><time><beats>3+2</beats><beat-type>8</beat-type></time></attributes>"
    harmony = (
        "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>minor-seventh</kind></harmony>"
    )
    mark = "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
    mark += "<per-minute>80</per-minute></metronome></direction-type></direction>"
    score = read(part(first, change + mark + harmony + note("C", 2.5), time="3/4"))
    assert score.metres == (Metre(0, 3, 4), Metre(3, 5, 8))
    assert score.tempos == (Tempo(0, 90), Tempo(3, 120))
    assert score.chords == (Chord(3, "Bbm7"),)


def test_percussion_takes_its_pitch_from_the_part_list():
    head = '<part-list><score-part id="P1"><part-name>Kit</part-name><midi-instrument id="I1">'
    head += (
        "<midi-channel>10</midi-channel><midi-unpitched>39</midi-unpitched></midi-instrument></score-part></part-list>"
    )
    hit = "<note><unpitched><display-step>G</display-step><display-octave>5</display-octave></unpitched>"
    score = read(part(hit + "<duration>1</duration>" + '<instrument id="I1"/></note>'), head=head)
    assert rows(score) == [[(3, 1, 38)]]
    assert score.tracks[0].is_drum


def mxl(*members: tuple[str, str]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # without the time of day
    return stream.getvalue()


SONG = f"<score-partwise>{part(note('C', 4))}</score-partwise>"


@pytest.mark.parametrize(
    "container",
    [
        '<container><rootfiles><rootfile full-path="b/song.xml"/></rootfiles></container>',
        "<container><rootfile full-path='Bells of St. Mary's.xml'/></container>",  # as OpenEWLD has it: not XML
        '<container><rootfiles><rootfile full-path="../../etc/passwd"/></rootfiles></container>',
    ],
)
def test_a_zipped_score_is_found(container):
    data = mxl(("META-INF/container.xml", container), ("b/song.xml", SONG))
    assert musicxml.parse(data, "a.mxl").note_count == 1


def test_other_encodings():
    assert musicxml.parse(b"\xef\xbb\xbf" + SONG.encode(), "x").note_count == 1
    assert files.read(('<?xml version="1.0" encoding="UTF-16"?>' + SONG).encode("utf-16"), "x.xml").note_count == 1


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><score-partwise>&b;</score-partwise>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB.encode(), "declares XML entities"),
        (b"<score-partwise>" + b"<part>" * 100, "64 levels"),
        (b"<score-partwise><part>", "damaged XML"),
        (b"<score-timewise/>", "timewise"),
        (b"<?xml version='1.0'?><html/>", "not MusicXML"),
        (mxl(("a.txt", "hello")), "without MusicXML"),
        (mxl(("a.xml", SONG))[:80], "damaged zip"),
        (SONG.replace("<divisions>1<", "<divisions>0<").encode(), "0 divisions"),
        (SONG.replace("<duration>4<", "<duration>9999999<").encode(), "longer than"),
    ],
)
def test_what_is_hostile_or_damaged_is_refused_in_one_sentence(data, reason):
    with pytest.raises(InputError, match=reason) as caught:
        musicxml.parse(data, "song.xml")
    assert str(caught.value).startswith("song.xml ")


def test_repeats_of_repeats_are_bounded():
    many = '<barline><repeat direction="backward" times="99"/></barline>'
    assert read(part(note("C", 4) + many)).note_count == 99
    with pytest.raises(InputError, match=r"song\.xml has repeats that come to more than 20,000 bars"):
        read(part(*[note("C", 4) + many] * 250))


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(xml_tree, "LARGEST", 1000)
    with pytest.raises(InputError, match="unpacks to more than"):
        musicxml.parse(mxl(("a.xml", SONG + " " * 1000)), "bomb.mxl")


def test_elements_are_bounded(monkeypatch):
    monkeypatch.setattr(xml_tree, "MOST_ELEMENTS", 100)
    with pytest.raises(InputError, match="more than 100 elements"):
        musicxml.parse(b"<score-partwise>" + b"<a/>" * 101 + b"</score-partwise>", "x.xml")


def test_no_entity_outside_the_file_is_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><score-partwise>&x;</score-partwise>'
    with pytest.raises(InputError, match="declares XML entities"):
        musicxml.parse(text.encode(), "x.xml")


STRETCHES = [(0.0, 4.0), (6.0, 7.5), (12.0, 20.0)]


def test_marks_change_neither_what_is_read_back_nor_the_bytes_without_them():
    score = full_score()
    marked = musicxml.dump(score, STRETCHES)
    assert musicxml.parse(marked, "x") == musicxml.parse(musicxml.dump(score), "x")
    assert musicxml.dump(score, []) == musicxml.dump(score)
    root = ElementTree.fromstring(marked)
    for part in root.iter("part"):
        for element in list(part.iter()):
            element.attrib.pop("color", None)
    for measure in root.iter("measure"):
        for direction in measure.findall("direction"):
            if direction.findtext("direction-type/words") == "new":
                measure.remove(direction)
    plain = ElementTree.fromstring(musicxml.dump(score))
    assert ElementTree.canonicalize(ElementTree.tostring(root), strip_text=True) == ElementTree.canonicalize(
        ElementTree.tostring(plain), strip_text=True
    )


def test_notes_that_begin_in_a_marked_stretch_are_coloured_with_all_they_are_tied_to():
    score = Score.melody([(0, 1, 60), (2, 4, 62), (6, 1, 64), (7, 3, 65), (11, 1, 67), (14, 1, 69)])
    root = ElementTree.fromstring(musicxml.dump(score, [(6, 8), (8, 12)]))
    seen = [
        [(one.findtext("pitch/step") or "rest", one.get("color")) for one in measure.findall("note")]
        for measure in root.iter("measure")
    ]
    new = "#D55E00"
    assert seen == [
        [("C", None), ("rest", None), ("D", None)],
        [("D", None), ("E", new), ("F", new)],
        [("F", new), ("rest", new), ("G", new)],
        [("rest", None), ("A", None), ("rest", None)],
    ]
    (words,) = [one for one in root.iter("direction") if one.find("direction-type/words") is not None]
    assert words in root.findall("part/measure")[1]
    assert words.findtext("offset") == "96"


def test_marks_go_through_files_and_leave_midi_alone(tmp_path):
    score = full_score()
    path = files.write(score, tmp_path / "a.musicxml", marked=STRETCHES)
    assert path.read_bytes() == musicxml.dump(score, STRETCHES)
    assert b"#D55E00" in path.read_bytes()
    path = files.write(score, tmp_path / "a.mid", marked=STRETCHES)
    assert path.read_bytes() == files.to_midi_bytes(score)
