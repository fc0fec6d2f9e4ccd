"""What requests in foreign dialects share: who asks, of which collection, and what replies say."""

from time import time
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict

from indexes.errors import UnknownCollection
from service.answering.types import Question, Release
from service.api.asking import Posed, pose
from service.api.dependencies import Given
from service.api.schemas import Count, FilterRequest, filters_of
from service.dialects.conversation import Conversation
from service.dialects.links import Links
from service.dialects.openai_chat import Reply

# Names that mean whatever collection POST /ask asks when none is named.
_ANY = frozenset({"", "footnote"})
# Of a name that is repeated to who sent it; longer ones name nothing.
_NAME_CHARS = 100


class ForeignRequest(BaseModel):
    """A body whose unknown fields are ignored: the clients of these dialects send many."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Message(ForeignRequest):
    """A message of a conversation; its content is a text, or a list of parts."""

    role: str
    content: Any = None


class Options(BaseModel):
    """What POST /ask takes besides the question, under the key `footnote`; strict as there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_k: Count = 8
    filters: FilterRequest | None = None
    release: Release | None = None
    mask: bool = False


class Context(Given):
    """Everything that a route in a foreign dialect is given, besides its body."""

    __slots__ = ()

    @property
    def links(self) -> Links:
        """Links under the address that the operator made public, or else that was called."""
        base = self.service.settings.public_url or str(self.request.base_url)
        return Links(base.rstrip("/"))

    def collection(self, model: str | None) -> str:
        """The collection that ``model`` names, or the one that is meant where none is named.

        UnknownCollection when there is none of that name, or which is meant is not clear;
        SnapshotError when nothing of it can be served.
        """
        collections = self.service.collections
        named = model or ""
        anyone = named in _ANY and named not in collections.names()
        try:
            return collections.get(None if anyone else named).manifest.collection
        except UnknownCollection as exc:
            raise UnknownCollection(
                f"there is no collection {named[:_NAME_CHARS]!r} to ask; the `model`, or Dify's "
                "`knowledge_id`, is the name of a collection, and GET /v1/models lists them"
            ) from exc

    def reply(self, collection: str) -> Reply:
        """What every part of the reply repeats."""
        return Reply(self.request_id, int(time()), collection, self.links)

    def pose(self, said: Conversation, collection: str, options: Options | None = None) -> Posed:
        """What was said last, as a question of this caller."""
        chosen = options or Options()
        question = Question(
            text=said.question,
            history=said.history,
            top_k=chosen.top_k,
            filters=filters_of(chosen.filters),
            release=chosen.release or self.service.settings.release,
            mask=chosen.mask,
        )
        return pose(self, question, collection)


# A coroutine, so that it takes no thread; one dependency, for each costs as much as a look-up.
async def _context(request: Request) -> Context:
    return Context(request)


TheContext = Annotated[Context, Depends(_context)]
