"""Folders as sources: which files they hold, who may see them, and what cannot be read."""

import os
import time
import unicodedata
from pathlib import Path

import pytest

from indexes.errors import ConfigurationError, SourceError
from ingestion.acl import ACL_FILE, as_rules, common_groups, groups_of, read_rules
from ingestion.sources import FolderSource
from tests.ingestion.library import acl

UNREADABLE_NAME = b"caf\xe9.txt"  # Latin-1: no UTF-8


def write(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)


def paths_of(root: Path) -> list[str]:
    return [file.path for file in FolderSource(root).files()]


def groups_under(root: Path, rules: str, path: str) -> set[str]:
    (root / ACL_FILE).write_text(rules, "utf-8")
    return set(groups_of(path, read_rules(root)))


def test_files_come_in_order_of_path_with_what_is_known_of_them(tmp_path: Path) -> None:
    root = tmp_path / "wiki"
    write(root, "b/2.md", "a.PDF", "b/1.md", "Nghỉ phép/休假 100%.txt")
    os.utime(root / "a.PDF", (0, 1_700_000_000))
    source = FolderSource(root)
    files = list(source.files())
    assert [file.path for file in files] == ["Nghỉ phép/休假 100%.txt", "a.PDF", "b/1.md", "b/2.md"]
    pdf = files[1]
    assert (pdf.source, pdf.uri, pdf.type, pdf.stem) == ("wiki", "wiki/a.PDF", "pdf", "a")
    assert pdf.updated_at == "2023-11-14T22:13:20Z"
    assert pdf.groups == {"*"}
    assert "%20" in files[0].uri
    assert files[0].uri.isascii()
    assert [source.read(file).decode() for file in files] == [file.path for file in files]


def test_its_name_is_the_folders_unless_given(tmp_path: Path) -> None:
    root = tmp_path / "wiki"
    root.mkdir()
    assert FolderSource(root).name == "wiki"
    assert FolderSource(root / "." / "..", "all").name == "all"
    assert FolderSource(root / ".." / "wiki").location == root.as_uri()


def test_hidden_files_and_links_are_left_out(tmp_path: Path) -> None:
    root = tmp_path / "wiki"
    write(root, "seen.md", ".hidden.md", ".git/config", "b/.cache/x.md")
    outside = tmp_path / "outside"
    write(outside, "secret.md")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    (root / "dangling.md").symlink_to(tmp_path / "nowhere")
    os.mkfifo(root / "pipe.md")
    (root / ACL_FILE).write_text("")
    assert paths_of(root) == ["seen.md"]


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert paths_of(tmp_path) == []


@pytest.mark.parametrize("name", ["missing", "file.md"])
def test_what_is_no_folder_is_said(tmp_path: Path, name: str) -> None:
    write(tmp_path, "file.md")
    with pytest.raises(SourceError, match=rf"{name} does not exist or is not a folder"):
        list(FolderSource(tmp_path / name).files())


def test_a_folder_that_cannot_be_listed_is_not_taken_for_empty(tmp_path: Path) -> None:
    write(tmp_path, "open/a.md", "closed/b.md")
    closed = tmp_path / "closed"
    closed.chmod(0)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("this user may read every folder")
        with pytest.raises(SourceError, match="nothing is taken for deleted"):
            list(FolderSource(tmp_path).files())
    finally:
        closed.chmod(0o700)


def test_a_file_that_vanishes_while_the_folder_is_read_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md", "c.md")
    source = FolderSource(tmp_path)
    files = source.files()
    first = next(files)
    (tmp_path / "b.md").unlink()
    assert [file.path for file in files] == ["c.md"]
    (tmp_path / "a.md").unlink()
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        source.read(first)


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def version(root: Path, path: str) -> str:
    (file,) = (file for file in FolderSource(root).files() if file.path == path)
    return file.version


