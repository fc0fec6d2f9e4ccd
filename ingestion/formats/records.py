"""Data (JSON, JSON Lines, XML) to labelled text; records of one shape to table rows."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from indexes.errors import ParseError
from ingestion.formats.properties import local_name, parse_xml
from ingestion.formats.text import decode, one_line
from ingestion.formats.web import page_of
from ingestion.table import Row, table
from ingestion.types import Element, Kind, Parsed

MOST_COLUMNS = 40  # a table of more is no table to a reader
_SHARED = 0.5  # of the columns at least are filled in the rows of one table, on average
_TITLES = ("title", "name", "headline", "subject")


def read_json(content: bytes, path: str) -> Parsed:
    """Values labelled with their path ("server.port: 8080"); lists of objects as tables.

    Numbers stand as they are written. Raises ParseError where the file is no JSON.
    """
    text = decode(content, path)
    value = _document(text, path)
    title = ""
    if isinstance(value, dict):
        stated = (value.get(name) for name in _TITLES)
        title = next((one_line(each) for each in stated if isinstance(each, str)), "")
    return Parsed(title, tuple(_walk(value, "")))


def _document(text: str, path: str) -> Any:
    try:
        return _value(text)
    except json.JSONDecodeError as exc:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            if len(lines) > 1:
                return [_value(line) for line in lines]
        except json.JSONDecodeError:
            pass  # not JSON Lines either: what is wrong with the whole says more
        raise ParseError(f"{path} is damaged or not a real .json ({exc}); save it again") from exc


def _value(text: str) -> Any:
    return json.loads(
        text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_object
    )


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that stands in it twice keeps both values."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        key, number = name, 1
        while key in found:
            number += 1
            key = f"{name} ({number})"
        found[key] = value
    return found


def _walk(value: Any, path: str) -> Iterator[Element]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield from _list(value, path)
    elif (text := _said(value)) or not path:
        yield _line(path, text)


def _list(values: list[Any], path: str) -> Iterator[Element]:
    if values and all(isinstance(value, dict) for value in values):
        rows = [dict(_flat(value, "")) for value in values]
        if found := _table(rows, path):
            yield found
            return
    if all(not isinstance(value, dict | list) for value in values):
        if text := "; ".join(filter(None, map(_said, values))):
            yield _line(path, text)
        return
    for number, value in enumerate(values, 1):
        yield from _walk(value, f"{path}[{number}]")


def _line(path: str, text: str) -> Element:
    return Element(Kind.LIST_ITEM, f"{path}: {text}" if path else text)


def _said(value: Any) -> str:
    """A value as JSON writes it, a string without its quotes."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every value of an object by its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{path}[{number}]")
    elif isinstance(value, list):
        yield path, "; ".join(map(_said, value))
    elif text := _said(value):
        yield path, text


def _table(rows: Sequence[dict[str, str]], path: str) -> Element | None:
    """Records as a table, or None where they have too little in common to be one."""
    columns = [*dict.fromkeys(column for row in rows for column in row)]
    filled = sum(map(len, rows))
    if not 1 < len(columns) <= MOST_COLUMNS or filled < _SHARED * len(columns) * len(rows):
        return None
    lines = [Row([path])] if path else []
    lines.append(Row(columns))
    lines.extend(Row([row.get(column, "") for column in columns]) for row in rows)
    return table(lines, header=1)


def read_xml(content: bytes, path: str) -> Any:
    """Texts labelled with the names of their elements; elements of one shape as table rows.

    XHTML is read as a page. Raises ParseError for what is not well-formed or declares entities.
    """
    root = parse_xml(content, path)
    if local_name(root).lower() == "html":
        return page_of(decode(content, path))
    titles = (node.text for node in root.iter() if local_name(node).lower() in _TITLES)
    return Parsed(one_line(next(titles, None) or ""), tuple(_tree(root)))


def _tree(root: Any) -> Iterator[Element]:
    """Every element below ``root`` in order, without recursion: depth is the file's to choose."""
    waiting = [(root, local_name(root))]
    while waiting:
        node, label = waiting.pop()
        children = list(node)
        yield from _attributes(node, label)
        if not children or _mixed(node):
            if text := one_line(_inline(node)):
                yield _line(label, text)
            continue
        records = [record for child in children if (record := _record(child))]
        alike = len({local_name(child) for child in children}) == 1 < len(records)
        if alike and len(records) == len(children) and (found := _table(records, label)):
            yield found
            continue
        above = "" if node is root else f"{local_name(node)}."
        below = [(child, f"{above}{local_name(child)}") for child in children]
        waiting.extend(reversed(below))


def _attributes(node: Any, label: str) -> Iterator[Element]:
    for name, value in _named(node, f"{label}."):
        if text := one_line(value):
            yield _line(name, text)


def _named(node: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """The element's attributes, their names without namespaces behind ``prefix``."""
    for name, value in node.attrib.items():
        yield f"{prefix}{name.rpartition('}')[2]}", value


def _mixed(node: Any) -> bool:
    """Whether text stands between the element's children, as in a paragraph."""
    return bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)


def _inline(node: Any) -> str:
    return "".join(node.itertext())


def _record(node: Any) -> dict[str, str] | None:
    """An element's attributes and children by name, or None where those have children."""
    children = list(node)
    if not children or any(len(child) and not _mixed(child) for child in children) or _mixed(node):
        return None
    record: dict[str, str] = {}
    pairs = [*_named(node, "")]
    for child in children:
        name = local_name(child)
        pairs.append((name, _inline(child)))
        pairs.extend(_named(child, f"{name}."))
    for name, text in pairs:
        if said := one_line(text):
            record[name] = f"{record[name]}; {said}" if name in record else said
    return record
