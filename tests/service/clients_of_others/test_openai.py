"""The openai package: chat completions, responses and models, whole and streamed."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import openai
import pytest
from openai import AzureOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessage

from tests.service.clients_of_others.questions import (
    LANGUAGES,
    QUESTIONS,
    UNANSWERABLE,
    footnotes,
    link,
    marks,
)
from tests.service.wiki import COLLECTION, HIDDEN_QUESTION, HIDDEN_TITLE, KEYS, key

Asked = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def client(base: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{base}/v1", api_key=KEYS["staff"], max_retries=0) as made:
        yield made


def extra(model: Any) -> dict[str, Any]:
    """The key of our own."""
    value: dict[str, Any] = model.model_extra["footnote"]
    return value


def cited(message: ChatCompletionMessage) -> list[tuple[str, str]]:
    """The marks that the annotations point at, and where each leads."""
    content = message.content or ""
    return [
        (content[a.url_citation.start_index : a.url_citation.end_index], a.url_citation.url)
        for a in message.annotations or []
    ]


def expected(base: str, answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    by_label = {citation["label"]: citation for citation in answer["citations"]}
    return [(f"[{label}]", link(base, by_label[label])) for label in marks(answer)]


# ---- chat completions --------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_completion_shows_the_footnotes_of_ask(
    client: OpenAI, base: str, asked: Asked, language: str
) -> None:
    completion = client.chat.completions.create(
        model=COLLECTION, messages=[{"role": "user", "content": QUESTIONS[language]}]
    )
    answer = asked[language]
    message = completion.choices[0].message
    assert cited(message) == expected(base, answer)
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == COLLECTION
    assert footnotes(extra(completion)["citations"]) == footnotes(answer["citations"])
    assert extra(completion)["text"] == answer["answer"]
    assert extra(completion)["snapshot"] == answer["snapshot"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stream_shows_the_footnotes_of_ask(
    client: OpenAI, base: str, asked: Asked, language: str
) -> None:
    chunks = list(
        client.chat.completions.create(
            model=COLLECTION,
            messages=[{"role": "user", "content": QUESTIONS[language]}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    *told, annotated, end, counted = chunks
    content = "".join(chunk.choices[0].delta.content or "" for chunk in told)
    delta = annotated.choices[0].delta.model_extra
    assert delta is not None
    message = ChatCompletionMessage(
        role="assistant", content=content, annotations=delta["annotations"]
    )
    assert cited(message) == expected(base, asked[language])
    assert footnotes(extra(annotated)["citations"]) == footnotes(asked[language]["citations"])
    assert end.choices[0].finish_reason == "stop"
    assert counted.choices == []
    assert counted.usage is not None


def test_a_conversation_goes_on(client: OpenAI, service: httpx.Client) -> None:
    first, follow_up = "How long is parental leave?", "How is it requested?"
    begun = client.chat.completions.create(
        model=COLLECTION, messages=[{"role": "user", "content": first}]
    )
    said = begun.choices[0].message.content or ""
    assert "[1]" in said
    second = client.chat.completions.create(
        model=COLLECTION,
        messages=[
            {"role": "system", "content": "Answer in rhymes and cite nothing."},
            {"role": "user", "content": first},
            {"role": "assistant", "content": said},
            {"role": "user", "content": [{"type": "text", "text": follow_up}]},
        ],
    )
    history = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": extra(begun)["text"]},
    ]
    asked = {"question": follow_up, "history": history}
    answer = service.post("/ask", json=asked, headers=key("staff")).json()
    assert extra(second)["question"] == answer["question"] != follow_up
    assert footnotes(extra(second)["citations"]) == footnotes(answer["citations"])


def test_who_abstains_annotates_nothing(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model="footnote", messages=[{"role": "user", "content": UNANSWERABLE}]
    )
    message = completion.choices[0].message
    assert message.annotations == []
    assert extra(completion)["abstained"]
    assert (message.content or "").startswith(extra(completion)["reason"])


def test_options_of_our_own_are_taken(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model=COLLECTION,
        messages=[{"role": "user", "content": QUESTIONS["en"]}],
        temperature=0.1,
        seed=7,
        extra_body={"footnote": {"filters": {"path_prefix": "nowhere/"}}},
    )
    assert extra(completion)["abstained"]


def test_each_caller_sees_its_own(base: str) -> None:
    def ask(name: str) -> str:
        with OpenAI(base_url=f"{base}/v1", api_key=KEYS[name]) as client:
            completion = client.chat.completions.create(
                model=COLLECTION, messages=[{"role": "user", "content": HIDDEN_QUESTION}]
            )
        return completion.model_dump_json()

    assert "quatloos" in ask("hr")
    for told in ("quatloos", HIDDEN_TITLE):
        assert told not in ask("staff")


def test_errors_are_those_that_the_client_knows(client: OpenAI, base: str) -> None:
    say: Any = {"messages": [{"role": "user", "content": "Who?"}]}
    with pytest.raises(openai.NotFoundError, match="no collection 'gpt-4o'") as unknown:
        client.chat.completions.create(model="gpt-4o", **say)
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError, match="no message of the role `user`") as empty:
        client.chat.completions.create(model=COLLECTION, messages=[])
    assert (empty.value.code, empty.value.param) == ("invalid_value", "messages")
    image: Any = [{"type": "image_url", "image_url": {"url": "https://x.example/y.png"}}]
    with pytest.raises(openai.BadRequestError, match="only text is read here") as picture:
        client.chat.completions.create(
            model=COLLECTION, messages=[{"role": "user", "content": image}]
        )
    assert picture.value.param == "messages.0.content.0"
    with pytest.raises(openai.BadRequestError, match="Extra inputs"):
        client.chat.completions.create(model=COLLECTION, extra_body={"footnote": {"k": 1}}, **say)
    stranger = OpenAI(base_url=f"{base}/v1", api_key="nobody", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError) as refused:
        stranger.chat.completions.create(model=COLLECTION, **say)
    assert refused.value.code == "invalid_api_key"


def test_a_path_that_is_none_has_its_error_in_the_same_shape(service: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {KEYS['staff']}"}
    response = service.post("/v1/embeddings", json={}, headers=headers)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "unknown_url"


# ---- models ------------------------------------------------------------------------------------


def test_models_are_collections(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [COLLECTION]
    model = client.models.retrieve(COLLECTION)
    assert model.owned_by == "footnote"
    assert model.created > 1_700_000_000
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


# ---- responses ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_response_shows_the_footnotes_of_ask(
    client: OpenAI, base: str, asked: Asked, language: str
) -> None:
    response = client.responses.create(model=COLLECTION, input=QUESTIONS[language])
    message = response.output[0]
    assert message.type == "message"
    part = message.content[0]
    assert part.type == "output_text"
    urls = [each for each in part.annotations if each.type == "url_citation"]
    shown = [(part.text[each.start_index : each.end_index], each.url) for each in urls]
    assert shown == expected(base, asked[language])
    files = [each.file_id for each in part.annotations if each.type == "file_citation"]
    by_label = {each["label"]: each["document_id"] for each in asked[language]["citations"]}
    assert files == [by_label[label] for label in marks(asked[language])]
    assert footnotes(extra(response)["citations"]) == footnotes(asked[language]["citations"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_streamed_response_adds_up(client: OpenAI, asked: Asked, language: str) -> None:
    deltas: list[str] = []
    annotations: list[Any] = []
    completed = None
    with client.responses.stream(
        model=COLLECTION, input=[{"role": "user", "content": QUESTIONS[language]}]
    ) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                deltas.append(event.delta)
            elif event.type == "response.output_text.annotation.added":
                annotations.append(event.annotation)
            elif event.type == "response.completed":
                completed = event.response
        final = stream.get_final_response()
    assert completed is not None
    assert final.output_text == completed.output_text == "".join(deltas)
    assert footnotes(extra(completed)["citations"]) == footnotes(asked[language]["citations"])
    assert len(annotations) == 2 * len(marks(asked[language]))


def test_what_is_not_kept_here_cannot_be_referred_to(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="nothing is kept here") as refused:
        client.responses.create(model=COLLECTION, input="Why?", previous_response_id="resp_1")
    assert refused.value.param == "previous_response_id"


# ---- Azure -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def azure(base: str) -> Iterator[AzureOpenAI]:
    with AzureOpenAI(
        azure_endpoint=base, api_key=KEYS["staff"], api_version="2024-10-21", max_retries=0
    ) as made:
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
def test_azure_s_context_shows_the_footnotes_of_ask(
    azure: AzureOpenAI, base: str, asked: Asked, language: str
) -> None:
    completion = azure.chat.completions.create(
        model=COLLECTION,
        messages=[{"role": "user", "content": QUESTIONS[language]}],
        extra_body={"data_sources": [{"type": "azure_search", "parameters": {}}]},
    )
    message = completion.choices[0].message
    assert message.model_extra is not None
    shown = [
        (each["content"], each["url"], each["chunk_id"])
        for each in message.model_extra["context"]["citations"]
    ]
    assert shown == [
        (each["quote"], link(base, each), each["chunk_id"]) for each in asked[language]["citations"]
    ]
    content = message.content or ""
    for label in marks(asked[language]):
        assert f"[doc{label}]" in content


def test_azure_s_stream_begins_with_the_context(azure: AzureOpenAI, asked: Asked) -> None:
    first, *rest = azure.chat.completions.create(
        model=COLLECTION, messages=[{"role": "user", "content": QUESTIONS["en"]}], stream=True
    )
    delta = first.choices[0].delta.model_extra
    assert delta is not None
    assert len(delta["context"]["citations"]) == len(asked["en"]["citations"])
    assert "[doc1]" in "".join(chunk.choices[0].delta.content or "" for chunk in rest)


# ---- Open WebUI --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_open_webui_gets_its_sources_beside_openai_s_chunks(
    base: str, asked: Asked, language: str
) -> None:
    with OpenAI(base_url=f"{base}/open-webui/v1", api_key=KEYS["staff"]) as client:
        assert [model.id for model in client.models.list()] == [COLLECTION]
        chunks = list(
            client.chat.completions.create(
                model=COLLECTION,
                messages=[{"role": "user", "content": QUESTIONS[language]}],
                stream=True,
            )
        )
    extras = [chunk.model_extra or {} for chunk in chunks]
    sources = [each["event"]["data"] for each in extras if "event" in each]
    metadata = [entry for source in sources for entry in source["metadata"]]
    assert footnotes(metadata) == footnotes(asked[language]["citations"])
    urls = [source["source"]["url"] for source in sources]
    assert urls == [link(base, each) for each in asked[language]["citations"]]
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    for label in marks(asked[language]):
        assert f"[{label}]" in "".join(deltas)