def test_a_version_tells_size_time_and_inode(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    age(tmp_path / "a.md", 60)
    status = (tmp_path / "a.md").stat()
    first = version(tmp_path, "a.md")
    assert first == f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
    (tmp_path / "a.md").write_text("b.md")
    os.utime(tmp_path / "a.md", ns=(status.st_mtime_ns, status.st_mtime_ns + 1))
    assert version(tmp_path, "a.md") not in {first, ""}
    os.utime(tmp_path / "b.md", ns=(status.st_mtime_ns, status.st_mtime_ns))
    (tmp_path / "b.md").replace(tmp_path / "a.md")
    assert version(tmp_path, "a.md") not in {first, ""}


@pytest.mark.parametrize(("seconds", "known"), [(0, False), (1, False), (3, True), (-60, False)])
def test_a_file_that_may_still_change_has_no_version(
    tmp_path: Path, seconds: float, *, known: bool
) -> None:
    write(tmp_path, "a.md")
    age(tmp_path / "a.md", seconds)
    assert bool(version(tmp_path, "a.md")) is known


def test_a_permissions_file_further_down_narrows_what_is_below_it(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "hr/b.md", "hr/open/c.md", "hr-2/d.md", "x.footnote-acl.toml")
    (tmp_path / "hr" / ACL_FILE).write_text(acl(("**", "hr"), ("open/**", "*")))
    groups = {file.path: set(file.groups) for file in FolderSource(tmp_path).files()}
    assert groups == {
        "a.md": {"*"},
        "hr-2/d.md": {"*"},
        "hr/b.md": {"hr"},
        "hr/open/c.md": {"*"},
        "x.footnote-acl.toml": {"*"},
    }
    (tmp_path / ACL_FILE).write_text(acl(("**", "staff")))
    groups = {file.path: set(file.groups) for file in FolderSource(tmp_path).files()}
    assert (groups["hr/b.md"], groups["hr/open/c.md"]) == (set(), {"staff"})
    (tmp_path / "hr" / ACL_FILE).write_text("[[rule")
    with pytest.raises(ConfigurationError, match=f"hr/{ACL_FILE} cannot be read"):
        paths_of(tmp_path)


def test_configured_rules_hold_together_with_the_folders_own(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "hr/b.md")
    rules = as_rules([{"path": "hr/**", "groups": ["hr"]}], "sources.toml")
    groups = {file.path: set(file.groups) for file in FolderSource(tmp_path, rules=rules).files()}
    assert groups == {"a.md": set(), "hr/b.md": {"hr"}}
    (tmp_path / ACL_FILE).write_text(acl(("**", "*")))
    assert {
        file.path: set(file.groups) for file in FolderSource(tmp_path, rules=rules).files()
    } == groups
    (tmp_path / ACL_FILE).write_text(acl(("**", "staff")))
    files = FolderSource(tmp_path, rules=rules).files()
    assert [set(file.groups) for file in files] == [set(), set()]


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("*", "a", "a"),
        ("a", "*", "a"),
        ("*", "*", "*"),
        ("ab", "bc", "b"),
        ("a", "b", ""),
        ("", "*", ""),
    ],
)
def test_common_groups(one: str, other: str, both: str) -> None:
    assert common_groups(frozenset(one), frozenset(other)) == frozenset(both)


def test_a_name_that_is_not_utf_8_is_listed_and_refused(tmp_path: Path) -> None:
    write(tmp_path, "plain.txt")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + UNREADABLE_NAME))).write_text("x")
    source = FolderSource(tmp_path)
    broken, plain = source.files()
    assert (broken.path, plain.path) == ("caf\\xe9.txt", "plain.txt")
    broken.path.encode()
    with pytest.raises(SourceError, match="cannot be read"):
        source.read(broken)


def test_with_no_permissions_file_all_is_public(tmp_path: Path) -> None:
    assert read_rules(tmp_path) is None
    assert groups_of("any/thing.md", None) == {"*"}


def test_with_one_what_no_rule_matches_is_for_nobody(tmp_path: Path) -> None:
    assert groups_under(tmp_path, "", "a.md") == set()
    assert groups_under(tmp_path, acl(("hr/**", "hr")), "a.md") == set()


