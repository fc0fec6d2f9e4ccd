"""A model through torch: the reference, other precisions, CUDA, and what ONNX cannot express.

Nobody else imports sentence-transformers, transformers or torch (export.py: torch.onnx alone).
"""

from collections.abc import Iterator, Sequence
from ctypes import CDLL
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.embedding.engine import Outputs, Rows, of_text, unit_rows
from indexes.embedding.model import ModelFolder
from indexes.embedding.tokenizer import Tokens
from indexes.embedding.types import TokenVectors
from indexes.errors import EmbedderError

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# Tokens of a batch with its padding. On the processor what fits its cache is fastest; a GPU wants
# enough to fill its cores, and 2 ** 16 tokens of 1536 half-precision activations are 200 MB.
_BATCH_TOKENS = {"cpu": 4096, "cuda": 2**16}
_PROBES = ("", "How long is leave?", "Nghỉ phép Mười Hai ngày.", "年假有多少天？", "x = f(y)  # 12")


class TorchEncoder:
    """A model in the given dtype on the given device, in batches of texts of like length."""

    def __init__(self, model: ModelFolder, dtype: str, device: str) -> None:
        self._model_folder = model
        self._dtype = dtype
        self._device = device
        # What transformers keeps of a tokenizer's padding is shared: one caller at a time.
        self._preparing = Lock()

    def encode(self, texts: Sequence[str], prefix: str, *, tokens: bool) -> Outputs:
        """Unit rows, and those of the tokens. EmbedderError when the model fails."""
        import torch  # noqa: PLC0415 (it takes seconds to import)

        read = self._model_folder.tokenizer.read_all([prefix + text for text in texts])
        rows: list[Any] = [None] * len(texts)
        states: list[Any] = [None] * len(texts)
        with torch.inference_mode():
            for batch in _batches([len(entry.ids) for entry in read], _BATCH_TOKENS[self._device]):
                output = self._forward([texts[i] for i in batch], [read[i] for i in batch], prefix)
                for place, i in enumerate(batch):
                    rows[i] = output["sentence_embedding"][place]
                    if tokens:
                        mask = output["attention_mask"][place].bool()
                        states[i] = output["token_embeddings"][place][mask]
            # Asked for last: a GPU works on while the next batch is made ready.
            vectors = unit_rows(_numpy(torch.stack(rows)))
        if not tokens:
            return vectors, ()
        return vectors, tuple(
            _of_text(_numpy(state), entry, len(prefix))
            for state, entry in zip(states, read, strict=True)
        )

    @property
    def transformer(self) -> Any:
        """The transformer alone, for its export."""
        return self._model[0].auto_model

    def _forward(self, texts: list[str], read: list[Tokens], prefix: str) -> dict[str, Any]:
        try:
            if self._reads_alike:
                features = self._padded(read)
            else:
                with self._preparing:
                    features = self._model.preprocess(texts, prompt=prefix or None)
            moved = {
                name: value.to(self._device, non_blocking=True) if hasattr(value, "to") else value
                for name, value in features.items()
            }
            output: dict[str, Any] = self._model(moved)
        except RuntimeError as exc:
            raise EmbedderError(
                f"the embedding model in {self._model_folder.folder} failed on a batch of "
                f"{len(texts)} texts on {self._device}: {exc}"
            ) from exc
        return output

    def _padded(self, read: list[Tokens]) -> "dict[str, torch.Tensor]":
        import torch  # noqa: PLC0415 (it takes seconds to import)

        lengths = np.array([len(entry.ids) for entry in read])
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(mask.shape, self._model.tokenizer.pad_token_id or 0, np.int64)
        ids[mask] = np.concatenate([entry.ids for entry in read])
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)),
        }

    @cached_property
    def _reads_alike(self) -> bool:
        """Whether the model makes of a text what our tokenizer does: ids, and nothing besides."""
        model = self._model
        if any(getattr(module, "include_prompt", True) is False for module in model):
            return False
        for text in _PROBES:
            features = model.preprocess([text])
            if "input_ids" not in features or "attention_mask" not in features:
                return False
            if features["input_ids"].tolist() != [self._model_folder.tokenizer.read(text).ids]:
                return False
        return True

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from safetensors import SafetensorError  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        folder = self._model_folder.folder
        try:
            model = SentenceTransformer(
                str(folder),
                device=self._device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": self._dtype, "use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as exc:
            raise EmbedderError(f"the embedding model in {folder} cannot be loaded: {exc}") from exc
        model.eval()
        return model


def cuda_is_there() -> bool:
    """Whether torch sees a CUDA device; without a driver torch is not even imported."""
    try:
        CDLL("libcuda.so.1")
    except OSError:
        return False
    import torch  # noqa: PLC0415 (it takes seconds to import)

    return torch.cuda.is_available()


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Places of texts of like length, the longest first; length x texts is within the budget.

    A text longer than the budget stands alone.
    """
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _of_text(rows: Rows, read: Tokens, prefix: int) -> TokenVectors:
    """None at all where the model divides a text otherwise than its tokenizer.json does."""
    if len(rows) != len(read.ids):
        return of_text(rows[:0], [], prefix)
    return of_text(rows, read.spans, prefix)


def _numpy(tensor: "torch.Tensor") -> Rows:
    values: Rows = tensor.float().cpu().numpy()
    return values
