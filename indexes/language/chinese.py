"""Chinese: one script for both ways to write it, function words, bigrams; owns OpenCC."""

import re
from functools import cache
from operator import add

import opencc

CODE = "zh"
_HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2FA1F))
_LAST_OF_BASIC_PLANE = 0xFFFF
HAN = "".join(f"{chr(first)}-{chr(last)}" for first, last in _HAN_RANGES)
KANA = "\u3040-\u30ff"
# What is written without spaces between words; the last are characters for compatibility.
IDEOGRAPHS = f"{HAN}{KANA}\uf900-\ufaff"
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_FUNCTION_WORDS = re.compile(
    "为什么|什么时候|什么|怎么样|怎么办|怎么|怎样|如何|哪一|哪些|哪个|哪里|哪儿|哪|多少|几个|是否|"
    "请问|可以|我们|你们|他们|以及|或者|并且|因为|所以|但是|如果|[的了吗呢吧啊么是在和与及或就都也很谁]"
)


def is_ideograph(character: str) -> bool:
    """Whether ``character`` is written without spaces around words."""
    return character > "\u3000" and _IDEOGRAPH.match(character) is not None


def occurs(text: str) -> bool:
    """Whether ``text`` holds a Han character."""
    return not text.isascii() and _HAN_CHARACTER.search(text) is not None


def simplified(text: str) -> str:
    """``text`` with each Traditional character as the Simplified one it became.

    Characters are told apart by themselves and not by the words around them: two that became one
    ("後" and "后") are one here, on both sides of a search.
    """
    table, traditional = _conversion()
    return text.translate(table) if traditional.search(text) else text


def without_function_words(text: str) -> str:
    """``text``, Simplified, with a space for each word that only holds a sentence together."""
    return _FUNCTION_WORDS.sub(" ", text)


def bigrams(run: str) -> tuple[str, ...]:
    """Overlapping pairs of the characters of ``run``; one character stands alone."""
    return tuple(map(add, run, run[1:])) or (run,)


def characters(text: str) -> list[str]:
    """The Han characters of ``text``, one by one."""
    return _HAN_CHARACTER.findall(text) if occurs(text) else []


@cache
def _conversion() -> tuple[dict[int, str], re.Pattern[str]]:
    """The table, and what finds the texts that may hold a character of it: most do not."""
    characters = [chr(code) for first, last in _HAN_RANGES for code in range(first, last + 1)]
    # One to a line: the converter would read neighbours as words.
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    table = {ord(before): after for before, after in pairs if before != after}
    # Beyond the basic plane a class of single characters is searched one by one.
    basic = "".join(chr(code) for code in table if code <= _LAST_OF_BASIC_PLANE)
    return table, re.compile(f"[{basic}\U00020000-\U0002fa1f]")
