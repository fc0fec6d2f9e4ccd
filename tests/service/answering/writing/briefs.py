"""What the tests of writing ask: numbered passages, briefs, and the drafts they expect."""

from collections.abc import Iterable, Sequence

from indexes.types import Chunk, DocumentInfo, Hit
from service.answering.types import Author, Brief, Draft, Evidence, Question, Usage, Written
from service.answering.writing.structured import as_json

LEAVE = Question("How long is parental leave?")
KNOWN = frozenset({1, 2, 3})
# What a model is made to write, and as it writes it.
PAID, LONG = Draft("Leave is paid.", (2,)), Draft("It is long.", (1,))
JSON = as_json([PAID, LONG])


def passage(
    number: int, text: str, title: str = "Handbook", section: tuple[str, ...] = ("Leave",)
) -> Evidence:
    """A numbered passage, the only chunk of its document."""
    document = DocumentInfo(
        id=f"{number:032x}",
        collection="handbook",
        source="wiki",
        path=f"{number}.md",
        uri=f"file:///wiki/{number}.md",
        title=title,
        type="md",
        language="en",
        content_hash="0" * 64,
        updated_at="2024-05-17T08:00:00Z",
        groups=frozenset("*"),
    )
    chunk = Chunk(
        id=f"{document.id}-00000",
        document_id=document.id,
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        page=None,
        section=section,
    )
    return Evidence(number, text, 0, len(text), (Hit(number, 1.0, chunk, document),))


def passages(texts: Sequence[str]) -> tuple[Evidence, ...]:
    return tuple(passage(number, text) for number, text in enumerate(texts, 1))


EVIDENCE = passages(["Leave is twenty weeks.", "Leave is paid.", "The office opens at eight."])


def brief(
    question: Question = LEAVE, language: str = "en", evidence: Sequence[Evidence] = EVIDENCE
) -> Brief:
    return Brief(question, language, tuple(evidence))


def drafts(*pairs: tuple[str, tuple[int, ...]]) -> list[Draft]:
    return [Draft(text, numbers) for text, numbers in pairs]


def drafts_of(written: Iterable[Written]) -> list[Draft]:
    return [item for item in written if isinstance(item, Draft)]


def authors_of(written: Iterable[Written]) -> list[Author]:
    return [item for item in written if isinstance(item, Author)]


def usage_of(written: Iterable[Written]) -> Usage:
    (usage,) = (item for item in written if isinstance(item, Usage))
    return usage
