"""Tags of files: tables like our own, like the Million Song Dataset's, and ones that cannot be used."""

import pytest

from scorespace.data.genre_tables import GenreTable, normal
from scorespace.errors import UsageError


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_column_of_tags_by_path(tmp_path):
    table = GenreTable(
        write(
            tmp_path, "labels.tsv", "path\tgenre\tname\nrock/a.mid\trock\t\nb.mid\tHip Hop; R&B |pop\tB\nc.mid\t\tC\n"
        ),
        "labels.tsv:genre",
    )
    assert table.tags("rock/a.mid") == ("rock",)
    assert table.tags("b.mid") == ("hip_hop", "r&b", "pop")
    assert table.tags("c.mid") == table.tags("unknown.mid") == ()


def test_lakh_matched_files_have_the_tags_of_their_track(tmp_path):
    """lmd_matched keeps the MIDI files of a track of the Million Song Dataset in a folder named after it."""
    terms = "track,terms\nTRAAAGR128F425B14B,classic pop and rock;pop\nTRBBB,\n"
    table = GenreTable(write(tmp_path, "msd.csv", terms), "msd.csv:terms")
    assert table.tags("A/A/A/TRAAAGR128F425B14B/1d9d16a9da90c090809c153754823c2b.mid") == (
        "classic_pop_and_rock",
        "pop",
    )
    assert table.tags("B/B/B/TRBBB/x.mid") == ()


def test_tagtraums_annotations_need_no_column(tmp_path):
    text = "# MSD Allmusic genres\nTRAAAAW128F429D538\tRap\nTRAAABD128F429CF47\tPop_Rock\tElectronic\n"
    table = GenreTable(write(tmp_path, "msd_tagtraum_cd2.cls", text), "msd_tagtraum_cd2.cls")
    assert table.tags("A/TRAAABD128F429CF47/y.mid") == ("pop_rock", "electronic")
    assert table.tags("A/TRAAAAW128F429D538/y.mid") == ("rap",)


def test_the_nearest_row_counts(tmp_path):
    text = "path\tg\nrock\trock\nrock/hard\tmetal\nrock/hard/a.mid\tballad\n"
    table = GenreTable(write(tmp_path, "t.tsv", text), "t.tsv:g")
    assert [table.tags(p) for p in ("rock/hard/a.mid", "rock/hard/b.mid", "rock/c.mid")] == [
        ("ballad",),
        ("metal",),
        ("rock",),
    ]


def test_a_row_without_a_path_tags_nothing_and_a_mark_of_byte_order_is_no_letter(tmp_path):
    (tmp_path / "t.tsv").write_text("path\tg\n\tjazz\na.mid\trock\n", encoding="utf-8-sig")
    table = GenreTable(tmp_path, "t.tsv:g")
    assert table.tags("x/unlisted.mid") == ()
    assert table.tags("a.mid") == ("rock",)
    (tmp_path / "t.cls").write_text("TR1\tRap\n", encoding="utf-8-sig")
    assert GenreTable(tmp_path, "t.cls").tags("A/TR1/x.mid") == ("rap",)


def test_rows_of_one_path_add_up_and_tags_are_spelt_alike(tmp_path):
    table = GenreTable(write(tmp_path, "t.tsv", "path\tg\na.mid\tRock\na.mid\trock; Soft Rock\n"), "t.tsv:g")
    assert table.tags("a.mid") == ("rock", "soft_rock")
    assert [normal(tag) for tag in (" Hip-Hop ", "R&B", "k-pop!", "Rap/HipHop")] == [
        "hip-hop",
        "r&b",
        "k-pop",
        "rap_hiphop",
    ]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("labels.doc:genre", "takes NAME=TABLE:COLUMN"),
        ("labels", "takes NAME=TABLE:COLUMN"),
        ("labels.tsv:artist", "no column 'artist' beside the paths; it has genre"),
        ("none.tsv:genre", "cannot be read as a table of genres"),
        ("bytes.tsv:genre", "cannot be read as a table of genres"),
        ("empty.tsv:genre", "no column 'genre'"),
        ("bare.tsv:genre", "tags nothing"),
        ("bare.tsv", "takes|tags nothing|"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(tmp_path, rule, says):
    write(tmp_path, "labels.tsv", "path\tgenre\na.mid\trock\n")
    write(tmp_path, "empty.tsv", "")
    write(tmp_path, "bare.tsv", "path\tgenre\na.mid\t\n")
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe\x00\x01\n")
    if rule == "bare.tsv":
        assert GenreTable(tmp_path, rule).tags("a.mid") == ()
        return
    with pytest.raises(UsageError, match=says):
        GenreTable(tmp_path, rule)