def test_the_last_rule_that_matches_wins(tmp_path: Path) -> None:
    rules = acl(("**", "*"), ("hr/**", "hr"), ("hr/open.md", "staff"))
    for path, group in (("a.md", "*"), ("hr/pay/2026.md", "hr"), ("hr/open.md", "staff")):
        assert groups_under(tmp_path, rules, path) == {group}
    assert groups_under(tmp_path, acl(("hr/**", "hr"), ("**", "*")), "hr/a.md") == {"*"}
    withdrawn = '[[rule]]\npath = "**"\ngroups = ["a", "b"]\n[[rule]]\npath = "x"\ngroups = []\n'
    assert groups_under(tmp_path, withdrawn, "y") == {"a", "b"}
    assert groups_under(tmp_path, withdrawn, "x") == set()


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("hr/**", ["hr/a.md", "hr/b/c.md"], ["hr", "hr.md", "x/hr/a.md", "HR/a.md"]),
        ("*", ["a.md"], ["hr/a.md"]),
        ("*.md", ["a.md", ".md"], ["a.mdx", "hr/a.md"]),
        ("hr/*/x.md", ["hr/a/x.md"], ["hr/x.md", "hr/a/b/x.md"]),
        ("**/x.md", ["x.md", "a/x.md", "a/b/x.md"], ["ax.md", "x.md/y"]),
        ("hr/**/x.md", ["hr/x.md", "hr/a/b/x.md"], ["hr/ax.md"]),
        ("?.md", ["a.md", "休.md"], [".md", "ab.md", "/.md"]),
        ("a+(b).[md]", ["a+(b).[md]"], ["aab.m"]),
        ("**", ["a", "a/b\nc"], []),
        ("人事/**", ["人事/薪资.md"], ["人事.md"]),
    ],
)
def test_globs(tmp_path: Path, pattern: str, matching: list[str], other: list[str]) -> None:
    rules = acl((pattern, "g"))
    assert [path for path in matching if not groups_under(tmp_path, rules, path)] == []
    assert [path for path in other if groups_under(tmp_path, rules, path)] == []


COMPOSED = unicodedata.normalize("NFC", "Nhân sự")
DECOMPOSED = unicodedata.normalize("NFD", "Nhân sự")


@pytest.mark.parametrize(
    ("ruled", "written"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)], ids=["NFC", "NFD"]
)
def test_a_rule_holds_however_the_name_is_composed(
    tmp_path: Path, ruled: str, written: str
) -> None:
    rules = acl(("**", "*"), (f"{ruled}/**", "hr"))
    path = f"{written}/lương.md"
    assert groups_under(tmp_path, rules, path) == {"hr"}
    write(tmp_path, path)
    (file,) = FolderSource(tmp_path).files()
    assert (file.path, file.groups) == (path, frozenset({"hr"}))
    assert FolderSource(tmp_path).read(file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[[rule", "cannot be read"),
        (b"\xff", "cannot be read"),
        ("rules = []", r"may hold only \[\[rule\]\] tables; found \['rules'\]"),
        ('rule = "x"', "may hold only"),
        ("rule = [1]", "rule 1 of"),
        ("[[rule]]\npath = 'a'", "rule 1 of"),
        ("[[rule]]\npath = 'a'\ngroups = 'hr'", "rule 1 of"),
        ("[[rule]]\npath = 'a'\ngroups = [1]", "rule 1 of"),
        ("[[rule]]\npath = 'a'\ngroups = ['']", "rule 1 of"),
        ("[[rule]]\npath = 1\ngroups = ['hr']", "rule 1 of"),
        (f"{acl(('a', 'hr'))}allow = true", "rule 1 of"),
        (f"{acl(('**', '*'))}{acl(('/hr/**', 'hr'))}", r"rule 2 .* '/hr/\*\*' must be relative"),
        (acl(("hr/", "hr")), "rule 1 .* matches no file"),
        (acl(("./hr/**", "hr")), "rule 1 .* matches no file"),
    ],
)
def test_a_permissions_file_that_is_not_understood_is_refused(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    write(tmp_path, "a.md")
    (tmp_path / ACL_FILE).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigurationError, match=reason) as caught:
        paths_of(tmp_path)
    assert ACL_FILE in str(caught.value)


@pytest.mark.parametrize("kind", ["a folder", "a link to nowhere"])
def test_a_permissions_file_that_cannot_be_read_makes_nothing_public(
    tmp_path: Path, kind: str
) -> None:
    if kind == "a folder":
        (tmp_path / ACL_FILE).mkdir()
    else:
        (tmp_path / ACL_FILE).symlink_to(tmp_path / "unmounted" / "rules.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        paths_of(tmp_path)
