"""What callers may send. Strict: a field that is not known is refused."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from indexes.types import Filters, Mode
from service.answering.types import Question, Release, Turn
from service.dialects.conversation import is_blank
from service.feedback import Feedback
from service.tracing import REQUEST_ID

# More groups, types or turns than this come from no person and no form.
_MANY = 100
_LONG_TEXT = 4000
# SQLite counts in 64 bits; nobody pages through this many documents, or characters of one.
_LARGEST_OFFSET = 2**31
LARGEST_PAGE = 1_000_000


def _unicode(text: str) -> str:
    """JSON can escape half a surrogate pair, which neither SQLite nor a tokenizer can take."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ValueError("holds half a surrogate pair; send whole characters") from exc
    return text


def _not_blank(text: str) -> str:
    if is_blank(text):
        raise ValueError("is blank; write a question")
    return text


def _moment(text: str) -> str:
    """A date as it is, a timestamp in UTC as the catalog writes it; without a zone it is UTC."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as exc:
        raise ValueError("is neither an ISO 8601 date nor a timestamp") from exc


Text = Annotated[str, AfterValidator(_unicode)]
QuestionText = Annotated[Text, AfterValidator(_not_blank)]
Moment = Annotated[str, AfterValidator(_moment)]
# Tuples: a default that can change is copied for every request.
Names = Annotated[tuple[Text, ...], Field(max_length=_MANY)]
Count = Annotated[int, Field(ge=1, le=100)]
Offset = Annotated[int, Field(ge=0, le=_LARGEST_OFFSET)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FilterRequest(_Request):
    """What to look at, of what the caller may see."""

    path_prefix: Text = ""
    type: Names = ()
    language: Names = ()
    tags: Names = ()
    date_from: Moment | None = None
    date_to: Moment | None = None

    def filters(self) -> Filters:
        """As the index takes them."""
        return Filters(
            path_prefix=self.path_prefix,
            types=frozenset(self.type),
            languages=frozenset(self.language),
            tags=frozenset(self.tags),
            date_from=self.date_from or "",
            date_to=self.date_to or "",
        )


def filters_of(given: FilterRequest | None) -> Filters:
    """The filters as the index takes them; those that let all pass where none are given."""
    return (given or FilterRequest()).filters()


class TurnRequest(_Request):
    """An earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: Text


class AskRequest(_Request):
    """A question. ``top_k`` passages are looked at; null is as good as left out.

    ``release`` says which sentences come back: "strict", those that are supported, or "flag", all
    with their verdicts; ``mask`` hides personal data in all that is shown.
    """

    question: QuestionText
    collection: Text | None = None
    history: Annotated[tuple[TurnRequest, ...], Field(max_length=_MANY)] | None = ()
    top_k: Count = 8
    filters: FilterRequest | None = None
    stream: bool = False
    release: Release | None = None
    mask: bool = False

    def asked(self, release: Release) -> Question:
        """As the answerer takes it; ``release`` holds where the caller does not say."""
        return Question(
            text=self.question,
            history=tuple(Turn(turn.role, turn.content) for turn in self.history or ()),
            top_k=self.top_k,
            filters=filters_of(self.filters),
            release=self.release or release,
            mask=self.mask,
        )


class SearchRequest(_Request):
    """A query. At most ``k`` passages come back."""

    query: QuestionText
    collection: Text | None = None
    k: Count = 10
    mode: Mode = Mode.HYBRID
    filters: FilterRequest | None = None


class ListingRequest(_Request):
    """A page of the documents of a collection."""

    collection: Text | None = None
    path_prefix: Text = ""
    offset: Offset = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class MarkRequest(_Request):
    """A passage of a document's text, by code points, to be marked on a page."""

    start: Offset | None = None
    end: Offset | None = None


class FeedbackRequest(_Request):
    """What somebody thought of the answer to a request."""

    request_id: Annotated[str, Field(pattern=rf"^{REQUEST_ID}$")]
    verdict: Literal["up", "down"]
    correction: Annotated[Text, Field(max_length=_LONG_TEXT)] | None = None
    document_id: Text | None = None
    comment: Annotated[Text, Field(max_length=_LONG_TEXT)] | None = None

    def given(self) -> Feedback:
        """As it is stored."""
        return Feedback(**self.model_dump())
