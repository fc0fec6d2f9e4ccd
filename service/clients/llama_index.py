"""Passages of Footnote for LlamaIndex: a retriever, to be handed to any query engine."""

import asyncio
from typing import Unpack

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from service.clients.client import AsyncFootnote, Footnote
from service.clients.types import Hit, SearchOptions, SearchResult

# What tells a model, or a vector, what the passage is about; the rest is for programs.
_TOLD = frozenset({"title", "section", "page"})
_EMBEDDED = frozenset({"title", "section"})


class FootnoteRetriever(BaseRetriever):
    """What POST /search finds, as nodes, best first; scores do not compare between queries.

    Where a query engine works without blocking, ``asynchronous`` is asked, which belongs to one
    event loop; without it ``client`` is, in a thread. FootnoteClientError when there is no result.
    """

    def __init__(
        self,
        client: Footnote,
        *,
        asynchronous: AsyncFootnote | None = None,
        callback_manager: CallbackManager | None = None,
        **options: Unpack[SearchOptions],
    ) -> None:
        """``options`` hold for every query: the collection, `k`, the mode, the filters."""
        super().__init__(callback_manager=callback_manager)
        self._client = client
        self._asynchronous = asynchronous
        self._options = options

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(self._client.search(query_bundle.query_str, **self._options))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if self._asynchronous is None:
            return await asyncio.to_thread(self._retrieve, query_bundle)
        return _nodes(await self._asynchronous.search(query_bundle.query_str, **self._options))


def _nodes(result: SearchResult) -> list[NodeWithScore]:
    return [NodeWithScore(node=_node(hit, result.snapshot), score=hit.score) for hit in result.hits]


def _node(hit: Hit, snapshot: str) -> TextNode:
    """The passage; metadata are plain values, since many stores take no others."""
    metadata = {
        "document_id": hit.document_id,
        "title": hit.title,
        "uri": hit.uri,
        "path": hit.path,
        "page": hit.page,
        "section": " > ".join(hit.section),
        "start": hit.start,
        "end": hit.end,
        "snapshot": snapshot,
    }
    return TextNode(
        id_=hit.chunk_id,
        text=hit.text,
        start_char_idx=hit.start,
        end_char_idx=hit.end,
        metadata=metadata,
        excluded_llm_metadata_keys=[name for name in metadata if name not in _TOLD],
        excluded_embed_metadata_keys=[name for name in metadata if name not in _EMBEDDED],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=hit.document_id)},
    )
