"""The measurement of deletions: it sees what is told, and that nothing is told that should not."""

import json
from pathlib import Path

import pytest

from evals.bench.asking import Reply, lines_of, tells
from evals.bench.deletions import Told, kept_secret, main
from indexes.errors import UsageError
from tests.indexes.documents import make_document

TEXTS = {
    "leave.md": "Every parent gets twenty weeks of paid parental leave.",
    "pond/depth.md": "The pond of the warden is four metres deep in the month of May.",
    "travel.md": "Trains to Hanoi are booked through the travel desk of the house.",
}


def test_lines_of_a_document_are_its_own() -> None:
    own = "This line stands in one document alone."
    shared = "This line stands in two documents."
    quoted = 'A "quoted" line is written otherwise in JSON.'
    document = make_document("a.md", f"{own}\n{shared}\n{quoted}\nshort")
    assert lines_of(document, [make_document("b.md", f"x {shared}")]) == [own]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply("GET /documents", 200, json.dumps({"path": "pond/depth.md"})), True),
        (Reply("POST /search", 200, json.dumps({"document_id": "a" * 32})), True),
        (Reply("POST /ask", 200, f"event: sentence\ndata: {TEXTS['pond/depth.md']}"), True),
        (Reply("GET /documents/x/pages/1.png", 200, "\x89PNG"), True),
        (Reply("GET /documents/x/pages/1.png", 404, "no picture"), False),
        (Reply("GET /documents/a", 404, f"there is no document {'a' * 32}"), False),
        (Reply("GET /documents/a", 404, "pond/depth.md is hidden"), True),
        (Reply("POST /search", 200, "{}"), False),
    ],
)
def test_whether_a_reply_tells(reply: Reply, told: bool) -> None:  # noqa: FBT001
    document = make_document("pond/depth.md", TEXTS["pond/depth.md"], id="a" * 32)
    assert tells(reply, document, lines_of(document, [])) is told


def phases(**changed: Told) -> list[Told]:
    told = {
        "before": Told("before", "gone.md", 9, 4, 4),
        "run": Told("after the run", "gone.md", 9, 0, 0),
        "hidden": Told("after the run", "hidden.md", 9, 0, 4),
        "rollback": Told("after a rollback", "gone.md", 9, 0, 0),
        "as it was": Told("after a rollback --as-it-was", "gone.md", 9, 4, 4),
    }
    return list((told | changed).values())


def test_a_secret_is_kept_only_if_it_was_told_before_and_never_after() -> None:
    assert kept_secret(phases(), "gone.md")
    assert not kept_secret(phases(before=Told("before", "gone.md", 9, 0, 0)), "gone.md")
    assert not kept_secret(phases(run=Told("after the run", "gone.md", 9, 0, 1)), "gone.md")
    assert not kept_secret(phases(hidden=Told("after the run", "h.md", 9, 1, 4)), "gone.md")
    assert not kept_secret(phases(rollback=Told("after a rollback", "gone.md", 9, 1, 1)), "gone.md")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    for path, text in TEXTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"# {path}\n\n{text}\n", "utf-8")
    acl = '[[rule]]\npath = "**"\ngroups = ["*"]\n'
    (folder / ".footnote-acl.toml").write_text(acl)
    return folder


def test_a_real_service_tells_nothing_of_what_is_gone(
    docs: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_MODEL", str(tiny_model))
    options = ["--delete", "leave.md", "--withdraw", "pond/depth.md"]
    assert main([str(docs), *options]) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:10]]
    told = {(row[0].strip("| "), row[1]): (int(row[3]), int(row[4].strip(" |"))) for row in rows}
    assert min(told["before", "leave.md"]) >= 5
    assert min(told["before", "pond/depth.md"]) >= 5
    for phase in ("after the run", "after a rollback"):
        assert told[phase, "leave.md"] == (0, 0)
        to_reader, to_insider = told[phase, "pond/depth.md"]
        assert (to_reader, to_insider >= 5) == (0, True)
    assert min(told["after a rollback --as-it-was", "leave.md"]) >= 5


def test_a_document_that_is_not_there_proves_nothing(docs: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.md is none"):
        main([str(docs), "--delete", "absent.md", "--withdraw", "leave.md"])
