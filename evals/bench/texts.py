"""Large folders of distinct documents, made of the paragraphs of real ones."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from evals.corpus import CORPUS_FILE
from evals.jsonl import records
from indexes.errors import UsageError

# Words of a paragraph: enough for a chunk of its own, too few for two.
LEAST_WORDS, MOST_WORDS = 60, 110
_PER_FOLDER = 1000


def paragraphs(folders: Sequence[Path]) -> list[str]:
    """Distinct paragraphs of about 60 to 110 words of the corpora in ``folders``, in their order.

    Meant for languages that put spaces between words. UsageError where there are none.
    """
    found = dict.fromkeys(
        part
        for folder in folders
        for record in records(folder / CORPUS_FILE)
        for part in _cut(record.string("text", ""))
    )
    if not found:
        raise UsageError(f"no paragraph of {LEAST_WORDS} words in {', '.join(map(str, folders))}")
    return list(found)


def _cut(text: str) -> Iterator[str]:
    """Runs of sentences; what is too short at the end is left out, markup is taken for words."""
    run: list[str] = []
    for word in text.split():
        run.append(word.lstrip("#>|*-`=~") or "-")
        ended = word[-1] in ".!?:;" and len(run) >= LEAST_WORDS
        if ended or len(run) >= MOST_WORDS:
            yield " ".join(run)
            run = []


def document(texts: Sequence[str], number: int, size: int) -> str:
    """The Markdown document of this number: ``size`` sections, each with a heading of its own.

    The paragraphs go round; the headings make every section distinct.
    """
    sections = (
        f"## Record {number}.{place}\n\n{texts[(number * size + place) % len(texts)]}\n"
        for place in range(size)
    )
    return "\n".join([f"# Register {number}\n", *sections])


def path_of(number: int) -> str:
    """Where in its folder the document of this number is."""
    return f"{number // _PER_FOLDER:03d}/{number:06d}.md"


def write_documents(root: Path, texts: Sequence[str], count: int, size: int = 1) -> None:
    """``count`` documents of ``size`` sections each."""
    for number in range(count):
        file = root / path_of(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(document(texts, number, size), "utf-8")


def chosen(count: int, share: float, seed: str) -> list[int]:
    """At least one, and ``share``, of ``count`` numbers, by the hash of the number and ``seed``."""
    ranked = sorted(range(count), key=lambda n: sha256(f"{seed}:{n}".encode()).digest())
    return sorted(ranked[: max(1, round(count * share))])
