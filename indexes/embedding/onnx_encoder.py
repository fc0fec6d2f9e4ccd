"""A model on the processor through ONNX Runtime. Nobody else runs onnxruntime."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.embedding.engine import Outputs, Rows, of_text, unit_rows
from indexes.embedding.head import Head
from indexes.embedding.tokenizer import TextTokenizer, Tokens
from indexes.errors import EmbedderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Adding and normalising as one operator takes six times as long on a processor as the two alone:
# a fifth of the time of MiniLM in int8.
_SLOW = ["SkipLayerNormFusion", "BiasSkipLayerNormFusion"]
_ERRORS_ONLY = 3  # onnxruntime's severities: 0 verbose to 4 fatal


class OnnxEncoder:
    """One text a run, one thread a run, as many runs at once as there are cores.

    The range that dynamic quantisation chooses is that of the whole input: a text alone in its run
    has the vector that it always has, whatever it came with. Threads inside one run would gain
    nothing: they cost a batch its parallel texts, and a question is too short to be divided.
    """

    def __init__(self, file: Path, tokenizer: TextTokenizer, head: Head) -> None:
        self._file = file
        self._tokenizer = tokenizer
        self._head = head

    def encode(self, texts: Sequence[str], prefix: str, *, tokens: bool) -> Outputs:
        """Unit rows, and those of the tokens. EmbedderError when the model fails."""

        def encode_one(text: str) -> tuple[Rows, Rows, Tokens]:
            read = self._tokenizer.read(prefix + text)
            rows = self._run(read.ids)
            return self._head(rows), rows if tokens else rows[:0], read

        if len(texts) == 1:
            made = [encode_one(texts[0])]
        else:
            # The longest first, so that the threads end together.
            order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
            done = self._threads.map(encode_one, [texts[i] for i in order])
            by_place = dict(zip(order, done, strict=True))
            made = [by_place[i] for i in range(len(texts))]
        vectors = unit_rows(np.stack([vector for vector, _, _ in made]))
        if not tokens:
            return vectors, ()
        return vectors, tuple(of_text(rows, read.spans, len(prefix)) for _, rows, read in made)

    def _run(self, ids: list[int]) -> Rows:
        session, errors = self._session
        row = np.array([ids], np.int64)
        try:
            output: Rows = session.run(
                None, {"input_ids": row, "attention_mask": np.ones_like(row)}
            )[0][0]
        except errors as exc:
            raise EmbedderError(
                f"the embedding model in {self._file} failed on a text of {len(ids)} tokens "
                f"({exc}); delete the file, so that it is made again"
            ) from exc
        return output

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(available_cores(), thread_name_prefix="encoder")

    @cached_property
    def _session(self) -> "tuple[InferenceSession, tuple[type[Exception], ...]]":
        import onnxruntime  # noqa: PLC0415 (a run in which nothing changed never needs it)

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        errors = _errors(onnxruntime)
        try:
            session = onnxruntime.InferenceSession(
                self._file,
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=_SLOW,
            )
        except errors as exc:
            raise EmbedderError(
                f"{self._file} cannot be loaded ({exc}); delete it, so that it is made again"
            ) from exc
        return session, errors


def available_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _errors(library: Any) -> tuple[type[Exception], ...]:
    """Every class of error that onnxruntime raises; they share no root but Exception."""
    own = vars(library.capi.onnxruntime_pybind11_state).values()
    return (
        *(kind for kind in own if isinstance(kind, type) and issubclass(kind, Exception)),
        RuntimeError,
        ValueError,
    )
