"""A real classifier of pairs, tiny and made here, says whether one text follows from the other."""

import json
from pathlib import Path

import pytest
import torch
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from indexes.entailment import EntailmentModel, EntailmentSettings
from indexes.errors import EmbedderError
from tests.indexes.test_cross_encoder import write_model

PAIRS = [("leave", "leave weeks"), ("vpn", "train"), ("train weeks", "leave")]


def named(folder: Path, labels: list[str]) -> Path:
    write_model(folder, labels=len(labels))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["id2label"] = {str(place): label for place, label in enumerate(labels)}
    config["label2id"] = {label: place for place, label in enumerate(labels)}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return named(tmp_path_factory.mktemp("nli"), ["contradiction", "ENTAILMENT", "neutral"])


def test_the_score_is_the_softmax_of_the_class_called_entailment(model: Path) -> None:
    found = EntailmentModel(EntailmentSettings(str(model), "cpu")).entailed(PAIRS * 10)
    network = BertForSequenceClassification.from_pretrained(model)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model)
    with torch.no_grad():
        for pair, score in zip(PAIRS, found, strict=False):
            outputs = network(**tokenizer(*pair, return_tensors="pt")).logits
            assert score == pytest.approx(float(outputs.softmax(1)[0, 1]), abs=1e-5)
    assert len(found) == 30
    assert len(set(found[:3])) == 3


def test_no_pairs_give_nothing(model: Path) -> None:
    assert EntailmentModel(EntailmentSettings(str(model))).entailed([]) == []


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1", "LABEL_2"], ["entailment"]])
def test_a_model_without_such_a_class_is_refused(tmp_path: Path, labels: list[str]) -> None:
    named(tmp_path, labels)
    with pytest.raises(EmbedderError, match="id2label"):
        EntailmentModel(EntailmentSettings(str(tmp_path))).entailed(PAIRS)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="safetensors"):
        EntailmentModel(EntailmentSettings(str(tmp_path)))
