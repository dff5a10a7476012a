"""Seeds for the fuzzer, written here, and ways to damage them that know where a format is tender."""

from __future__ import annotations

import io
import random
import struct
import zipfile

from scorespace.music import files, musicxml
from scorespace.music.score import Chord, Key, Metre, Score, Tempo, Track, notes

ABC = """X:1
T:Seed
M:6/8
L:1/8
Q:3/8=100
P:AB
K:Ador
P:A
|:e|"Am"A2B c>de|(3efg {ab}a2 ^f=f_e|[ACE]3-[ACE]2z|1 A3 A2:|2 A3 !trill!A3||
P:B
[M:4/4] V:1
Z2|A,,2 c''2 (5:4:5abcde [K:D] f4 & A4|x2 ~g2 d<f a/b//c'/4|]
"""
MULTIVOICE = """X:2
T:Two
M:C|
K:Bb
V:1 name="up"
V:2 octave=-1
[V:1] B4 c4|d8:|
[V:2] B,8|F,8:|
w:la la

X:3
K:Hp
A:|
"""
INTERESTING = (0, 1, 2, 0x0F, 0x2F, 0x51, 0x58, 0x59, 0x7F, 0x80, 0x90, 0xC0, 0xF0, 0xF7, 0xFE, 0xFF)
ABC_PIECES = (
    "|:", ":|", "::", "|1", "|2", "[1", "[2", "[3", "||", "|]", "(3", "(9:9:9", ">", "<<", "-", "[", "]", "{", "}",
    "!", '"', "&", "\n", "K:", "M:", "L:1/999", "M:0/0", "M:99/64", "V:x", "P:A9B9", "Z99", "9999", "////", "^^", "__",
    "'" * 9, ",,,,,,,,,", "\\", "%", "\0", "é", "\n\n", "X:9", "[K:", "[V:2]", "z0", "A0",
    "Q:0", "Q:1/0=5", "::::", "K:none",
    "\r",
)  # fmt: skip
XML_VALUES = (
    "0", "-1", "1", "1e308", "-1e308", "nan", "inf", "99999999999999999999", "", " ", "x", "0.333", "7/8", "127", "128",
)  # fmt: skip
XML_PIECES = (
    "<note>", "</measure>", "<measure></measure>", "<backup><duration>99</duration></backup>", "<chord/>", "<grace/>",
    '<repeat direction="backward" times="99"/>', '<repeat direction="forward"/>', "<!-- -->", "<![CDATA[", "]]>",
    "&amp;", "&x;", '<!DOCTYPE a [<!ENTITY x "y">]>', "<a>" * 70, '<ending number="2" type="start"/>', "<rest/>",
    "<unpitched/>",
)  # fmt: skip


def score() -> Score:
    """Two tracks, drums, several metres, tempos, keys and chord symbols."""
    melody = notes([(0, 1, 60), (1, 1 / 3, 62), (4 / 3, 1 / 3, 64), (5 / 3, 1 / 3, 65), (4, 3, 67), (7, 0.5, 72)])
    drums = notes([(k / 2, 0.25, 36 + k % 5) for k in range(20)])
    return Score(
        (Track(melody, "melody", 73), Track(drums, "drums", is_drum=True)),
        (Tempo(0, 90), Tempo(4, 140.5)),
        (Metre(0, 4, 4), Metre(4, 3, 4), Metre(7, 7, 8)),
        (Key(0, -3, "minor"), Key(4, 2)),
        (Chord(0, "Cm7"), Chord(4, "F#7/C#")),
        "seed",
    )


def seeds(kind: str) -> list[bytes]:
    """Sound files of a kind."""
    if kind == "abc":
        return [ABC.encode(), MULTIVOICE.encode()]
    if kind == "musicxml":
        xml = musicxml.dump(score())
        return [xml, xml, zipped(xml)]
    return midi_seeds()


