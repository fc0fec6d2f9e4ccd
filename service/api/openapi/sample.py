"""One small answer, and what it rests on: every example of a reply is told from it."""

from indexes.types import Chunk, Document, DocumentInfo, Hit, chunk_id, document_id
from service.answering.types import (
    Answer,
    Check,
    Citation,
    Event,
    Evidence,
    EvidenceFound,
    Method,
    Sentence,
    SentenceReady,
    Verdict,
)
from service.api.related import Related, RelatedReply
from service.dialects.links import Links
from service.dialects.openai_chat import Reply

COLLECTION = "wiki"
QUESTION = "How many weeks of paid parental leave does a parent get?"
QUERY = "parental leave"
SNAPSHOT = "20261121T020003123456Z-9f2c4d5e6a7b"
REQUEST_ID = "7f8c1f0c2b6d4e0f9a3b5c7d9e1f2a4b"
_CREATED = 1_795_226_403  # seconds since 1970: when the snapshot was made
LINKS = Links("https://footnote.example")
REPLY = Reply(REQUEST_ID, _CREATED, COLLECTION, LINKS)

_PATH, _TITLE = "guide/leave.md", "Parental leave"
_SENTENCE = "Every parent gets twenty weeks of paid parental leave."
_TEXT = f"{_TITLE}\n\n{_SENTENCE}"

_INFO = DocumentInfo(
    id=document_id(COLLECTION, "docs", _PATH),
    collection=COLLECTION,
    source="docs",
    path=_PATH,
    uri=f"docs/{_PATH}",
    title=_TITLE,
    type="md",
    language="en",
    content_hash="",
    updated_at="2026-11-03T09:30:00Z",
    groups=frozenset({"*"}),
)
DOCUMENT = Document(_INFO, _TEXT)
_START = _TEXT.index(_SENTENCE)
_CHUNK = Chunk(
    id=chunk_id(_INFO.id, 0),
    document_id=_INFO.id,
    ordinal=0,
    text=_TEXT,
    start=0,
    end=len(_TEXT),
    page=None,
    section=(_TITLE,),
)
HIT = Hit(1, 0.94, _CHUNK, _INFO, {"dense": 0.75, "lexical": 1.97, "late": 0.89})
_CITATION = Citation(
    label=1,
    document=_INFO,
    chunk_id=_CHUNK.id,
    section=_CHUNK.section,
    quote=_SENTENCE,
    start=_START,
    end=len(_TEXT),
    page=None,
)
_CHECKED = Sentence(
    text=_SENTENCE,
    start=0,
    end=len(_SENTENCE),
    checks=(Check(1, Verdict.SUPPORTED, 1.0, Method.QUOTE),),
    verdict=Verdict.SUPPORTED,
    score=1.0,
)
ANSWER = Answer(
    text=_SENTENCE,
    abstained=False,
    reason=None,
    language="en",
    sentences=(_CHECKED,),
    citations=(_CITATION,),
    snapshot=SNAPSHOT,
    generator="extractive",
    timings_ms={"embed": 1.2, "lexical": 0.3, "dense": 0.2, "read": 4.1, "total": 7.4},
    question=QUESTION,
)
EVENTS: tuple[Event, ...] = (
    EvidenceFound((Evidence(1, _TEXT, 0, len(_TEXT), (HIT,)),), SNAPSHOT, QUESTION),
    SentenceReady(_CHECKED, (_CITATION,)),
    ANSWER,
)


class Alone(Related):
    """What is around a document that has no copies, no mail and no cells: nothing to look up."""

    def __init__(self) -> None:
        """It has no catalog."""

    def duplicates(self, info: DocumentInfo) -> list[RelatedReply]:  # noqa: ARG002
        """None."""
        return []

    def attached_to(self, info: DocumentInfo) -> RelatedReply | None:  # noqa: ARG002
        """To none."""
        return None

    def cells(self, hit: Hit) -> list[str]:  # noqa: ARG002
        """None."""
        return []
