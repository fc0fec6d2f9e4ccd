"""A real cross-encoder, tiny and made here, reads questions and passages together."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from indexes.cross_encoder import CrossEncoderReranker, CrossEncoderSettings
from indexes.errors import EmbedderError
from indexes.rerank import ReadText

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "leave", "vpn", "train", "weeks"]
QUESTION = ReadText("leave weeks", "en")
PASSAGES = [ReadText(text, "en") for text in ("leave", "vpn", "train weeks", "leave weeks") * 5]


def write_model(folder: Path, labels: int = 1) -> Path:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token=WORDS[1]))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        **dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), WORDS, strict=False)),
    )
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("cross-encoder"))


def ticking(step: float) -> Iterator[float]:
    return (step * tick for tick in count())


def test_scores_are_those_of_the_model(model: Path) -> None:
    reranker = CrossEncoderReranker(CrossEncoderSettings(str(model), seconds=60))
    found = reranker.scores(QUESTION, PASSAGES)
    network = BertForSequenceClassification.from_pretrained(model)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model)
    with torch.no_grad():
        for passage, score in zip(PASSAGES[:4], found, strict=False):
            inputs = tokenizer(QUESTION.text, passage.text, return_tensors="pt")
            assert score == pytest.approx(float(network(**inputs).logits.sigmoid()), abs=1e-5)
    assert found.dtype == np.float32
    assert len(found) == len(PASSAGES)
    assert len(set(found[:4].tolist())) == 4


@pytest.mark.parametrize(("step", "read"), [(0.0, 20), (0.3, 16), (0.6, 8), (5.0, 8)])
def test_when_time_is_up_the_rest_is_left_out(model: Path, step: float, read: int) -> None:
    clock = ticking(step)
    settings = CrossEncoderSettings(str(model), seconds=0.5)
    reranker = CrossEncoderReranker(settings, lambda: next(clock))
    assert len(reranker.scores(QUESTION, PASSAGES)) == read


def test_nothing_to_read_gives_nothing(model: Path) -> None:
    assert len(CrossEncoderReranker(CrossEncoderSettings(str(model))).scores(QUESTION, [])) == 0


def test_pickled_weights_are_refused(model: Path, tmp_path: Path) -> None:
    for file in model.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(EmbedderError, match="safetensors"):
        CrossEncoderReranker(CrossEncoderSettings(str(tmp_path)))


def test_a_classifier_of_several_classes_is_refused(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(CrossEncoderSettings(str(write_model(tmp_path, labels=3))))
    with pytest.raises(EmbedderError, match="gives 3 scores"):
        reranker.scores(QUESTION, PASSAGES)


def test_a_model_that_cannot_be_loaded_is_named(model: Path, tmp_path: Path) -> None:
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text("{}", "utf-8")
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        CrossEncoderReranker(CrossEncoderSettings(str(tmp_path))).scores(QUESTION, PASSAGES)
