"""The table of routes: what each takes, which function answers it and where that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scorespace.server.arguments import (
    LEFT_OUT,
    REQUIRED,
    Argument,
    Either,
    Flag,
    Kind,
    Many,
    Number,
    Record,
    Text,
    Whole,
)

LAST = "last"  # of a stream, the whole answer is its last line
TAKE = "take"
QUICK, LONG = "quick", "long"
JSON_LIMIT = 2 * 2**20  # bytes
FILE_LIMIT = 64 * 2**20  # as `scorespace.music.files` reads
MOST_TAKES = 256
MOST_SCORES = 20_000
LARGEST_SEED = 2**32 - 1
SECONDS = 300.0  # a quick answer that takes longer is given up, so that others are not kept waiting
READING_SECONDS = 20.0  # a file that takes longer to read is given up

SCORE = Record(what="a score as `pack` writes it", ref="Score")


@dataclass(frozen=True)
class Route:
    """One route.

    Attributes:
        method: "GET", "POST" or "DELETE".
        path: below /v1/; names in braces are arguments.
        what: one line for the description.
        function: "module:function"; it runs in a worker, or in the server when `worker` is None.
        arguments: of the JSON body, of the query for GET and for files; those named in the path too.
        worker: QUICK, LONG or None.
        gather: what a stream is for who does not want one: LAST, or the key of lines that are collected.
        file: whether the body is a file's bytes instead of JSON.
        limit: of the body, in bytes.
        seconds: after so many the work is given up; None = never.
        gives: media type of the answer.
        given: what the function is told beside the arguments of the request.
    """

    method: str
    path: str
    what: str
    function: str
    arguments: Sequence[Argument] = ()
    worker: str | None = QUICK
    gather: str = LAST
    file: bool = False
    limit: int = JSON_LIMIT
    seconds: float | None = SECONDS
    gives: str = "application/json"
    given: Mapping[str, Any] = field(default_factory=dict)


def _space() -> Argument:
    return Argument("space", Text(100), "Name of a space; GET v1/spaces lists them.")


def _inputs(low: int, high: int) -> Argument:
    return Argument("inputs", Many(SCORE, low, high), "The scores that go in.", [] if low == 0 else REQUIRED)


def _n(default: int) -> Argument:
    return Argument("n", Whole(1, MOST_TAKES), f"How many takes; {default} unless said otherwise.", LEFT_OUT)


_SEED = Argument("seed", Whole(0, LARGEST_SEED), "The same seed gives the same takes; null chooses one.", LEFT_OUT)
_TEMPERATURE = Argument("temperature", Number(0, 100), "0 writes the most likely notes; higher is bolder.", LEFT_OUT)
_STYLE = Argument("style", Text(60), "A style of the user's own that is made in this space; null = none.", LEFT_OUT)
_METHOD = Argument("method", Text(choices=("slerp", "linear")), "Along the sphere, or straight.", LEFT_OUT)
_GENRE: Kind = Either((Text(100), Number()))
_FIGURES = Record(Number(), 100, "an object of attributes")
_BARS = Whole(0, 100_000)
_PAIR = Many(_BARS, 2, 2)
_RANGES = Either((_BARS, Text(1000), _PAIR, Many(Either((_BARS, Text(100), _PAIR)), 1, 256)))
_PLACE = Many(Number(0, 100_000), 2, 2)


def _verb(name: str, what: str, inputs: tuple[int, int], *more: Argument) -> Route:
    own = (_space(), _STYLE, _inputs(*inputs), _SEED, _TEMPERATURE, *more)
    return Route("POST", name, what, "scorespace.server.verbs:perform", own, gather=TAKE, given={"verb": name})


VERBS = (
    _verb(
        "sample",
        "New phrases, drawn from the prior.",
        (0, 0),
        _n(8),
        Argument("genre", _GENRE, "Of a space with genres: one of them, or degrees on their circle.", LEFT_OUT),
    ),
    _verb("reconstruct", "The score after a way through the space and back: one take.", (1, 1)),
    _verb(
        "vary",
        "Variations of a score.",
        (1, 1),
        _n(8),
        Argument("amount", Number(0, 1), "0 gives the same notes, 1 unrelated ones.", LEFT_OUT),
    ),
    _verb(
        "interpolate",
        "A line from one score to the next.",
        (2, 64),
        Argument("steps", Whole(2, MOST_TAKES), "Takes in all, ends included.", LEFT_OUT),
        _METHOD,
    ),
    _verb(
        "palette",
        "A square of phrases between four corners: tl, tr, bl, br.",
        (4, 4),
        Argument(
            "size", Either((Whole(2, 32), Many(Whole(2, 32), 2, 2))), "Rows and columns; one number for both.", LEFT_OUT
        ),
        _METHOD,
        Argument(
            "at",
            Many(Many(Number(0, 1), 2, 2), 1, MOST_TAKES),
            "Places (x, y) in the square instead of a grid: 0, 0 is tl and 1, 1 is br.",
            LEFT_OUT,
        ),
    ),
    _verb(
        "edit",
        "The score with more or less of an attribute, or in another genre: one take.",
        (1, 1),
        Argument("change", _FIGURES, "Differences by attribute, in its unit.", LEFT_OUT),
        Argument("to", _FIGURES, "Goals by attribute, in its unit.", LEFT_OUT),
        Argument("genre", _GENRE, "rock=>jazz, or jazz alone, or degrees on the circle.", LEFT_OUT),
        Argument("keep", Number(0, 1), "With a genre, the share of the score that must be kept.", LEFT_OUT),
    ),
    _verb(
        "inpaint",
        "The score with what is missing written so that it fits what stands around it.",
        (1, 1),
        _n(4),
        Argument("bars", _RANGES, "What to write anew, bars counted from 1: [5, 8], 5 or '5-8,12'.", LEFT_OUT),
        Argument("insert", _RANGES, "New bars between two: [4, 8] writes four after bar 8.", LEFT_OUT),
        Argument("extend", Whole(0, 256), "New bars after the end.", LEFT_OUT),
        Argument(
            "keep",
            Many(Text(choices=("rhythm", "contour")), 0, 2),
            "rhythm: notes begin and end where they did; contour: the line goes up and down as it did.",
            LEFT_OUT,
        ),
        Argument(
            "lock", Either((Text(10_000), Many(_PLACE, 0, 4096))), "Notes that stay: [bar, beat], from 1.", LEFT_OUT
        ),
        Argument("scale", Text(40), "key, heard, or a scale such as D dorian.", LEFT_OUT),
        Argument("track", Whole(1, 256), "The track to write in, from 1; null = the melody.", LEFT_OUT),
    ),
    _verb("humanise", "A beat with the same strokes, played as a drummer might.", (1, 1), _n(8)),
    _verb("drumify", "Beats to a rhythm.", (1, 1), _n(8)),
    _verb(
        "decode",
        "The phrases at points of the space: one take.",
        (0, 0),
        Argument("z", Many(Many(Number(), 1, 4096), 1, 64), "Points, one a phrase."),
    ),
)

_SCORE = Argument("score", SCORE, "The score.")
_NAME = Argument("name", Text(100), "Its name.")
_SPACES = "scorespace.server.spaces"
_SCORES = "scorespace.server.scores"
_ADAPT = "scorespace.server.adapt"
_ADAPTED = (
    _space(),
    Argument("inputs", Many(Record(what="a name and a score"), 1, 200), 'What is learnt from: {"name", "score"} each.'),
)
_SEED_OR_0 = Argument("seed", Whole(0, LARGEST_SEED), "Chooses what is set aside, and the takes to hear.", 0)
_SECONDS = Argument("seconds", Number(0.1, 3600), "After these the best so far is taken.", 60.0)
_HOLDOUT = Argument("holdout", Number(0, 0.5), "Share of the scores that is set aside to measure the style.", 0.2)
OTHERS = (
    Route("GET", "health", "Version, device and what the workers do.", "scorespace.server.app:health", worker=None),
    Route("GET", "openapi.json", "This description.", "scorespace.server.openapi:describe", worker=None),
    Route("GET", "spaces", "The spaces and what each can do.", f"{_SPACES}:table"),
    Route("GET", "spaces/{name}", "The card of a space.", f"{_SPACES}:card", (_NAME,)),
    Route(
        "POST",
        "read",
        "A file's score: MIDI, ABC or MusicXML; and of a take, how it was made.",
        f"{_SCORES}:read",
        (Argument("name", Text(255), "What the file is called.", None),),
        file=True,
        limit=FILE_LIMIT,
        seconds=READING_SECONDS,
    ),
    Route(
        "POST",
        "write/{format}",
        "A score as a file. The provenance of a take travels in MIDI files.",
        f"{_SCORES}:write",
        (
            Argument("format", Text(choices=("mid", "musicxml", "svg", "wav")), "Which kind."),
            _SCORE,
            Argument("provenance", Record(what="the provenance of a take"), "To embed, MIDI only.", None),
            Argument("marked", Many(_PLACE, 0, 1000), "Stretches (start, end) in quarter notes that are new.", []),
        ),
        gives="application/octet-stream",
    ),
    Route("POST", "check", "What a space would keep of a score, and why.", f"{_SCORES}:check", (_space(), _SCORE)),
    Route("POST", "attributes", "What a space measures of a score.", f"{_SCORES}:attributes", (_space(), _SCORE)),
    Route(
        "POST",
        "replay",
        "Makes a take again from its provenance, in the space that it names.",
        "scorespace.server.verbs:replay",
        (
            Argument("provenance", Record(what="the provenance of a take"), "Of the take."),
            Argument("score", SCORE, "Its score, when it is to be verified that it comes out the same.", None),
        ),
        gather=TAKE,
    ),
    Route(
        "POST",
        "adapt",
        "Makes a style of a few scores: lines that tell how far it is, the best style so far and takes in it.",
        f"{_ADAPT}:adapt",
        (*_ADAPTED, _SEED_OR_0, _SECONDS, _HOLDOUT),
        worker=LONG,
        limit=FILE_LIMIT,
        seconds=None,
    ),
    Route("POST", "adapt/check", "What of each score can be used.", f"{_ADAPT}:check", _ADAPTED, limit=FILE_LIMIT),
    Route(
        "POST",
        "styles",
        "Keeps a style that `adapt` made, under a name.",
        f"{_ADAPT}:save",
        (
            Argument("name", Text(60), "Of the style."),
            Argument("style", Record(what="a style as `adapt` gives it"), "The style."),
            Argument("replace", Flag(), "Whether one of this name may be replaced.", False),
        ),
    ),
    Route("DELETE", "styles/{name}", "Forgets a style.", f"{_ADAPT}:remove", (_NAME,)),
    Route("GET", "session", "The session that the app was started with.", "scorespace.server.app:session", worker=None),
    Route("GET", "jobs", "What is being worked on.", "scorespace.server.app:jobs", worker=None),
    Route(
        "DELETE",
        "jobs/{id}",
        "Stops a piece of work; its answer is an error with the code cancelled.",
        "scorespace.server.app:stop",
        (Argument("id", Text(40), "As in the header X-Job of its answer."),),
        worker=None,
    ),
)
_RUNS = "scorespace.server.run_answers"
_STEP = Argument("step", Text(20), "Of its training.")
BENCH = (
    Route(
        "POST",
        "map",
        "The phrases of many scores laid out in two dimensions.",
        "scorespace.server.map:lay_out",
        (
            _space(),
            _inputs(1, MOST_SCORES),
            Argument("names", Many(Text(200), 1, MOST_SCORES), "What the scores are called, one each."),
            Argument("project", Text(choices=("pca", "tsne", "umap")), "How.", "pca"),
            Argument("seed", Whole(0, LARGEST_SEED), "Of t-SNE and UMAP.", 0),
        ),
        worker=LONG,
        limit=FILE_LIMIT,
        seconds=None,
    ),
    Route(
        "POST",
        "map/places",
        "Phrases at places of a PCA map, one take each.",
        "scorespace.server.map:places",
        (
            _space(),
            _inputs(1, 256),
            Argument("centre", Many(Number(), 1, 4096), "Of the map's plane."),
            Argument("axes", Many(Many(Number(), 1, 4096), 2, 2), "Of the map's plane."),
            Argument("places", Many(Many(Number(), 2, 2), 1, 64), "Where on the map."),
        ),
        gather=TAKE,
    ),
    Route("GET", "runs", "Runs of training, recipes and data sets.", f"{_RUNS}:listing", worker=None),
    Route(
        "POST",
        "runs",
        "Starts a run of training, which goes on when the request is over.",
        f"{_RUNS}:start",
        (
            Argument("recipe", Text(100), "A bundled recipe."),
            Argument("data", Text(200), "A data set; or else inputs.", None),
            _inputs(0, MOST_SCORES),
            Argument("settings", Record(Number(), 20, "an object of settings"), "In place of the recipe's.", {}),
            Argument("minutes", Number(0.01, 10_000), "Of training; null = as the recipe says.", None),
        ),
        worker=None,
        limit=FILE_LIMIT,
    ),
    Route(
        "POST",
        "runs/{name}/follow",
        "A run's figures after so many lines, as soon as there is news.",
        f"{_RUNS}:follow",
        (
            _NAME,
            Argument("after", Whole(0, 10**9), "Lines that are known.", 0),
            Argument("samples", Many(Whole(0, 10**9), 0, 10_000), "Steps whose samples are known.", []),
            Argument("state", Text(20), "The state that is known.", None),
            Argument("wait", Number(0, 30), "Seconds after which it answers without news.", 0),
        ),
        worker=None,
    ),
    Route("POST", "runs/{name}/stop", "Interrupts a run, which saves.", f"{_RUNS}:stop", (_NAME,), worker=None),
    Route("POST", "runs/{name}/resume", "Goes on with a run.", f"{_RUNS}:resume", (_NAME,), worker=None),
    Route("POST", "runs/{name}/use", "Makes a run's best a space.", f"{_RUNS}:use", (_NAME,), worker=None),
    Route("GET", "runs/{name}/samples/{step}", "Samples at a step.", f"{_RUNS}:samples", (_NAME, _STEP), worker=None),
)
ROUTES: tuple[Route, ...] = (*VERBS, *OTHERS, *BENCH)
