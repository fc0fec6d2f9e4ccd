"""JSON to dataclasses by their type hints: unknown fields are passed over, wrong ones are named."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from service.clients.errors import UnexpectedReply

T = TypeVar("T")
_PLAIN = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
_SHOWN = 80  # characters of a wrong value that an error repeats
_ADVICE = "is this the address of Footnote, and is this client as new as the service?"


@dataclass(frozen=True, slots=True)
class _Member:
    """A field: its name here, its name as it is sent, and whether it must be there."""

    name: str
    sent: str
    required: bool


def decoded(content: bytes) -> Any:
    """The value that JSON text holds. UnexpectedReply when it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise UnexpectedReply(f"the reply is not JSON: {_shown(content)}") from exc


def parsed(kind: type[T], value: Any, where: str) -> T:
    """``value`` as the dataclass ``kind``; ``where`` names it in errors.

    UnexpectedReply when a field without a default is missing, or one has another type.
    """
    if not isinstance(value, dict):
        raise _wrong(where, "an object", value)
    given: dict[str, Any] = {}
    shape: Any = kind
    hints = _hints(shape)
    for member in _members(shape):
        if member.sent in value:
            path = f"{where}.{member.sent}"
            given[member.name] = _read(hints[member.name], value[member.sent], path)
        elif member.required:
            raise UnexpectedReply(f"the reply lacks {where}.{member.sent}; {_ADVICE}")
    return kind(**given)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


@cache
def _members(kind: Any) -> tuple[_Member, ...]:
    return tuple(
        _Member(
            each.name,
            each.metadata.get("sent", each.name),
            each.default is MISSING and each.default_factory is MISSING,
        )
        for each in fields(kind)
    )


def _read(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is UnionType:
        inner = next(each for each in get_args(hint) if each is not type(None))
        return None if value is None else _read(inner, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(where, "a list", value)
        item = get_args(hint)[0]
        return tuple(_read(item, each, f"{where}[{n}]") for n, each in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, dict):
            raise _wrong(where, "an object", value)
        item = get_args(hint)[1]
        return {name: _read(item, each, f"{where}.{name}") for name, each in value.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        return parsed(hint, value, where)
    return _plain(hint, value, where)


def _plain(kind: type, value: Any, where: str) -> Any:
    """Text, a truth value or a number; JSON writes some numbers with a fraction without it."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _wrong(where, _PLAIN[kind], value)
    return value


def _wrong(where: str, expected: str, value: Any) -> UnexpectedReply:
    return UnexpectedReply(f"{where} should be {expected}, and is {_shown(value)}; {_ADVICE}")


def _shown(value: Any) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
