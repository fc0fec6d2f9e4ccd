"""The encoder as people call it: SentenceTransformer in float32, with its own defaults."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils import logging


class StockEncoder:
    """sentence-transformers over a model's folder, on a device."""

    def __init__(self, folder: Path, device: str) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._model = SentenceTransformer(str(folder), device=device)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, in batches of 32 texts of like length, as it has them by default."""
        rows: NDArray[np.float32] = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return rows
