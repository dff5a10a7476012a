"""A space: scores in, scores out. All verbs are methods, and none of them changes the space."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch

from scorespace import __version__
from scorespace.checkpoint import Checkpoint
from scorespace.errors import InputError, ModelError, UsageError
from scorespace.models.base import Inpainter, LatentModel
from scorespace.models.priors import Flower, Prior, StandardNormal
from scorespace.models.styled import Styled
from scorespace.music import files, transform
from scorespace.music.attributes import attributes_of, measure
from scorespace.music.grid import Grid
from scorespace.music.score import Score
from scorespace.space import (
    adapting,
    drawing,
    genres,
    inpainting,
    mapping,
    noise,
    playing,
    provenance,
    style,
    variations,
)
from scorespace.space import edit as editing
from scorespace.space.adapted import Style
from scorespace.space.gaps import Request, locks, ranges
from scorespace.space.passage import Passage, passage
from scorespace.space.report import Report, report
from scorespace.space.takes import Square, Take, Takes
from scorespace.space.verbs import INPUTS, VERBS, Anchor, Place, check_place
from scorespace.vectors import AttributeVectors

Source = str | Path | bytes | Score | Take

# What the verbs do unless asked otherwise.
SAMPLE_TEMPERATURE = 0.95  # by experiment: below, samples are sparser than the corpus; above, less in key
VARY_AMOUNT = 0.3
PLAYING_TEMPERATURE = 0.5  # of humanise and drumify
TAKES = 8
STEPS = 8
SIZE = 5
INPAINT_TEMPERATURE = 1.0
ALTERNATIVES = 4
VELOCITY = 80
QPM = 120.0

BATCH = 64  # phrases in one pass
REMEMBERED = 64  # scores whose points are kept


class Space:
    """A trained latent space of phrases.

    Attributes:
        name: what it was loaded as.
        grid: what a phrase is.
        z_size: dimensions of a point; 0 where there is no latent space, as of an inpainter.
        weights: SHA-256 of the weights, 64 hexadecimal digits.
        metres: the metres it takes, such as ("4/4", "2/2").
        attributes: its attribute vectors; None where none were learnt.
        style: the user's own style that its verbs follow, None in the space as it was trained; see `with_style`.
    """

    def __init__(self, checkpoint: Checkpoint, name: str) -> None:
        if not isinstance(checkpoint.model, LatentModel | Inpainter):
            raise ModelError(f"{name} is a {type(checkpoint.model).__name__}, which has no latent space to work in.")
        # float64 on the CPU: in float32 the last digits of a sum depend on how many phrases share a pass, on the number
        # of threads and on the processor, and now and then they decide between two tokens. In float64 such differences
        # are 10^9 times smaller, so a take is the same alone, among others and on another machine.
        self._held = checkpoint.model.double().eval()
        self.name = name
        self.grid: Grid = checkpoint.grid
        self.z_size: int = 0
        self._prior: Prior = StandardNormal(0)
        if isinstance(checkpoint.model, LatentModel):
            self.z_size, self._prior = checkpoint.model.z_size, checkpoint.model.prior
        self.style: Style | None = None
        self._plain = self._prior
        self._known: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}  # points of the scores that were last encoded
        self.weights = checkpoint.sha256
        self.config = checkpoint.config
        self.attributes, self._styles = checkpoint.attributes, checkpoint.styles
        data = checkpoint.config.get("recipe", {}).get("data", {})
        self._own_metres: tuple[str, ...] = tuple(data.get("metres") or (self.grid.metre_name,))
        self.metres: tuple[str, ...] = tuple(self._grids) if self.inpaints else self._own_metres
        self._rule: str = data.get("rule", "highest")
        self._tracks: str = data.get("tracks", "names")
        self._optional: tuple[str, ...] = tuple(data.get("optional", ()))

    def __repr__(self) -> str:
        return f"<Space {self.name}: {self.limits}>"

    @property
    def limits(self) -> str:
        """What it takes, in words."""
        grid = self.grid
        bars, steps = f"{grid.bars} bar" + "s" * (grid.bars > 1), f"{grid.steps_per_bar} steps a bar"
        if self.inpaints:
            bars, steps = "any bars", f"{len(grid.beat_positions)} steps a quarter note"
        return f"{bars} of {' or '.join(self.metres)}, {' + '.join(grid.parts)}, {steps}, {grid.range_in_words}"

    def with_style(self, style: Style | None) -> Space:
        """This space with a style in place of its prior; None = the space as it was trained. The space stays as it is.

        `sample` draws from the style, `vary` turns towards draws from it, `interpolate` and `palette` lean towards it
        between their ends, `edit` prefers what is in it. `reconstruct` and `decode` go by the score or the point alone;
        `humanise` and `drumify` are refused.

        Raises:
            ModelError: when it was made in another space, or this one has no latent space.
        """
        if style is None and self.style is None:
            return self
        if style is not None:
            if self.inpaints:
                raise ModelError(f"{self.name} has no latent space, so it follows no style: leave the style out.")
            if style.weights != self.weights or len(style.arrays["mean"]) != self.z_size:
                raise ModelError(
                    f"The style {style.name} was made in {style.space} with weights {style.weights[:12]}; {self.name} "
                    f"has {self.weights[:12]}: name its own space, or adapt again."
                )
        other = copy.copy(self)
        other.style = style
        units = self._plain.spread(torch.zeros(1, dtype=torch.float64))
        other._prior = self._plain if style is None else style.prior(units)
        return other

    def adapt(
        self,
        scores: Iterable[Source | mapping.Named],
        name: str = "style",
        seed: int = 0,
        seconds: float = 60.0,
        holdout: float = 0.2,
        progress: Callable[[adapting.Progress], None] | None = None,
    ) -> Style:
        """What a few scores have in common here, for `with_style`: 10 to 20 files of one composer, drummer or kind.

        Args:
            scores: paths, bytes of files, Scores, Takes, or (name, Score) pairs; what cannot be used is passed over,
                and `table["files"]` of the style says why.
            name: of the style.
            seed: chooses the files that are set aside, and the samples that are searched for copies.
            seconds: after these no further file is encoded and no further setting tried; what there is is finished,
                and searched for copies.
            holdout: share of the files that are set aside to measure the style (of 5 files or more); the finished one
                is made of all.
            progress: told how far it is; may raise to stop it.

        Raises:
            InputError: when no file can be used.
            ModelError: when this space has no latent space.
            UsageError: when an argument is out of its range.
        """
        last = None
        for last in self.adapt_steps(scores, name, seed, seconds, holdout):
            if progress is not None:
                progress(last)
        assert last is not None
        assert last.style is not None
        return last.style

    def adapt_steps(
        self,
        scores: Iterable[Source | mapping.Named],
        name: str = "style",
        seed: int = 0,
        seconds: float = 60.0,
        holdout: float = 0.2,
    ) -> Iterator[adapting.Progress]:
        """`adapt` step by step; the last progress has the finished style."""
        named = [_named(score, number) for number, score in enumerate(scores, 1)]
        return adapting.steps(self._bench, named, name, seed, seconds, holdout)

    def check_adapt(self, scores: Iterable[Source | mapping.Named]) -> list[adapting.Usable]:
        """What of each score `adapt` can use: a row each. Never raises for a bad score."""
        bench = self._bench
        return [adapting.usable(bench, *_named(score, number))[0] for number, score in enumerate(scores, 1)]

    @property
    def _bench(self) -> adapting.Bench:
        if self.inpaints:
            raise ModelError(
                f"{self.name} has no latent space, so it cannot be adapted: take a space such as melody-2bar."
            )
        plain = self.with_style(None)

        def sample(style: Style | None, n: int, seed: int) -> np.ndarray:
            points = drawing.points(plain.with_style(style)._prior, seed, [(take, 0) for take in range(n)])
            return self._decode(points, SAMPLE_TEMPERATURE, [(seed, take, 0) for take in range(n)])

        return adapting.Bench(self.name, self.weights, self.grid, self._plain, plain._passage, plain._posterior, sample)

    def check(self, source: Source) -> Report:
        """What this space would keep of a score, what it would drop or move, and why. Never raises for a bad score."""
        try:
            score = _score(source)
            if self.inpaints:
                return inpainting.report(self._desk, score, self.limits)
            found = self._passage(score, isinstance(source, Take))
        except InputError as error:
            return Report(ok=False, notes=0, kept=0, changes=(str(error),), phrases=(), held=None, limits=self.limits)
        sounding = [phrase.tokens for phrase in found.phrases if not phrase.silent]
        written = np.stack(sounding) if sounding else None
        again = None if written is None else self._decode(self._encode(written))
        return report(score, found, self.grid, self.limits, written, again)

    def sample(
        self,
        n: int = TAKES,
        seed: int | None = None,
        temperature: float = SAMPLE_TEMPERATURE,
        genre: str | float | None = None,
    ) -> Takes:
        """New phrases, drawn from the prior.

        Args:
            n: how many, at least 1. Take k is the same whatever n is.
            seed: 0 to 2**32 - 1; None picks one. It stands in each take's provenance.
            temperature: 0 takes the most likely notes of each drawn point, 1 draws the notes as the model believes.
            genre: of a space with genres: one of `genres`, or an angle in degrees on their circle, which between two
                genres mixes them; None draws from the whole prior.

        Raises:
            UsageError: when the space has no genres, or none of this name.
        """
        arguments = {} if genre is None else {"genre": self.check_genre(genre)}
        return Takes(self._perform("sample", (), arguments, seed, temperature, range(_count(n))))

    @property
    def genres(self) -> dict[str, float]:
        """The genres of this space and the angle in degrees at which each stands; empty for a space without genres."""
        prior = self._prior
        return {name: math.degrees(genres.angle(prior, name)) for name in prior.genres}

    def check_genre(self, genre: str | float) -> str | float:
        """The genre as a take's provenance holds it; raises what `sample` would raise for it."""
        self._check_plain("a genre")
        genres.angle(self._prior, genre)
        return genre if isinstance(genre, str) else float(genre)

    def reconstruct(self, score: Source, seed: int | None = None, temperature: float = 0.0) -> Takes:
        """The score after a way through the space and back, phrase by phrase: one take."""
        return Takes(self._perform("reconstruct", [score], {}, seed, temperature, range(1)))

    def vary(
        self,
        score: Source,
        n: int = TAKES,
        amount: float = VARY_AMOUNT,
        seed: int | None = None,
        temperature: float | None = None,
    ) -> Takes:
        """Variations of a score, phrase by phrase.

        Args:
            score: a path, the bytes of a file, a Score or a Take.
            n: how many, at least 1.
            amount: 0 gives the same notes, 1 unrelated ones; between them it is the share of the onsets that change.
                The point of each phrase turns towards a draw from the prior until so many do.
            seed: 0 to 2**32 - 1; None picks one.
            temperature: as for `sample`; None rises with the amount, from 0 to that of `sample`.
        """
        if temperature is None:
            temperature = SAMPLE_TEMPERATURE * (amount if 0 <= amount <= 1 else 0.0)
        arguments = {"amount": float(amount)}
        return Takes(self._perform("vary", [score], arguments, seed, temperature, range(_count(n))))

    def interpolate(
        self,
        *scores: Source,
        steps: int = STEPS,
        method: str = "slerp",
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Takes:
        """A line from one score to the next.

        The first and the last take are the user's own notes (the first one's `score` is the very object that was given,
        when all of it can be used); with more than two scores each of them stands in the line. Longer scores are paired
        phrase by phrase, and the shorter one begins again.

        Args:
            scores: two or more.
            steps: takes in all, ends included.
            method: "slerp" (great circle) or "linear".
            seed, temperature: as for `sample`; the takes of a line share their random numbers.
        """
        if len(scores) < 2:
            raise UsageError(f"An interpolation needs two scores or more, got {len(scores)}.")
        arguments = {"steps": _count(steps), "method": method}
        return Takes(self._perform("interpolate", scores, arguments, seed, temperature, range(_count(steps))))

    @overload
    def palette(
        self,
        tl: Source,
        tr: Source,
        bl: Source,
        br: Source,
        size: int | tuple[int, int] | None = None,
        method: str = "slerp",
        seed: int | None = None,
        temperature: float = 0.0,
        *,
        at: None = None,
    ) -> Square: ...
    @overload
    def palette(
        self,
        tl: Source,
        tr: Source,
        bl: Source,
        br: Source,
        size: None = None,
        method: str = "slerp",
        seed: int | None = None,
        temperature: float = 0.0,
        *,
        at: Sequence[Sequence[float]],
    ) -> Takes: ...
    def palette(
        self,
        tl: Source,
        tr: Source,
        bl: Source,
        br: Source,
        size: int | tuple[int, int] | None = None,
        method: str = "slerp",
        seed: int | None = None,
        temperature: float = 0.0,
        *,
        at: Sequence[Sequence[float]] | None = None,
    ) -> Takes:
        """A square of phrases between four corners (top left, top right, bottom left, bottom right).

        The corners are the user's own notes. Of a longer score the first phrase in which a note begins is used; choose
        another with `scorespace.bars`.

        Args:
            size: rows and columns, at least 2; one number for both; 5 unless said otherwise.
            method: "slerp" or "linear".
            seed, temperature: as for `sample`; the takes of a square share their random numbers.
            at: places (x, y) to take phrases at instead of an even grid: x from the left and y from the top, 0 to 1.
                `Takes.distinct` leaves out phrases that repeat the one before them on such a path.

        Raises:
            UsageError: when `size` and `at` are both given, or a place is not in the square.
        """
        shape, arguments = (0, 0), dict[str, Any](method=method)
        if at is None:
            shape = _size(SIZE if size is None else size)
            arguments, count = {"size": list(shape), **arguments}, shape[0] * shape[1]
        else:
            arguments, count = {"at": _places(at, size), **arguments}, len(at)
        phrases = [self._passage(score).first_phrase() for score in (tl, tr, bl, br)]
        takes = self._perform("palette", phrases, arguments, seed, temperature, range(count), allow_silence=True)
        return Square(takes, shape) if at is None else Takes(takes)

    def edit(
        self,
        score: Source,
        change: Mapping[str, float] | None = None,
        *,
        to: Mapping[str, float] | None = None,
        genre: str | float | None = None,
        keep: float | None = None,
        seed: int | None = None,
        temperature: float = 0.0,
        **changes: float,
    ) -> Take:
        """The score with more or less of an attribute, and as much of the rest kept as can be: `edit(a, density=+2)`.

        With `genre` the score in another genre instead: `edit(a, genre="rock=>jazz")`. Its `style` says how much more
        like that genre it is, and what was kept.

        The take's `asked` and `got` say what was asked and what was got; when the space does not reach the goal, the
        nearest take is given. A score that has what is asked for comes back with its own notes.

        Args:
            score: a path, the bytes of a file, a Score or a Take.
            change: differences by attribute, in its unit, for names such as "density.bass".
            to: goals by attribute. The figure of a score is the mean over its phrases that are not silent.
            genre: "rock=>jazz"; or "jazz" alone, from whatever the score is most like; or degrees on the circle of
                `genres`, "rock=>45deg".
            keep: with a genre, the share of the score that must be kept: a third each of where its notes begin, its
                chroma and its contour. 0.5 unless asked otherwise; less gives more of the genre.
            seed, temperature: as for `sample`.
            changes: differences by attribute.

        Raises:
            ModelError: when no attribute vectors, or no styles, were learnt for this space.
            UsageError: when the space has no such attribute, or cannot move it (says what was measured).
        """
        asked = {"change": {**(change or {}), **changes}, "to": dict(to or {})}
        if genre is not None:
            if any(asked.values()):
                raise UsageError("An edit goes to a genre or moves attributes; one after the other does both.")
            keep = style.KEEP if keep is None else keep
            self.check_restyle(genre, keep)
            told = {"genre": genre if isinstance(genre, str) else float(genre), "keep": float(keep)}
            return self._perform("edit", [score], told, seed, temperature, range(1))[0]
        if keep is not None:
            raise UsageError("keep goes with a genre; edits of attributes keep as much as they can.")
        arguments = {key: {name: _figure(value) for name, value in row.items()} for key, row in asked.items()}
        return self._perform("edit", [score], arguments, seed, temperature, range(1))[0]

    def inpaint(
        self,
        score: Source,
        bars: Any = None,
        *,
        insert: Any = None,
        extend: int = 0,
        keep: str | Sequence[str] = (),
        lock: Any = (),
        scale: str | None = None,
        track: int | None = None,
        n: int = ALTERNATIVES,
        seed: int | None = None,
        temperature: float = INPAINT_TEMPERATURE,
    ) -> Takes:
        """The score with what is missing written so that it fits what stands before and after: `inpaint(song, (5, 8))`.

        Everything else comes back note for note, the other tracks too. A note that sounds across an edge of a gap is
        kept whole. Bars are counted from 1.

        Args:
            score: a path, the bytes of a file, a Score or a Take.
            bars: what to write anew: (5, 8), 5, "5-8,12" or a list of such.
            insert: new bars between two bars: (4, 8) writes four after bar 8; or a list of such, or "4@8".
            extend: new bars after the end.
            keep: "rhythm" (notes begin and end where they did) and "contour" (the line goes up and down as it did).
            lock: notes in the gaps that stay: (bar, beat) at which they sound, beats counted from 1; or "6:2.5".
            scale: "key" keeps new notes in the scale of the melody around them, "heard" to the pitch classes that it
                has; or a scale such as "D dorian".
            track: the track to write in, counted from 1; None = the melody.
            n: how many alternatives, at least 1. No two are the same (there may be fewer), the likeliest comes first;
                the model's log-likelihood of each stands in its provenance as "nats".
            seed, temperature: as for `sample`; 0 writes the likeliest note at each place, and gives one take. Where too
                few differ, others are drawn at up to 2.5 times the temperature, as their provenance says.

        Raises:
            ModelError: when this space does not inpaint.
            UsageError: when the score has no such bars, or what is asked contradicts itself.
            InputError: when the score has no melody or is in a metre that this space does not write.
        """
        keep = (keep,) if isinstance(keep, str) else tuple(keep)
        request = Request(ranges(bars), ranges(insert, "insert"), extend, keep, locks(lock), scale, track)
        desk, given = self._desk, _score(score)
        _check_temperature(temperature)
        seed = _seed(seed, temperature > 0)
        with _alone():
            return Takes(inpainting.takes(desk, given, request, seed, temperature, _count(n)))

    @property
    def inpaints(self) -> bool:
        """Whether this space writes what is missing of a score (`inpaint`), and has no latent space."""
        return isinstance(self._held, Inpainter)

    def check_inpaint(self) -> None:
        """Raises what `inpaint` would raise whatever the score: that this space does not."""
        if not self.inpaints:
            raise ModelError(
                f"{self.name} writes whole phrases, not what is missing of one: take a space that inpaints, such as "
                "folk-inpaint."
            )

    def humanise(
        self, score: Source, n: int = TAKES, seed: int | None = None, temperature: float = PLAYING_TEMPERATURE
    ) -> Takes:
        """A beat with the same strokes, played as a drummer might: with velocities and timings of their own.

        Takes a space of grooves. Which drums are struck on which steps stays, and so do the user's pitches; what
        velocities and timings the score had is not heard.

        Args:
            score: a path, the bytes of a file, a Score or a Take, with drums in it.
            n: how many performances, at least 1. Take k is the same whatever n is.
            seed: as for `sample`.
            temperature: 0 plays every take alike and evenly, 1 as unevenly as drummers do.

        Raises:
            UsageError: when the space writes no grooves.
        """
        self.check_playing("humanise")
        return Takes(self._perform("humanise", [score], {}, seed, temperature, range(_count(n))))

    def drumify(
        self, score: Source, n: int = TAKES, seed: int | None = None, temperature: float = PLAYING_TEMPERATURE
    ) -> Takes:
        """Beats to a rhythm: whole drum grooves that fit the taps, or the melody, of a score.

        Takes a space of grooves. Only when the notes of the score begin is heard: of its drums, or without any of its
        melody.

        Args:
            score: a path, the bytes of a file, a Score or a Take.
            n, seed, temperature: as for `humanise`.

        Raises:
            UsageError: when the space writes no grooves.
        """
        self.check_playing("drumify")
        return Takes(self._perform("drumify", [score], {}, seed, temperature, range(_count(n))))

    def check_playing(self, verb: str) -> None:
        """Raises what `humanise` and `drumify` would raise whatever the score: that this space writes no grooves."""
        if self.style is not None:
            raise UsageError(f"{verb} follows no style: it goes by the strokes of the score; leave the style out.")
        playing.check(verb, self._model, self.name)

    def check_edit(self, change: Mapping[str, float], to: Mapping[str, float]) -> None:
        """Raises what `edit` would raise for these attributes, whatever the score."""
        editing.check(change, to, self._vectors())

    def check_restyle(self, genre: str | float, keep: float = style.KEEP) -> None:
        """Raises what `edit` would raise for this genre, whatever the score."""
        self._check_plain("a genre")
        style.check(genre, keep, self._prior, self._styles, self.name)

    def _check_plain(self, what: str) -> None:
        """Raises UsageError in a space that follows a style, with which this cannot go."""
        if self.style is not None:
            raise UsageError(f"A style stands in the place of {what}: leave one of them out.")

    def encode(self, score: Source) -> np.ndarray:
        """The points of a score's phrases: posterior means, (phrases, Z) float64. Silent phrases have none.

        Raises:
            InputError: when nothing of the score can be used.
        """
        rows = [row for row in self._anchor(score).rows if row is not None]
        return np.stack(rows) if rows else np.empty((0, self.z_size))

    def map(
        self,
        scores: Iterable[Source | mapping.Named],
        project: str = "pca",
        seed: int = 0,
        progress: mapping.Progress | None = None,
    ) -> mapping.Map:
        """The phrases of many scores laid out in two dimensions, like beside like.

        Args:
            scores: paths, bytes of files, Scores, Takes, or (name, Score) pairs; what cannot be used is skipped, and
                the map's `skipped` says why. Silent phrases have no place.
            project: "pca" (the same every time, and with a way back: `Map.place`), "tsne" (needs the extra maps) or
                "umap" (the extra umap).
            seed: of t-SNE and UMAP.
            progress: told how far it is, from 0 to 1; may raise to stop it.

        Raises:
            InputError: when fewer than three phrases can be used.
            UsageError: when there is no such projection, or there are too many phrases.
            MissingExtraError: when what the projection needs is not installed.
        """
        for step in self.map_steps(scores, project, seed):
            if progress:
                progress(1.0 if isinstance(step, mapping.Map) else step)
        assert isinstance(step, mapping.Map)
        return step

    def map_steps(
        self, scores: Iterable[Source | mapping.Named], project: str = "pca", seed: int = 0
    ) -> Iterator[float | mapping.Map]:
        """As `map`, step by step: how far it is, from 0 to 1, and at last the map."""
        self._check_latent()
        yield from mapping.steps(
            scores,
            project,
            noise.check_seed(seed),
            name=self.name,
            weights=self.weights,
            grid=self.grid,
            passage=self._passage,
            encode=self._encode,
        )

    def measure(self, score: Source) -> dict[str, float]:
        """The attributes of a score by name, each in its unit: the means over its phrases that are not silent.

        These are the figures that `edit` goes by. Empty for a score that is silent.

        Raises:
            InputError: when nothing of the score can be used.
        """
        tokens = [phrase.tokens for phrase in self._passage(score).phrases if not phrase.silent]
        if not tokens:
            return {}
        names = self.attributes.names if self.attributes else tuple(attributes_of(self.grid))
        return dict(zip(names, measure(np.stack(tokens), self.grid, names).mean(0).tolist(), strict=True))

    def likeness(self, score: Source) -> dict[str, float]:
        """How like each genre of the space a score is, 0 to 1, by the classifier that `edit` to a genre goes by.

        The geometric means over its phrases that are not silent. Empty for a score that is silent, and in a space
        without genres or without styles.

        Raises:
            InputError: when nothing of the score can be used.
        """
        if self._styles is None:
            return {}
        tokens = [phrase.tokens for phrase in self._passage(score).phrases if not phrase.silent]
        if not tokens:
            return {}
        found = np.exp(self._styles.log_probabilities(np.stack(tokens).astype(np.int64), self.grid).mean(0))
        return dict(zip(self._styles.genres, found.tolist(), strict=True))

    def decode(self, z: np.ndarray, seed: int | None = None, temperature: float = 0.0) -> Take:
        """The phrases at points (phrases, Z), or at one point (Z,), one after another."""
        points = np.atleast_2d(np.asarray(z, np.float64))
        return self._perform("decode", (), {"z": points.tolist()}, seed, temperature, range(1))[0]

    def again(self, record: Mapping[str, Any]) -> Take:
        """Makes a single take again from its provenance.

        Raises:
            ModelError: when it was made with other weights, or in a style that this space does not follow.
            InputError: when the provenance is damaged.
        """
        return self.more(record, [record["index"]])[0]

    def more(self, record: Mapping[str, Any], indices: Sequence[int]) -> list[Take]:
        """Makes the takes of these numbers, from 0, of the call that the provenance of one of its takes tells of.

        Raises:
            ModelError, InputError: as `again` does.
        """
        if record["weights"] != self.weights:
            raise ModelError(
                f"This take was made by {record['space']} with weights {record['weights'][:12]}; {self.name} has "
                f"{self.weights[:12]}. Its notes are safe in the file, but only those weights make it again."
            )
        adapted = record.get("adapted")
        if adapted is None and self.style is not None:
            return self.with_style(None).more(record, indices)
        if adapted is not None and (self.style is None or self.style.sha256 != adapted.get("sha256")):
            raise ModelError(
                f"This take was made in the style {adapted.get('name')} ({str(adapted.get('sha256'))[:12]}): give its "
                "folder with --style, or `style=`; its notes are safe in the file."
            )
        if record["verb"] not in (*INPUTS, "inpaint"):
            raise InputError(f"This take was made by the verb {record['verb']!r}, which this version does not know.")
        inputs = [provenance.unpack(packed) for packed in record["inputs"]]
        if record["verb"] == "inpaint":
            with _alone():
                return inpainting.again(self._desk, inputs, record, indices)
        low, high = INPUTS[record["verb"]]
        if not low <= len(inputs) <= high or not all(0 <= index < 2**32 for index in indices):
            raise InputError("The provenance in this file is damaged; the take cannot be made again.")
        told = record["arguments"], record["seed"], record["temperature"]
        try:
            return self._perform(record["verb"], inputs, *told, indices, True)
        except (UsageError, TypeError, ValueError, StopIteration, IndexError) as error:
            raise InputError(
                f"The provenance in this file is damaged ({error}); the take cannot be made again."
            ) from error

    def _perform(
        self,
        verb: str,
        scores: Iterable[Source],
        arguments: dict[str, Any],
        seed: int | None,
        temperature: float,
        indices: Iterable[int],
        allow_silence: bool = False,
    ) -> list[Take]:
        """The takes `indices` of a verb. Take k is a function of everything but the other indices."""
        self._check_latent()
        _check_temperature(temperature)
        seed = _seed(seed, verb in ("sample", "vary") or temperature > 0)
        if verb == "drumify":
            scores = [playing.rhythm(_score(score)) for score in scores]
        anchors = [self._anchor(score, allow_silence, playing.HEARD.get(verb)) for score in scores]

        def write(z: np.ndarray, streams: Sequence[tuple[int, int]]) -> np.ndarray:
            return self._decode(z, temperature, [(seed or 0, take, phrase) for take, phrase in streams])

        if verb in playing.HEARD:
            self.check_playing(verb)
            places = playing.places(verb, anchors[0], seed or 0, temperature, indices, **arguments)
        elif verb == "vary":
            places = variations.places(anchors[0], self._prior, seed or 0, indices, self.grid, write, **arguments)
        elif verb == "sample" and "genre" in arguments:
            self.check_genre(arguments["genre"])
            assert isinstance(self._prior, Flower)
            places = style.sample(self._prior, self._styles, seed or 0, indices, **arguments)
        elif verb == "edit" and "genre" in arguments:
            style.check(arguments["genre"], arguments["keep"], self._prior, self._styles, self.name)
            assert isinstance(self._prior, Flower)
            assert self._styles is not None
            flower = (self._styles, self._prior, self.grid)
            places = style.places(anchors[0], indices, *flower, write, **arguments)
        elif verb == "edit":
            spread = self._prior.spread(torch.zeros(1, dtype=torch.float64)).numpy()
            told = (self._vectors(), self.grid, write, spread, self._strangeness)
            places = editing.places(anchors[0], indices, *told, **arguments)
        else:
            places = VERBS[verb](anchors, self._prior, seed or 0, indices, **arguments)
        record = {
            "format": provenance.FORMAT,
            "scorespace": __version__,
            "space": self.name,
            "weights": self.weights,
            "verb": verb,
            "seed": seed,
            "temperature": float(temperature),
            "arguments": arguments,
            "inputs": [provenance.pack(anchor.passage.part) for anchor in anchors],
        }
        if self.style is not None:
            record["adapted"] = {"name": self.style.name, "sha256": self.style.sha256}
        return self._takes(places, record, anchors[0].passage.own if anchors else None)

    @property
    def _strangeness(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """How far points (n, Z) lie from the style, 1 = as far as its own; None without a style."""
        prior = self._prior
        if not isinstance(prior, Styled):
            return None
        return lambda z: prior.strangeness(torch.from_numpy(z)).numpy()

    @property
    def _model(self) -> LatentModel:
        self._check_latent()
        assert isinstance(self._held, LatentModel)
        return self._held

    def _check_latent(self) -> None:
        if self.inpaints:
            raise ModelError(
                f"{self.name} has no latent space: it writes what is missing of a score (`inpaint`); take another "
                "space, such as melody-2bar."
            )

    @property
    def _desk(self) -> inpainting.Desk:
        self.check_inpaint()
        assert isinstance(self._held, Inpainter)
        return inpainting.Desk(self._held, self._grids, self._rule, self.name, self.weights)

    @property
    def _grids(self) -> dict[str, Grid]:
        """Of an inpainter, its grid for each metre that it writes."""
        further: dict[str, Grid] = getattr(self._held, "grids", {})
        own = dict.fromkeys(self._own_metres, self.grid)
        return own | {metre: grid for metre, grid in further.items() if metre not in own}

    def _vectors(self) -> AttributeVectors:
        if self.attributes is None:
            raise ModelError(
                f"{self.name} has no attribute vectors: learn them with `scorespace attributes {self.name} DATA`, "
                "where DATA is the data set that it was trained on."
            )
        return self.attributes

    def _takes(self, places: Sequence[Place], record: Mapping[str, Any], like: Score | None) -> list[Take]:
        wanted = [
            (place, k, row)
            for place in places
            if place.own is None
            for k, row in enumerate(place.rows)
            if row is not None
        ]
        written = self._decode(
            np.stack([row for _, _, row in wanted]) if wanted else np.empty((0, self.z_size)),
            record["temperature"],
            [(record["seed"], place.draws, k) for place, k, _ in wanted],
            [place.strokes[k] for place, k, _ in wanted if place.strokes],
        )
        tokens = {(place.index, k): row for (place, k, _), row in zip(wanted, written, strict=True)}
        return [self._take(place, tokens, record, like) for place in places]

    def _take(
        self, place: Place, tokens: Mapping[tuple[int, int], np.ndarray], record: Mapping[str, Any], like: Score | None
    ) -> Take:
        score = place.own
        if score is None:
            rest = self.grid.silence()
            whole = np.concatenate([tokens.get((place.index, k), rest) for k in range(len(place.rows))], axis=1)
            score = self.grid.to_score(whole, like.qpm if like else QPM, VELOCITY)
            if like and place.strokes:
                score = playing.performed(like, whole, self.grid)
            elif like and not self.grid.chooses_programs:  # the instruments of the first score, as its tempo
                own = zip(score.tracks, like.tracks, strict=True)
                score = score.with_tracks(replace(track, program=mine.program) for track, mine in own)
        points = [row for row in place.rows if row is not None]
        z = np.stack(points) if points else np.empty((0, self.z_size))
        quarters = len(place.rows) * self.grid.bars * float(self.grid.bar_quarters)
        said = {**record, **place.said, "index": place.index}
        return Take(score, z, said, quarters, self.grid.chooses_programs)

    def _passage(self, source: Source, allow_silence: bool = False) -> Passage:
        allow_silence = allow_silence or isinstance(source, Take)
        return passage(
            transform.paired(_score(source), self.metres),
            self.grid,
            self.metres,
            self._rule,
            self._tracks,
            allow_silence,
            self._optional,
        )

    def _anchor(
        self,
        source: Source,
        allow_silence: bool = False,
        heard: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> Anchor:
        """The passage of a score and its points; `heard` says what of the phrases' tokens is encoded."""
        found = self._passage(source, allow_silence)
        sounding = [k for k, phrase in enumerate(found.phrases) if not phrase.silent]
        if not sounding:
            return Anchor(found, (None,) * len(found.phrases), (None,) * len(found.phrases))
        phrases = np.stack([found.phrases[k].tokens for k in sounding])
        rows, scales = (
            dict(zip(sounding, part, strict=True)) for part in self._remembered(heard(phrases) if heard else phrases)
        )
        numbers = range(len(found.phrases))
        return Anchor(found, tuple(map(rows.get, numbers)), tuple(map(scales.get, numbers)))

    def _remembered(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`_posterior` of a score's phrases. A puck on a palette asks for one place after another between the same four
        scores, and to encode them takes nearly as long as to decode the place (17 ms against 21 in melody-2bar)."""
        key = tokens.tobytes()
        found = self._known.pop(key, None) or self._posterior(tokens)
        self._known[key] = found  # the newest stands last
        while len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)), None)
        return found

    def _encode(self, tokens: np.ndarray) -> np.ndarray:
        """Posterior means (N, Z) float64 of tokens (N, T, S)."""
        return self._posterior(tokens)[0]

    def _posterior(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior means and scales, (N, Z) float64 each, of tokens (N, T, S)."""
        whole = torch.from_numpy(tokens.astype(np.int64))
        with _alone():
            rows = [self._model.encode(whole[begin : begin + BATCH]) for begin in range(0, len(whole), BATCH)]
            return torch.cat([mean for mean, _ in rows]).numpy(), torch.cat([scale for _, scale in rows]).numpy()

    def _decode(
        self,
        z: np.ndarray,
        temperature: float = 0.0,
        streams: Sequence[tuple[int, int, int]] = (),
        strokes: Sequence[np.ndarray] = (),
    ) -> np.ndarray:
        """Tokens (N, T, S) uint16 at points (N, Z). Above temperature 0, row i draws from the stream streams[i].

        strokes: tokens whose drum strokes are played, one a row; without any, all is written.
        """
        written = [np.empty((0, *self.grid.shape), np.uint16)]
        for begin in range(0, len(z), BATCH):
            points = torch.from_numpy(np.ascontiguousarray(z[begin : begin + BATCH], np.float64))
            draws = None
            if temperature > 0:
                part = streams[begin : begin + BATCH]
                draws = torch.from_numpy(np.stack([noise.uniforms(*stream, self.grid.draws) for stream in part]))
            with _alone():
                if strokes:
                    given = torch.from_numpy(np.stack(strokes[begin : begin + BATCH]).astype(np.int64))
                    tokens = playing.play(self._model, points, given, temperature, draws)
                else:
                    tokens = self._model.decode(points, temperature, draws)
                written.append(tokens.numpy().astype(np.uint16))
        return np.concatenate(written)


@contextmanager
def _alone() -> Iterator[None]:
    """Without gradients, on one thread: a pass is many small products, and on a busy machine of two cores the threads'
    waiting for each other was measured to cost 35 times the work (27 ms against 960 for one phrase)."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


def _score(source: Source) -> Score:
    if isinstance(source, Take):
        return source.score
    if isinstance(source, Score):
        return source
    if isinstance(source, str | Path | bytes):
        return files.read(source)
    raise InputError(f"A score is a path, bytes, a Score or a Take, got {type(source).__name__}.")


def _named(source: Source | mapping.Named, number: int) -> mapping.Named:
    """A name and the score; where it cannot be read, what is wrong with it."""
    if isinstance(source, tuple):
        return source
    named = isinstance(source, str | Path)
    name = Path(source).name if isinstance(source, str | Path) else f"score {number}"
    try:
        return name, _score(source)
    except InputError as error:
        return name, InputError(str(error).removeprefix(f"{source!s}: ") if named else str(error))


def _seed(seed: int | None, drawn: bool) -> int | None:
    """The seed, a new one where none was given, None where nothing is drawn."""
    seed = None if seed is None else noise.check_seed(seed)
    return (noise.new_seed() if seed is None else seed) if drawn else None


def _check_temperature(temperature: float) -> None:
    if not isinstance(temperature, int | float | np.number) or not 0 <= temperature < float("inf"):
        raise UsageError(f"temperature is 0 (most likely) or above, got {temperature!r}.")


def _size(size: int | Sequence[int]) -> tuple[int, int]:
    """(rows, columns); one number stands for both."""
    both = [size, size] if isinstance(size, int | np.integer) else list(size) if isinstance(size, Sequence) else []
    whole = all(isinstance(k, int | np.integer) and not isinstance(k, bool) and k >= 2 for k in both)
    if len(both) != 2 or not whole:
        raise UsageError(f"A palette has at least 2 rows and 2 columns, as one whole number or two, got {size!r}.")
    return int(both[0]), int(both[1])


def _places(at: Any, size: Any) -> list[tuple[float, float]]:
    """The places of a palette, checked."""
    if size is not None:
        raise UsageError("A palette has either a size, for an even grid, or places (`at`).")
    if isinstance(at, str) or not isinstance(at, Sequence | np.ndarray) or not len(at):
        raise UsageError(f"`at` is a list of one or more places (x, y) such as [(0, 0), (0.5, 0.2)], got {at!r}.")
    return [check_place(place) for place in at]


def _figure(value: Any) -> Any:
    """A number as a plain one, so that it can stand in a take's provenance; anything else is judged by the verb."""
    return float(value) if isinstance(value, int | float | np.number) and not isinstance(value, bool) else value


def _count(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise UsageError(f"The number of takes is a whole number from 1, got {n!r}.")
    return int(n)
