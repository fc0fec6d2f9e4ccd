"""Versions of the prompt: those that come with Footnote, and those that an operator writes."""

from pathlib import Path

import pytest

from indexes.errors import ConfigurationError
from service.answering.writing.prompts import read_prompt

WORDS = """
system = "Answer in $language. $rule $silence"
user = "$passages marked $fence. $question $reminder"
[text]
rule = "Cite."
silence = "Say nothing."
reminder = "Now."
[json]
rule = "Cite."
silence = "Say nothing."
reminder = "Now."
"""


def written(folder: Path, text: str) -> str:
    path = folder / "short.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_version_keeps_its_words() -> None:
    """What answers name must mean one thing: other words are another version, in another file."""
    assert read_prompt("answer-2").digest == "28ddc5b2"


def test_the_examples_of_a_version_show_an_answer_and_a_silence_in_each_language() -> None:
    shown = {(each.language, bool(each.answer)) for each in read_prompt("answer-2").examples}
    assert shown == {(language, said) for language in ("en", "vi", "zh") for said in (True, False)}


def test_a_file_is_a_version_whose_name_changes_with_its_words(tmp_path: Path) -> None:
    first = read_prompt(written(tmp_path, WORDS))
    assert first.name == f"short@{first.digest}"
    assert first.examples == ()
    assert first.system.substitute(language="English", rule="1", silence="2") == (
        "Answer in English. 1 2"
    )
    second = read_prompt(written(tmp_path, WORDS.replace("Now", "Here")))
    assert second.name != first.name


@pytest.mark.parametrize("version", ["answer-0", "/nowhere/answer.toml", "../answer-2"])
def test_a_version_that_is_not_there_is_refused(version: str) -> None:
    with pytest.raises(ConfigurationError, match="FOOTNOTE_LLM_PROMPT"):
        read_prompt(version)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("$passages", "passages", r"'user'.*needed are \$fence, \$passages, \$question"),
        ("$rule", "$rules", r"'system'.*may hold \$language, \$rule, \$silence"),
        ("$rule", "5$", "'system'"),
        ('system = "Answer in $language. $rule $silence"', "", "'system'"),
        ("[json]", "[yaml]", r"\[json\]"),
        ('reminder = "Now."', "reminder = 1", r"\[text\]"),
        ("[text]", "[text", "cannot be read"),
        ("[text]", "example = 3\n[text]", "example"),
    ],
)
def test_a_file_that_is_no_prompt_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_prompt(written(tmp_path, WORDS.replace(old, new)))


def test_a_prompt_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_prompt(str(path))
