"""Examples of good answers, shown to a model before the question: few-shot prompting."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from indexes.errors import ConfigurationError
from indexes.language import analyze
from service.answering.types import Brief, Draft

_DIGEST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the passages it was asked of (numbered from 1), and how it should be answered.

    ``answer`` is empty where the passages do not answer.
    """

    language: str
    question: str
    passages: tuple[str, ...]
    answer: tuple[Draft, ...]


class Examples(Protocol):
    """Where examples come from: a file, or answers that people approved of.

    What is shown to one caller's model must be open to every caller.
    """

    @property
    def version(self) -> str:
        """Changes whenever a question may get other examples."""
        ...

    def for_brief(self, brief: Brief) -> Sequence[Example]:
        """The examples to show before its question, in its language; there may be none."""
        ...


class NearestExamples:
    """The ``shots`` examples in the question's language that are most like it.

    Like it are those that share most terms with it (Jaccard); examples near the question help most
    (J. Liu et al., "What Makes Good In-Context Examples for GPT-3?", 2022). Of several equally
    near, the first. One without an answer is kept among them, where there is one, for a model
    that sees only answers gives one always.
    """

    def __init__(self, examples: Sequence[Example], shots: int) -> None:
        self._examples = tuple(examples)
        self._shots = shots
        seen = repr((self._examples, shots)).encode()
        self.version = sha256(seen).hexdigest()[:_DIGEST_DIGITS]

    def for_brief(self, brief: Brief) -> Sequence[Example]:
        """The nearest, in the order of the file: a server remembers a prompt up to a change."""
        language = brief.language
        asked = _terms(brief.question.text, language)
        own = [each for each in self._examples if each.language == language]
        near = sorted(own, key=lambda each: -_jaccard(asked, _terms(each.question, language)))
        chosen = near[: self._shots]
        silent = next((each for each in near if not each.answer), None)
        if silent and self._shots > 1 and silent not in chosen:
            chosen[-1] = silent
        return sorted(chosen, key=own.index)


def read_examples(path: Path) -> tuple[Example, ...]:
    """The examples of a TOML file ([[example]] tables) or a JSONL file (an object a line).

    ConfigurationError when the file is missing or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            tables: object = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            tables = tomllib.loads(text).get("example")
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"The examples in {path} cannot be read: {exc}.") from exc
    return examples_of(tables, str(path))


def examples_of(tables: object, origin: str) -> tuple[Example, ...]:
    """The examples that a list of tables spells out. ConfigurationError names what is wrong."""
    if not isinstance(tables, list):
        raise ConfigurationError(f"There are no [[example]] tables in {origin}.")
    return tuple(
        _example(table, f"Example {number} of {origin}") for number, table in enumerate(tables, 1)
    )


def _example(table: object, which: str) -> Example:
    match table:
        case {
            "language": str(language),
            "question": str(question),
            "passages": [*passages],
            "answer": [*answer],
        } if passages and all(isinstance(each, str) for each in passages):
            drafts = tuple(_draft(each, len(passages), which) for each in answer)
            return Example(language, question, tuple(map(str, passages)), drafts)
    raise ConfigurationError(
        f"{which} needs a language, a question, a list of passages and an answer: a list of "
        "sentences, each with its text and citations; an empty list for no answer."
    )


def _draft(sentence: object, passages: int, which: str) -> Draft:
    match sentence:
        case {"text": str(text), "citations": [*numbers]} if numbers:
            if all(isinstance(each, int) and 1 <= each <= passages for each in numbers):
                return Draft(text, tuple(map(int, numbers)))
    raise ConfigurationError(
        f"{which} has a sentence without text, or without citations of its {passages} passages."
    )


def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(analyze(text, language))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
