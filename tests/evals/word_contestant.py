"""A contestant that really searches, by words shared, and needs no library: for the tests."""

import os
import re
from pathlib import Path

from evals.bench.contestant import Found, Given, answers
from evals.bench.dialogue import serve

LAST_WORDS = "asked for its last words"


class Words:
    """Documents by how many words of the question they hold; passages where there are those."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, str]] = []

    def build(self, given: Given, folder: Path) -> int:
        print("what is printed is no reply")
        texts = "\n".join(f"{name}\t{' '.join(text.split())}" for name, text in _corpus(given))
        (folder / "texts").write_text(texts, "utf-8")
        return texts.count("\n") + 1

    def open(self, given: Given, folder: Path) -> None:  # noqa: ARG002
        lines = (folder / "texts").read_text("utf-8").split("\n")
        self._texts = [(name, text) for name, _, text in (line.partition("\t") for line in lines)]

    def search(self, question: str, k: int) -> Found:
        if question == LAST_WORDS:
            raise SystemExit(LAST_WORDS)
        asked = _words(question)
        ranked = sorted(self._texts, key=lambda one: (-len(asked & _words(one[1])), one[0]))
        return Found(
            [name for name, _ in ranked[:k]], {"words": 0.25, "process": float(os.getpid())}
        )


def _corpus(given: Given) -> list[tuple[str, str]]:
    if given.vectors_file:
        return list(given.passages())
    return [(name, f"{title} {text}") for name, title, text in given.documents()]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


if __name__ == "__main__":
    serve(answers(Words()))
