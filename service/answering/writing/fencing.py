"""Text of documents and callers as data in a prompt: none of it can pass for the prompt's own."""

import re
from collections.abc import Iterable
from hashlib import sha256

_FENCE_DIGITS = 12

# Letters that nobody sees but a tokenizer: bidirectional controls, soft hyphens, joiners of words,
# invisible operators, the tags that spell ASCII a second time, and variants beyond the sixteenth.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
# Scripts that need a zero-width space or joiner have no ASCII around it.
_JOINERS = "\u200b-\u200d"
_JOINER_AT_ASCII = re.compile(rf"(?<=[\x00-\x7f])[{_JOINERS}]+|[{_JOINERS}]+(?=[\x00-\x7f]|\Z)")

# Model servers read the control tokens of their chat template wherever they stand, also inside a
# message: unbroken, "<|im_end|>" in a document would end the message that quotes it. Besides turns
# and ends of text these are thoughts, tools and what they return.
_TAGS = (
    "s>|(?:start|end)_of_turn>|bos>|eos>|pad>|unk>|mask>|think(?:ing)?>|"
    "tools?>|tool_(?:call|response|result)s?>|function[=_s>]"
)
_CONTROL_TOKEN = re.compile(
    rf"[<＜‹〈](?=[|｜¦]|/?(?:{_TAGS})|</?SYS>>)"
    r"|[\[［](?=/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)[\]］])",
    re.IGNORECASE,
)
_OPENING = r"[\[［【〔〖⟦❲﹝⁅]"
_CLOSING = r"[\]］】〕〗⟧❳﹞⁆]"
_NUMBERS = r"\d{1,3}(?:\s*[,;，、–-]\s*\d{1,3})*"
_FENCE_LOOK_ALIKE = re.compile(
    rf"{_OPENING}\s*(\d+)\s*{_CLOSING}(?=\s*(?:begin|end)\b)", re.IGNORECASE
)
# A mark that stands free. "argv[1]", "x = [1]" and '"id": [1]' are left alone: in documentation
# they are code, to be repeated word for word.
_MARK_LOOK_ALIKE = re.compile(
    rf"(?<![A-Za-z0-9_\])(\[=])(?<!= )(?<!\":)(?<!\": ){_OPENING}\s*({_NUMBERS})\s*{_CLOSING}(?!\()"
)
_FORMAT_LOOK_ALIKE = re.compile(r"[\"“”＂](sentences|citations)[\"“”＂](?=\s*[:：])", re.IGNORECASE)


def harmless(text: str) -> str:
    """``text`` with nothing in it that could be taken for a chat template's tokens or for a fence.

    It stays as readable: tokens are broken by a space, letters that cannot be seen are left out.
    """
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    seen = _JOINER_AT_ASCII.sub("", _UNSEEN.sub("", encodable))
    return _FENCE_LOOK_ALIKE.sub(r"(\1)", _CONTROL_TOKEN.sub(r"\g<0> ", seen))


def quoted(text: str) -> str:
    """``text`` of a document, harmless, and with nothing that looks like an answer's citations.

    Numbers that could be marks stand in parentheses.
    """
    unformed = _FORMAT_LOOK_ALIKE.sub(r"'\1'", harmless(text))
    return _MARK_LOOK_ALIKE.sub(r"(\1)", unformed)


def fence_for(texts: Iterable[str]) -> str:
    """A mark that occurs in none of ``texts``, the same for the same texts."""
    whole = "\0".join(texts)
    attempt = 0
    while True:
        seed = f"{attempt}\0{whole}".encode("utf-8", "replace")
        fence = sha256(seed).hexdigest()[:_FENCE_DIGITS]
        if fence not in whole:
            return fence
        attempt += 1


def fenced(number: int, text: str, fence: str) -> str:
    """``text`` between the two lines that only this prompt can have written."""
    return f"[{number}] begin {fence}\n{text}\n[{number}] end {fence}"
