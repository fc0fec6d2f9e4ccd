"""The picture of a page over HTTP: what is marked on it, who gets it, when it is sent again."""

from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.service.archive import (
    CRANE_QUESTION,
    DPI,
    HANDBOOK,
    HIDDEN,
    NEW_RULES,
    PAGES,
    identity,
)
from tests.service.server import problem
from tests.service.wiki import key

STAFF = key("staff")
HANDBOOK_PAGE = f"/documents/{identity(HANDBOOK)}/pages/2.png"
HIDDEN_PAGE = f"/documents/{identity(HIDDEN)}/pages/1.png"


def picture(
    client: httpx.Client, path: str, headers: dict[str, str] = STAFF, **query: int
) -> NDArray[np.int16]:
    """The pixels of a page: rows, columns, red, green and blue."""
    response = client.get(path, params=query, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "image/png"
    with Image.open(BytesIO(response.content)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(np.int16)


def cited(client: httpx.Client) -> dict[str, Any]:
    answer = client.post("/ask", json={"question": CRANE_QUESTION}, headers=STAFF).json()
    citation: dict[str, Any] = answer["citations"][0]
    assert citation["document_id"] == identity(HANDBOOK)
    return citation


def test_the_passage_that_is_cited_is_marked_on_its_page(archivist: httpx.Client) -> None:
    citation = cited(archivist)
    assert (citation["quote"], citation["page"]) == (PAGES[1], 2)
    plain = picture(archivist, HANDBOOK_PAGE)
    a4 = np.array([297, 210]) / 25.4 * DPI
    assert np.array(plain.shape[:2]) == pytest.approx(a4, abs=1)
    marked = picture(archivist, HANDBOOK_PAGE, start=citation["start"], end=citation["end"])
    rows, columns = np.nonzero((plain != marked).any(axis=2))
    boxes = citation["boxes"]
    edges = [min(box["left"] for box in boxes), min(box["top"] for box in boxes)]
    edges += [max(box["right"] for box in boxes), max(box["bottom"] for box in boxes)]
    changed = [columns.min(), rows.min(), columns.max(), rows.max()]
    assert np.array(changed) == pytest.approx(np.array(edges) * DPI / 72, abs=1.5)
    left, top, right, bottom = changed
    assert plain[top:bottom, left:right].min() < 100, "the mark lies beside the words"
    was_white = plain.min(axis=2) == 255
    paper = marked[was_white & (plain != marked).any(axis=2)]
    assert (paper[:, 2] < paper[:, 0] - 50).all(), "the mark is not yellow"


def test_a_passage_of_another_page_marks_nothing(archivist: httpx.Client) -> None:
    citation = cited(archivist)
    other = HANDBOOK_PAGE.replace("2.png", "3.png")
    marked = picture(archivist, other, start=citation["start"], end=citation["end"])
    assert (marked == picture(archivist, other)).all()


def test_a_picture_is_only_for_whom_its_document_is_for(archivist: httpx.Client) -> None:
    assert picture(archivist, HIDDEN_PAGE, key("hr"), start=0, end=5).size
    absent_page = HIDDEN_PAGE.replace(identity(HIDDEN), "0" * 32)
    told = []
    for path in (HIDDEN_PAGE, absent_page, HIDDEN_PAGE.replace("1.png", "9.png")):
        for query in ("", "?start=0&end=5", "?start=0&end=999999"):
            answer = problem(archivist.get(path + query, headers=STAFF), 404)
            document = path.split("/")[2]
            told.append((answer["type"], answer["detail"].replace(document, "")))
    assert len(set(told)) == 1
    problem(archivist.get(HANDBOOK_PAGE), 401)


def test_a_picture_is_kept_by_its_caller_and_asked_for_again(archivist: httpx.Client) -> None:
    citation = cited(archivist)
    marks = {"start": citation["start"], "end": citation["end"]}
    first = archivist.get(HANDBOOK_PAGE, params=marks, headers=STAFF)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["X-Footnote-Snapshot"]
    tag = first.headers["ETag"]
    for given in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        headers = STAFF | {"If-None-Match": given}
        again = archivist.get(HANDBOOK_PAGE, params=marks, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    assert archivist.get(HANDBOOK_PAGE, headers=STAFF | {"If-None-Match": tag}).status_code == 200
    other = HANDBOOK_PAGE.replace("2.png", "3.png")
    tags = [archivist.get(path, headers=STAFF).headers["ETag"] for path in (HANDBOOK_PAGE, other)]
    assert len({tag, *tags}) == 3


def test_what_a_caller_kept_does_not_outlive_its_permission(archivist: httpx.Client) -> None:
    tag = archivist.get(HIDDEN_PAGE, headers=key("hr")).headers["ETag"]
    for given in (tag, "*"):
        problem(archivist.get(HIDDEN_PAGE, headers=STAFF | {"If-None-Match": given}), 404)


@pytest.mark.parametrize(
    ("page", "query", "field"),
    [
        ("0", "", "number"),
        ("-1", "", "number"),
        ("1000001", "", "number"),
        ("9" * 5000, "", "number"),
        ("one", "", "number"),
        ("2", "?start=0", "end"),
        ("2", "?end=5", "start"),
        ("2", "?start=5&end=5", "end"),
        ("2", "?start=6&end=5", "end"),
        ("2", "?start=-1&end=5", "start"),
        ("2", "?start=0&end=999999", "end"),
        ("2", "?start=0&end=99999999999999999999", "end"),
        ("2", "?start=a&end=5", "start"),
        ("2", "?begin=0", "begin"),
    ],
)
def test_nonsense_is_refused(archivist: httpx.Client, page: str, query: str, field: str) -> None:
    path = f"/documents/{identity(HANDBOOK)}/pages/{page}.png{query}"
    told = problem(archivist.get(path, headers=STAFF), 422)
    assert [entry["field"] for entry in told["errors"]] == [field]


@pytest.mark.parametrize("document", [HANDBOOK, NEW_RULES])
def test_a_page_without_a_picture(archivist: httpx.Client, document: str) -> None:
    path = f"/documents/{identity(document)}/pages/4.png"
    told = problem(archivist.get(path, headers=STAFF), 404)
    assert told["type"] == "urn:footnote:problem:unknown-page"
    assert f"/documents/{identity(document)}/text" in told["detail"]


def test_the_description_tells_of_the_picture(archivist: httpx.Client) -> None:
    paths = archivist.get("/openapi.json").json()["paths"]
    route = paths["/documents/{document_id}/pages/{number}.png"]["get"]
    assert route["responses"]["200"]["content"].keys() == {"image/png"}
    assert "304" in route["responses"]
    names = {parameter["name"]: parameter for parameter in route["parameters"]}
    assert names.keys() == {"document_id", "number", "start", "end", "if-none-match"}
    assert names["number"]["schema"]["minimum"] == 1
