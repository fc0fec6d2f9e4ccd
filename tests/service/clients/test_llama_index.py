"""The retriever in LlamaIndex's own query engine: what it shows is what POST /search finds."""

import asyncio

import httpx
import pytest
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import CompactAndRefine
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode

from service.clients.client import AsyncFootnote, Footnote
from service.clients.errors import RequestRefused
from service.clients.llama_index import FootnoteRetriever
from service.clients.types import Filters
from tests.service.clients_of_others.questions import LANGUAGES, QUESTIONS
from tests.service.wiki import COLLECTION, HIDDEN_QUESTION, KEYS, key

Passage = tuple[str, str, int, int, str, float | None]


@pytest.fixture(scope="module")
def retriever(footnote: Footnote) -> FootnoteRetriever:
    return FootnoteRetriever(footnote, collection=COLLECTION, k=4)


def engine(retriever: FootnoteRetriever) -> RetrieverQueryEngine:
    """A query engine whose model repeats its prompt, so that tests see what it was told."""
    callbacks = CallbackManager()
    synthesizer = CompactAndRefine(llm=MockLLM(), callback_manager=callbacks)
    return RetrieverQueryEngine(retriever, synthesizer, callback_manager=callbacks)


def found(service: httpx.Client, query: str, k: int) -> list[Passage]:
    """What POST /search replies."""
    reply = service.post("/search", json={"query": query, "k": k}, headers=key("staff")).json()
    return [
        (each["chunk_id"], each["document_id"], each["start"], each["end"], each["text"], score)
        for each in reply["hits"]
        for score in [each["score"]]
    ]


def shown(nodes: list[NodeWithScore]) -> list[Passage]:
    """The same of nodes."""
    return [
        (
            each.node.node_id,
            each.node.metadata["document_id"],
            each.node.metadata["start"],
            each.node.metadata["end"],
            each.node.get_content(),
            each.score,
        )
        for each in nodes
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_query_engine_shows_what_search_finds(
    retriever: FootnoteRetriever, service: httpx.Client, language: str
) -> None:
    response = engine(retriever).query(QUESTIONS[language])
    assert isinstance(response, Response)
    expected = found(service, QUESTIONS[language], 4)
    assert len(expected) > 1
    assert shown(response.source_nodes) == expected
    told = str(response)
    for _, document, _, _, text, _ in expected:
        assert text in told
        assert document not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_passages_hold_the_footnotes_of_ask(
    retriever: FootnoteRetriever, footnote: Footnote, language: str
) -> None:
    nodes = retriever.retrieve(QUESTIONS[language])
    citations = footnote.ask(QUESTIONS[language]).citations
    assert citations
    for citation in citations:
        node = next(each.node for each in nodes if each.node.node_id == citation.chunk_id)
        assert isinstance(node, TextNode)
        assert node.start_char_idx is not None
        first = citation.start - node.start_char_idx
        assert node.text[first : first + len(citation.quote)] == citation.quote


def test_the_three_lines_that_connect_it(base: str) -> None:
    client = Footnote(base, key=KEYS["staff"])
    retriever = FootnoteRetriever(client, k=4)
    nodes = retriever.retrieve(QUESTIONS["en"])
    assert nodes[0].node.metadata["path"] == "guide/leave.md"
    client.close()


def test_nodes_stand_at_their_offsets(footnote: Footnote) -> None:
    retriever = FootnoteRetriever(footnote, filters=Filters(path_prefix="long/"))
    nodes = [each.node for each in retriever.retrieve("xe đạp màu đỏ")]
    assert max(node.metadata["start"] for node in nodes) > 500
    text = footnote.document_text(nodes[0].metadata["document_id"]).text
    for node in nodes:
        assert isinstance(node, TextNode)
        assert text[node.start_char_idx : node.end_char_idx] == node.text
        assert text[node.metadata["start"] : node.metadata["end"]] == node.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_node_tells_where_it_stands(
    retriever: FootnoteRetriever, footnote: Footnote, language: str
) -> None:
    best = retriever.retrieve(QUESTIONS[language])[0].node
    assert isinstance(best, TextNode)
    assert best.metadata.keys() == {
        *("document_id", "title", "uri", "path", "page", "section", "start", "end", "snapshot")
    }
    document = footnote.document_text(best.metadata["document_id"])
    assert best.metadata["snapshot"] == document.snapshot
    assert best.ref_doc_id == document.document_id
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        content = best.get_content(mode)
        assert best.metadata["title"] in content
        assert best.metadata["snapshot"] not in content
        assert best.metadata["document_id"] not in content


def test_asynchronously_by_either_way_the_nodes_are_the_same(
    retriever: FootnoteRetriever, footnote: Footnote, base: str
) -> None:
    async def run() -> list[list[NodeWithScore]]:
        async with AsyncFootnote(base, KEYS["staff"]) as client:
            own = FootnoteRetriever(footnote, asynchronous=client, k=4)
            response = await engine(own).aquery(QUESTIONS["vi"])
            assert isinstance(response, Response)
            return [response.source_nodes, await retriever.aretrieve(QUESTIONS["vi"])]

    expected = shown(retriever.retrieve(QUESTIONS["vi"]))
    assert [shown(nodes) for nodes in asyncio.run(run())] == [expected, expected]


def test_the_asynchronous_client_is_the_one_that_is_asked(footnote: Footnote, base: str) -> None:
    async def run() -> None:
        async with AsyncFootnote(base, "wrong") as stranger:
            with pytest.raises(RequestRefused, match="401"):
                await FootnoteRetriever(footnote, asynchronous=stranger).aretrieve(QUESTIONS["en"])

    asyncio.run(run())


def test_filters_and_permissions_hold(footnote: Footnote) -> None:
    only = FootnoteRetriever(footnote, filters=Filters(path_prefix="zh/"))
    assert {each.node.metadata["path"] for each in only.retrieve(QUESTIONS["en"])} == {
        "zh/nianjia.md"
    }
    paths = {
        each.node.metadata["path"]
        for each in FootnoteRetriever(footnote, k=100).retrieve(HIDDEN_QUESTION)
    }
    assert paths
    assert not any(path.startswith("hr/") for path in paths)


def test_a_refusal_is_not_an_empty_result(footnote: Footnote) -> None:
    with pytest.raises(RequestRefused, match="404"):
        FootnoteRetriever(footnote, collection="absent").retrieve(QUESTIONS["en"])
