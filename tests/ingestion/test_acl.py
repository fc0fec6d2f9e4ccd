"""A rule that matches no file is refused or spoken of, and never silently without effect."""

import logging
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import ConfigurationError
from ingestion.acl import ACL_FILE, as_rules, audited, groups_of
from ingestion.sources import FolderSource
from tests.ingestion.library import LEAVE, SOURCE, TRAVEL, Library, acl
from tests.ingestion.test_scan import Pages

COMPOSED = unicodedata.normalize("NFC", "Nhân sự")
DECOMPOSED = unicodedata.normalize("NFD", "Nhân sự")
PATHS = ("hr/leave.md", "hr/pay/2026.md", f"{DECOMPOSED}/a.md", "travel.md")
names = st.text("ahr*?.", min_size=1, max_size=3)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
globs = paths.filter(lambda path: not path.startswith("./"))


def remarks(*patterns: str, paths: tuple[str, ...] = PATHS) -> list[str]:
    """What is said of rules that were asked about ``paths``."""
    rules = as_rules([{"path": pattern, "groups": ["hr"]} for pattern in patterns], "here")
    with audited() as audit:
        for path in paths:
            groups_of(path, rules)
    return audit.remarks()


@pytest.fixture
def mixed(library: Library) -> Library:
    """A folder in a folder, and a file beside it."""
    library.write("hr/leave.md", LEAVE)
    library.write("travel.md", TRAVEL)
    return library


def test_a_rule_that_names_a_folder_publishes_nothing(mixed: Library) -> None:
    mixed.write(ACL_FILE, acl(("**", "*"), ("hr", "hr")))
    with pytest.raises(
        ConfigurationError,
        match=rf"rule 2 of .*{ACL_FILE} matches no file: 'hr' is a folder; write 'hr/\*\*'",
    ):
        mixed.run()
    assert mixed.store.current() is None
    mixed.write(ACL_FILE, acl(("**", "*"), ("hr/**", "hr")))
    mixed.run()
    assert mixed.groups() == {"hr/leave.md": {"hr"}, "travel.md": {"*"}}


def test_so_does_one_further_down_or_in_the_configuration(mixed: Library) -> None:
    mixed.write("a/b/hr/leave.md", LEAVE)
    mixed.write(f"a/{ACL_FILE}", acl(("**", "*"), ("b/hr", "hr")))
    with pytest.raises(ConfigurationError, match=rf"rule 2 of .*/a/{ACL_FILE} .* 'b/hr/\*\*'"):
        mixed.run()
    mixed.write(f"a/{ACL_FILE}", acl(("**", "*")))
    rules = as_rules([{"path": "a/b", "groups": ["hr"]}], "sources.toml, source 'docs'")
    with pytest.raises(ConfigurationError, match=r"rule 1 of sources\.toml, source 'docs' matches"):
        mixed.run(FolderSource(mixed.root, SOURCE, rules))


def test_a_rule_without_any_file_is_spoken_of_and_the_run_goes_on(
    mixed: Library, caplog: pytest.LogCaptureFixture
) -> None:
    mixed.write(ACL_FILE, acl(("**", "*"), ("HR/**", "hr"), ("board/**", "board")))
    with caplog.at_level(logging.WARNING):
        assert mixed.run().published
    said = [record.getMessage() for record in caplog.records if "no file" in record.getMessage()]
    where = mixed.root / ACL_FILE
    assert said == [
        f"of the source docs: rule 2 of {where} matches no file: 'HR/**'; is 'hr/**' meant?",
        f"of the source docs: rule 3 of {where} matches no file: 'board/**'",
    ]


def test_what_a_feed_does_not_list_again_is_matched_too(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    class Ruled(Pages):
        def groups(self, path: str) -> frozenset[str]:
            return groups_of(path, rules)

    rules = as_rules([{"path": "hr/**", "groups": ["hr"]}], "here")
    pages = Ruled()
    pages.put("hr/leave.md", LEAVE)
    library.run(pages)
    pages.put("travel.md", TRAVEL)
    with caplog.at_level(logging.WARNING):
        library.run(pages)
    assert "matches no file" not in caplog.text
    rules = as_rules([{"path": "hr", "groups": ["hr"]}], "here")
    with pytest.raises(ConfigurationError, match="'hr' is a folder"):
        library.run(pages)


@pytest.mark.parametrize("folder", ["hr", "hr/pay", COMPOSED, DECOMPOSED])
def test_a_folder_is_refused_however_its_name_is_composed(folder: str) -> None:
    with pytest.raises(ConfigurationError, match="is a folder"):
        remarks("**", folder)


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("HR/**", "hr/**"),
        ("HR", "hr/**"),
        ("Hr/PAY/*.md", "hr/pay/*.md"),
        ("hr\\**", "hr/**"),
        ("*/pay", "*/pay/**"),
        ("?r", "?r/**"),
    ],
)
def test_another_spelling_of_a_folder_is_offered(pattern: str, meant: str) -> None:
    assert remarks(pattern) == [f"rule 1 of here matches no file: {pattern!r}; is {meant!r} meant?"]


@pytest.mark.parametrize("pattern", ["board/**", "hr/*.pdf", "hr/holidays.md", "", "."])
def test_a_rule_for_what_is_not_there_is_only_named(pattern: str) -> None:
    assert remarks(pattern) == [f"rule 1 of here matches no file: {pattern!r}"]


def test_rules_that_match_or_were_never_asked_are_not_spoken_of() -> None:
    assert remarks("**", "hr/**", "hr/leave.md", "*.md", "nhân*/**", "N*/**") == [
        "rule 5 of here matches no file: 'nhân*/**'"
    ]
    assert remarks("hr", paths=()) == []
    assert remarks("hr", paths=("hr",)) == [], "it is a file"


@given(st.lists(paths, min_size=1), st.lists(globs, min_size=1))
def test_a_rule_is_spoken_of_or_refused_if_and_only_if_it_matches_no_file(
    files: list[str], patterns: list[str]
) -> None:
    silent = 0
    for pattern in patterns:
        rules = as_rules([{"path": pattern, "groups": ["hr"]}], "here")
        matches = any(groups_of(path, rules) for path in files)
        try:
            spoken = bool(remarks(pattern, paths=tuple(files)))
        except ConfigurationError:
            spoken = any(path.startswith(f"{pattern}/") for path in files)
        silent += spoken == matches
    assert silent == 0


def test_outside_of_an_audit_nothing_is_noted(tmp_path: Path) -> None:
    (tmp_path / "hr").mkdir()
    (tmp_path / "hr" / "a.md").touch()
    (tmp_path / ACL_FILE).write_text(acl(("hr", "hr")))
    with audited() as audit:
        pass
    assert [file.groups for file in FolderSource(tmp_path).files()] == [frozenset()]
    assert audit.remarks() == []
