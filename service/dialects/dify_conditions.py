"""The conditions that Dify may put on a record's metadata."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from service.errors import InvalidRequest

Test = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """That any of the fields ``names`` compares so with ``value``."""

    names: tuple[str, ...]
    operator: str
    value: Any = None

    def __post_init__(self) -> None:
        """InvalidRequest where there is no such operator."""
        if self.operator not in _TESTS:
            known = ", ".join(_TESTS)
            raise InvalidRequest(
                "metadata_condition",
                f"there is no operator {self.operator[:40]!r}; there are: {known}",
            )

    def met_by(self, metadata: Mapping[str, Any]) -> bool:
        """Whether a record with this ``metadata`` is meant."""
        test = _TESTS[self.operator]
        return any(test(metadata.get(name), self.value) for name in self.names)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of them, or any; none at all is met by everything."""

    all: tuple[Condition, ...] = ()
    joined_by: Literal["and", "or"] = "and"

    def met_by(self, metadata: Mapping[str, Any]) -> bool:
        """Whether a record with this ``metadata`` is meant."""
        met = [condition.met_by(metadata) for condition in self.all]
        return not met or (all(met) if self.joined_by == "and" else any(met))


def _text(value: Any) -> str:
    return "" if value is None else str(value).casefold()


def _texts(value: Any) -> list[str]:
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return [_text(each) for each in (value if several else [value])]


def _numeric(compare: Callable[[float, float], bool]) -> Test:
    def test(field: Any, value: Any) -> bool:
        try:
            return compare(float(field), float(value))
        except (TypeError, ValueError, OverflowError):
            return False

    return test


def _temporal(compare: Callable[[datetime, datetime], bool]) -> Test:
    def test(field: Any, value: Any) -> bool:
        try:
            return compare(_moment(field), _moment(value))
        except (TypeError, ValueError, OverflowError):
            return False

    return test


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# A record without the field meets only the negations, `empty` and `≠`.
_TESTS: Mapping[str, Test] = {
    "contains": lambda field, value: _text(value) in _text(field),
    "not contains": lambda field, value: _text(value) not in _text(field),
    "start with": lambda field, value: _text(field).startswith(_text(value)),
    "end with": lambda field, value: _text(field).endswith(_text(value)),
    "is": lambda field, value: _text(field) == _text(value),
    "is not": lambda field, value: _text(field) != _text(value),
    "in": lambda field, value: _text(field) in _texts(value),
    "not in": lambda field, value: _text(field) not in _texts(value),
    "empty": lambda field, _: _text(field) == "",
    "not empty": lambda field, _: _text(field) != "",
    "=": _numeric(lambda field, value: field == value),
    "≠": lambda field, value: not _numeric(lambda one, other: one == other)(field, value),
    ">": _numeric(lambda field, value: field > value),
    "<": _numeric(lambda field, value: field < value),
    "≥": _numeric(lambda field, value: field >= value),
    "≤": _numeric(lambda field, value: field <= value),
    "before": _temporal(lambda field, value: field < value),
    "after": _temporal(lambda field, value: field > value),
}