def zipped(xml: bytes) -> bytes:
    """A .mxl archive with the XML inside."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml", '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'
        )
        archive.writestr("a.xml", xml)
    return stream.getvalue()


def midi_seeds() -> list[bytes]:
    """As written by us, with running status and rare events, of type 0 and 2, with SMPTE division, and in RIFF."""
    plain = files.to_midi_bytes(score(), "provenance")
    events = bytes.fromhex(
        "00ff510307a120 00ff580404021808 00c005 00903c50 10 4050 60 3c00 00 4000 00b04064 10e00040 00d040"
    )
    events += bytes.fromhex("00a03c40 00f00543414141f7 00ff010568656c6c6f 00ff2f00")
    track = b"MTrk" + struct.pack(">I", len(events)) + events
    running = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + track
    sequences = b"MThd" + struct.pack(">IHHH", 6, 2, 2, 96) + track + track
    smpte = b"MThd" + struct.pack(">IHHBB", 6, 1, 1, 256 - 25, 40) + track
    riff = b"RIFF" + struct.pack("<I", len(running) + 12) + b"RMIDdata" + struct.pack("<I", len(running)) + running
    return [plain, running, sequences, smpte, riff]


def damage(kind: str, data: bytes, generator: random.Random) -> bytes:
    """One to eight random changes of the kinds that the format is tender to."""
    changes = {"midi": _midi_change, "abc": _text_change, "musicxml": _xml_change}
    for _ in range(generator.choice((1, 1, 2, 3, 8))):
        change = (
            _byte_change
            if generator.random() < (0.05 if kind == "musicxml" else 0.3) or data[:2] == b"PK"
            else changes[kind]
        )
        data = change(data, generator) or b"\0"
    return data


def _byte_change(data: bytes, generator: random.Random) -> bytes:
    at, length = generator.randrange(len(data)), generator.choice((1, 2, 4, 16, 64))
    kind = generator.randrange(5)
    if kind == 0:
        return data[:at] + bytes([generator.choice(INTERESTING)]) + data[at + 1 :]
    if kind == 1:
        return data[:at]
    if kind == 2:
        return data[:at] + data[at + length :]
    if kind == 3:
        return data[:at] + data[at : at + length] * generator.choice((2, 3, 50)) + data[at + length :]
    return data[:at] + generator.randbytes(length) + data[at + length :]


def _midi_change(data: bytes, generator: random.Random) -> bytes:
    changed = bytearray(data)
    kind = generator.randrange(6)
    if kind == 0 and len(changed) > 14:  # header: type, tracks, division
        at = generator.choice((8, 10, 12))
        changed[at : at + 2] = struct.pack(">H", generator.choice((0, 1, 2, 3, 480, 0x7FFF, 0x8000, 0xE728, 0xFFFF)))
    elif kind == 1 and (at := data.rfind(b"MTrk", 0, generator.randrange(len(data)) + 1)) >= 0:
        size = struct.pack(">I", generator.choice((0, 1, len(data), 0x7FFFFFFF, 0xFFFFFFFF)))
        changed[at + 4 : at + 8] = size
    elif kind == 2:  # enormous or overlong delta times
        at = generator.randrange(len(data))
        changed[at:at] = generator.choice(
            (b"\xff\xff\xff\x7f", b"\x81\x80\x80\x00", b"\xff" * 8, b"\x8f\xff\xff\x7f\x90\x3c\x40")
        )
    elif kind == 3:  # a meta event with a wrong length or content
        at = generator.randrange(len(data))
        changed[at:at] = b"\0\xff" + bytes([generator.choice((1, 3, 6, 0x20, 0x2F, 0x51, 0x54, 0x58, 0x59, 0x7F))])
        changed[at + 3 : at + 3] = bytes([generator.choice((0, 1, 2, 3, 4, 5, 127, 255))]) + generator.randbytes(4)
    elif kind == 4:
        changed += data[generator.randrange(len(data)) :]
    else:
        return _byte_change(data, generator)
    return bytes(changed)


def _text_change(data: bytes, generator: random.Random) -> bytes:
    at = generator.randrange(len(data))
    return data[:at] + generator.choice(ABC_PIECES).encode() * generator.choice((1, 1, 1, 2, 40)) + data[at:]


def _xml_change(data: bytes, generator: random.Random) -> bytes:
    at = generator.randrange(len(data))
    if generator.random() < 0.3:
        at = data.find(b"\n", at) + 1
        return data[:at] + generator.choice(XML_PIECES).encode() + data[at:]
    begin = data.find(b">", at) + 1
    end = data.find(b"<", begin)
    if begin and end > begin and data[begin:end].strip():
        return data[:begin] + generator.choice(XML_VALUES).encode() + data[end:]
    begin = data.find(b"<note>", at)
    end = data.find(b"</note>", data.find(b"</note>", begin) + 1) + 7  # this note and the next
    return data[:begin] + data[begin:end] * generator.choice((0, 2, 30)) + data[end:] if 0 < begin < end else data
