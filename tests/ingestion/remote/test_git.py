"""A Git repository over HTTP: one branch without its history, and what changed since a commit."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexes.errors import ConfigurationError, SourceError, SourceGone
from ingestion.acl import ACL_FILE, as_rules
from ingestion.remote.git import GitSource, Repository
from ingestion.remote.git_copy import FETCH, GitCopy
from ingestion.remote.secret import Secret
from ingestion.types import Changes, Feed
from tests.ingestion.library import acl
from tests.ingestion.remote.git_server import Forge, serving
from tests.ingestion.remote.servers import LOOPBACK, PUBLIC

FILES: dict[str, str | bytes | None] = {
    "README.md": "# Handbook",
    "hr/leave.md": "Twenty weeks.",
    "hr/nghỉ phép.md": "Mười hai ngày.",
    "pictures/logo.png": b"\x89PNG",
    ".github/workflow.md": "hidden",
}
HASTY = replace(FETCH, silence=5.0, attempts=3, pause=0.01)


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    if shutil.which("git") is None:
        pytest.skip("git, which serves the repository, is not installed")
    with serving(tmp_path / "work") as served:
        served.commit(FILES)
        yield served


def source(forge: Forge, **options: object) -> GitSource:
    kept = {key: options.pop(key) for key in ("address_rule", "rules") if key in options}
    login, limits = options.pop("login", None), options.pop("limits", HASTY)
    copy = GitCopy(forge.work.parent / "copy", forge.url, login=login, limits=limits)  # type: ignore[arg-type]
    repository = Repository(forge.url, **options)  # type: ignore[arg-type]
    return GitSource("handbook", repository, copy, **({"address_rule": LOOPBACK} | kept))  # type: ignore[arg-type]


def paths(changes: Changes) -> list[str]:
    return [file.path for file in changes.files]


def test_the_files_of_a_branch(forge: Forge) -> None:
    handbook = source(forge, link="https://forge.example/blob/main/{path}")
    assert isinstance(handbook, Feed)
    files = list(handbook.files())
    assert [file.path for file in files] == sorted(path for path in FILES if path[0] != ".")
    assert [handbook.read(file) for file in files[:2]] == [b"# Handbook", b"Twenty weeks."]
    leave = files[2]
    assert leave.uri == "https://forge.example/blob/main/hr/ngh%E1%BB%89%20ph%C3%A9p.md"
    assert len(leave.version) == 40
    assert source(forge).read(leave).decode() == "Mười hai ngày."
    assert next(source(forge).files()).uri == "handbook/README.md"


def test_what_changed_since_a_commit(forge: Forge) -> None:
    handbook = source(forge)
    first = handbook.changes("")
    assert first.complete
    unchanged = source(forge).changes(first.cursor)
    assert (unchanged.complete, unchanged.files, unchanged.gone) == (False, (), frozenset())
    forge.commit({"README.md": "# New", "hr/new.md": "new", "hr/leave.md": None})
    forge.commit({"late.md": "late"})
    changes = source(forge).changes(first.cursor)
    assert not changes.complete
    assert paths(changes) == ["README.md", "hr/new.md", "late.md"]
    assert changes.gone == {"hr/leave.md"}
    assert source(forge).changes(changes.cursor).files == ()
    forge.commit({"README.md": "# Handbook"})
    again = source(forge).changes(changes.cursor)
    assert again.files[0].version == first.files[0].version


def test_only_the_branch_of_now_is_fetched(forge: Forge) -> None:
    big = os.urandom(400_000)
    forge.commit({"big.bin": big})
    forge.commit({"big.bin": None})
    list(source(forge).files())
    packs = (forge.work.parent / "copy" / "objects" / "pack").glob("*.pack")
    assert sum(pack.stat().st_size for pack in packs) < len(big)


@pytest.mark.parametrize("cursor", ["rubbish", "0" * 40, "a b", "z z z"])
def test_a_cursor_that_is_not_understood_asks_for_everything(forge: Forge, cursor: str) -> None:
    fingerprint = Repository(forge.url).fingerprint
    assert source(forge).changes(cursor).complete
    assert source(forge).changes(f"{cursor} {fingerprint}").complete
    assert source(forge).changes(f"{'0' * 40} {fingerprint}").complete


def test_globs_and_folders_choose_files(forge: Forge) -> None:
    chosen = source(forge, include=("**/*.md",)).changes("")
    assert paths(chosen) == ["README.md", "hr/leave.md", "hr/nghỉ phép.md"]
    inside = source(forge, folder="hr/", link="https://forge.example/{path}")
    assert paths(inside.changes("")) == ["leave.md", "nghỉ phép.md"]
    assert next(inside.files()).uri == "https://forge.example/hr/leave.md"
    assert inside.read(next(inside.files())) == b"Twenty weeks."
    assert source(forge).changes(chosen.cursor).complete
    with pytest.raises(SourceError, match=r"has no folder 'h/' .* nothing is taken for deleted"):
        source(forge, folder="h").changes("")


def test_a_branch_is_chosen_by_name(forge: Forge) -> None:
    assert paths(source(forge, branch="main").changes(""))
    with pytest.raises(SourceError, match="has no branch 'next'; nothing is taken for deleted"):
        source(forge, branch="next").changes("")


def test_links_are_left_out(forge: Forge) -> None:
    (forge.work / "link.md").symlink_to("/etc/passwd")
    forge.commit_all()
    assert "link.md" not in paths(source(forge).changes(""))


def test_large_files_kept_elsewhere_are_said(forge: Forge) -> None:
    forge.commit({"a.pdf": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"})
    handbook = source(forge)
    (pointer,) = (file for file in handbook.files() if file.path == "a.pdf")
    with pytest.raises(SourceError, match="Git LFS"):
        handbook.read(pointer)


def test_the_repositorys_own_rules_hold_also_above_the_folder(forge: Forge) -> None:
    forge.commit({ACL_FILE: acl(("**", "*"), ("hr/**", "hr")), f"hr/{ACL_FILE}": acl(("l*", "*"))})
    groups = {file.path: set(file.groups) for file in source(forge).files()}
    assert groups["README.md"] == {"*"}
    assert (groups["hr/leave.md"], groups["hr/nghỉ phép.md"]) == ({"hr"}, set())
    assert ACL_FILE not in groups
    inside = source(forge, folder="hr", rules=as_rules([{"path": "**", "groups": ["x", "hr"]}], ""))
    assert inside.groups("leave.md") == {"hr"}
    forge.commit({f"hr/{ACL_FILE}": "[[rule"})
    with pytest.raises(ConfigurationError, match=f"hr/{ACL_FILE} of http"):
        list(source(forge).files())


def test_a_password_is_sent_and_never_shown(forge: Forge) -> None:
    forge.login = ("oauth2", "hunter2-and-more")
    secret = Secret("GIT_TOKEN", "hunter2-and-more")
    assert paths(source(forge, login=("oauth2", secret)).changes(""))
    wrong = Secret("GIT_TOKEN", "hunter3-and-less")
    for login in (None, ("oauth2", wrong)):
        refused = source(forge, login=login)
        with pytest.raises(SourceError, match="check the source's user and token") as caught:
            refused.changes("")
        assert wrong.value not in f"{caught.value!r} {refused.location} {wrong!r}"


def test_what_may_pass_is_tried_again(forge: Forge) -> None:
    forge.statuses = ["503 Busy", "502 Bad"]
    assert paths(source(forge).changes(""))
    forge.statuses = ["503 Busy"] * 3
    with pytest.raises(SourceError, match="503"):
        source(forge).changes("")
    assert forge.statuses == []


@pytest.mark.parametrize("damage", ["packs", "head", "half"])
def test_a_damaged_copy_is_made_anew(forge: Forge, damage: str) -> None:
    first = source(forge).changes("")
    copy = forge.work.parent / "copy"
    match damage:
        case "packs":
            shutil.rmtree(copy / "objects")
        case "head":
            (copy / "HEAD").unlink()
        case "half":
            for pack in (copy / "objects" / "pack").iterdir():
                pack.chmod(0o600)
                pack.write_bytes(pack.read_bytes()[:40])
    again = source(forge)
    assert paths(again.changes("")) == paths(first)
    assert again.read(first.files[0]) == b"# Handbook"


def test_a_fetch_is_bounded(forge: Forge) -> None:
    with pytest.raises(SourceError, match="sends more than 50 bytes"):
        source(forge, limits=replace(HASTY, bytes=50)).changes("")


def test_a_private_address_is_refused(forge: Forge) -> None:
    with pytest.raises(SourceError, match=r"'handbook' led to '127\.0\.0\.1'"):
        source(forge, address_rule=PUBLIC).changes("")
    assert forge.requests == []


def test_an_address_without_a_repository_is_said(forge: Forge) -> None:
    forge.statuses = ["404 Not Found"]
    with pytest.raises(SourceGone, match="no Git repository; check the source's url"):
        source(forge).changes("")


def test_a_proxy_of_the_environment_is_not_used(
    forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert paths(source(forge).changes(""))
