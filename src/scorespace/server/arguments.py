"""What an argument of a route may be. Each kind checks a JSON value and describes itself for OpenAPI."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from scorespace.errors import UsageError


class Kind(Protocol):
    """A kind of JSON value."""

    def fits(self, value: Any) -> bool:
        """Whether the value is of this kind."""
        ...

    def schema(self) -> dict[str, Any]:
        """JSON schema of the values that fit."""
        ...

    @property
    def words(self) -> str:
        """What fits, for messages: "a whole number from 1 to 256"."""
        ...


@dataclass(frozen=True)
class Whole:
    """A whole number, both ends included."""

    low: int
    high: int

    def fits(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    @property
    def words(self) -> str:
        return f"a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Number:
    """A finite number, both ends included."""

    low: float = -1e9
    high: float = 1e9

    def fits(self, value: Any) -> bool:
        known = isinstance(value, int | float) and not isinstance(value, bool)
        return known and math.isfinite(value) and self.low <= value <= self.high

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    @property
    def words(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters, or one of `choices`."""

    longest: int = 200
    choices: tuple[str, ...] = ()

    def fits(self, value: Any) -> bool:
        known = isinstance(value, str) and 0 < len(value) <= self.longest
        return known and (not self.choices or value in self.choices)

    def schema(self) -> dict[str, Any]:
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        return {"type": "string", "minLength": 1, "maxLength": self.longest}

    @property
    def words(self) -> str:
        return " or ".join(self.choices) if self.choices else f"a text of 1 to {self.longest} characters"


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    @property
    def words(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Record:
    """An object whose values are of one kind; without a kind, any object."""

    of: Kind | None = None
    most: int = 1000
    what: str = "an object"
    ref: str | None = None

    def fits(self, value: Any) -> bool:
        known = isinstance(value, Mapping) and len(value) <= self.most
        return known and (self.of is None or all(map(self.of.fits, value.values())))

    def schema(self) -> dict[str, Any]:
        if self.ref:
            return {"$ref": f"#/components/schemas/{self.ref}"}
        return {"type": "object"} | ({"additionalProperties": self.of.schema()} if self.of else {})

    @property
    def words(self) -> str:
        return self.what if self.of is None else f"{self.what} whose values are each {self.of.words}"


@dataclass(frozen=True)
class Many:
    """A list of values of one kind."""

    of: Kind
    low: int = 0
    high: int = 1000

    def fits(self, value: Any) -> bool:
        return isinstance(value, list) and self.low <= len(value) <= self.high and all(map(self.of.fits, value))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.of.schema(), "minItems": self.low, "maxItems": self.high}

    @property
    def words(self) -> str:
        count = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        return f"a list of {count}, each {self.of.words}"


@dataclass(frozen=True)
class Either:
    """A value of one of several kinds."""

    kinds: Sequence[Kind]

    def fits(self, value: Any) -> bool:
        return any(kind.fits(value) for kind in self.kinds)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [kind.schema() for kind in self.kinds]}

    @property
    def words(self) -> str:
        return ", or ".join(kind.words for kind in self.kinds)


REQUIRED = object()


@dataclass(frozen=True)
class Argument:
    """One argument of a route.

    Attributes:
        name: as in Python.
        kind: what it may be.
        what: one line for the description.
        default: what it is when absent; REQUIRED = it must be there; LEFT_OUT = the function's own default holds.
        optional: whether null may be sent, which means the same as leaving it out.
    """

    name: str
    kind: Kind
    what: str
    default: Any = field(default=REQUIRED)
    optional: bool = True

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def schema(self) -> dict[str, Any]:
        found = self.kind.schema()
        if self.optional and not self.required:
            found = {"anyOf": [found, {"type": "null"}]}
        return (
            {**found, "description": self.what} if "$ref" not in found else {"allOf": [found], "description": self.what}
        )


LEFT_OUT = object()


def checked(given: Any, known: Sequence[Argument]) -> dict[str, Any]:
    """The arguments of a request, every one of a known name and kind.

    Raises:
        UsageError: for the first that is not; says what is allowed.
    """
    if not isinstance(given, Mapping):
        raise UsageError("The body is to be a JSON object of arguments.")
    by_name = {argument.name: argument for argument in known}
    for name in given:
        if name not in by_name:
            raise UsageError(f"There is no argument {str(name)[:60]!r}: there are {', '.join(by_name) or 'none'}.")
    found = {}
    for name, argument in by_name.items():
        value = given.get(name)
        if value is None:
            if argument.required:
                raise UsageError(f"{name} is missing: it is {argument.kind.words}.")
            if argument.default is not LEFT_OUT:
                found[name] = argument.default
            continue
        if not argument.kind.fits(value):
            raise UsageError(f"{name} is {argument.kind.words}, got {_shown(value)}.")
        found[name] = value
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "an object"
    return repr(value)[:60]
