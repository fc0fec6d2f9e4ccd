"""Tiny models with random weights, as sentence-transformers saves them."""

from pathlib import Path
from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{c}" for c in LETTERS)]
TINY_DIMENSIONS = 16
TINY_MAX_TOKENS = 24
DENSE_DIMENSIONS = 8


def save_tiny_model(
    folder: Path,
    *,
    pooling: str | tuple[str, ...] = "mean",
    after: tuple[str, ...] = (),
    **settings: Any,
) -> Path:
    """A BERT of one layer; ``after`` names the modules behind its pooling: Dense, LayerNorm, ...

    ``settings`` go to SentenceTransformer: its prompts, say.
    """
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer import modules as known  # noqa: PLC0415

    save_bert(folder.with_name(f"{folder.name}-bert"))
    transformer = known.Transformer(
        str(folder.with_name(f"{folder.name}-bert")), max_seq_length=TINY_MAX_TOKENS
    )
    modules = [transformer, known.Pooling(TINY_DIMENSIONS, pooling)]
    width = TINY_DIMENSIONS * (1 if isinstance(pooling, str) else len(pooling))
    for name in after:
        match name:
            case "Normalize":
                modules.append(known.Normalize())
            case "Dense":
                modules.append(known.Dense(width, DENSE_DIMENSIONS))
            case "LayerNorm":
                modules.append(known.LayerNorm(width))
    SentenceTransformer(modules=modules, **settings).save(str(folder))
    return folder


def save_bert(folder: Path) -> None:
    """The transformer and its tokenizer, which knows single letters."""
    import torch  # noqa: PLC0415 (it takes seconds to import)
    from transformers import BertConfig, BertModel, BertTokenizer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
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
    BertModel(configuration).save_pretrained(folder)
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
