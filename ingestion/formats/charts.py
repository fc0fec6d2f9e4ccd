"""Charts and diagrams drawn in Office documents (DrawingML) to elements."""

from collections.abc import Iterator, Sequence
from typing import Any

from ingestion.formats.properties import local_name, parse_xml
from ingestion.formats.text import one_line
from ingestion.table import Row, table
from ingestion.types import Element, Kind

MOST_POINTS = 10_000  # of a series; a chart of more is no chart to a reader


def drawn(content: bytes, part: str) -> Iterator[Element]:
    """What a chart or diagram part says, or nothing where it is neither.

    A chart is the table it was drawn from: a row for each category, a column for each series. Of a
    diagram (SmartArt), each point is an item. Raises ParseError where the XML is broken.
    """
    root = parse_xml(content, part)
    kind = local_name(root)
    if kind == "dataModel":
        for point in _all(root, "pt"):
            if text := said(point):
                yield Element(Kind.LIST_ITEM, text)
    elif kind == "chartSpace":
        yield _chart(root)


def said(node: Any) -> str:
    """The text of all paragraphs below a node (``a:t``)."""
    return one_line(" ".join(text.text or "" for text in _all(node, "t")))


def _all(node: Any, name: str) -> Iterator[Any]:
    return (each for each in node.iter() if local_name(each) == name)


def _chart(root: Any) -> Element:
    chart = next(_all(root, "chart"), root)
    titles = (said(node) for node in chart if local_name(node) == "title")
    series = [*_all(chart, "ser")]
    rows = [Row([title]) for title in titles if title]
    rows.extend(_rows(series))
    return table(rows, header=int(len(series) > 1))  # the name of a single one is a title


def _rows(series: Sequence[Any]) -> Iterator[Row]:
    names = [_cached(each, "tx") for each in series]
    labels: dict[int, str] = {}
    for each in series:
        labels = _cached(each, "cat") or _cached(each, "xVal") or labels
    values = [_cached(each, "val") or _cached(each, "yVal") for each in series]
    yield Row(["", *(next(iter(name.values()), "") for name in names)])
    for place in sorted({place for points in values for place in points}):
        cells = [points.get(place, "") for points in values]
        yield Row([labels.get(place, str(place + 1)), *cells])


def _cached(series: Any, part: str) -> dict[int, str]:
    """The points of a part of a series by place, as they were when the chart was last drawn."""
    points: dict[int, str] = {}
    for node in series:
        if local_name(node) != part:
            continue
        for point in _all(node, "pt"):
            place = point.get("idx") or ""
            text = next((value.text or "" for value in _all(point, "v")), "")
            if place.isdigit() and int(place) < MOST_POINTS:
                points[int(place)] = f"{points.get(int(place), '')} {text}".strip()
        values = [text.text or "" for text in _all(node, "v")]
        if not points and values:
            points[0] = values[0]
    return points
