"""Texts to the numbers a model reads, by its tokenizer.json. Nobody else imports tokenizers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tokenizers import Encoding, Tokenizer

from indexes.errors import EmbedderError


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text as the model reads them, and where each stands in it.

    A special token, which stands for no character, has an empty span.
    """

    ids: list[int]
    spans: list[tuple[int, int]]


class TextTokenizer:
    """A fast tokenizer; safe to call from any thread, since nothing in it changes once it is open.

    ``max_tokens``, special ones included, are what the model reads of a text.
    """

    def __init__(self, file: Path, max_tokens: int) -> None:
        self._file = file
        self._max_tokens = max_tokens

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included, without any cut."""
        return [len(encoding.ids) for encoding in self._whole.encode_batch_fast(list(texts))]

    def read(self, text: str) -> Tokens:
        """The tokens of a text, cut where the model cuts it."""
        return _tokens(self._cutting.encode(text))

    def read_all(self, texts: Sequence[str]) -> list[Tokens]:
        """The same for many, on as many threads as there are cores."""
        return [_tokens(encoding) for encoding in self._cutting.encode_batch(list(texts))]

    @cached_property
    def _whole(self) -> Tokenizer:
        tokenizer = self._open()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _cutting(self) -> Tokenizer:
        """Cuts a long text where the model does, before the special token that closes it."""
        tokenizer = self._open()
        tokenizer.enable_truncation(self._max_tokens)
        return tokenizer

    def _open(self) -> Tokenizer:
        try:
            tokenizer = Tokenizer.from_file(str(self._file))
        except Exception as exc:  # tokenizers raises nothing narrower
            raise EmbedderError(f"{self._file} is damaged ({exc}); fetch the model again") from exc
        tokenizer.no_padding()
        return tokenizer


def _tokens(encoding: Encoding) -> Tokens:
    return Tokens(encoding.ids, encoding.offsets)
