"""What restricts a statement, and whether a sentence leaves it out: conditions and exceptions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from indexes.language import sentences
from service.answering.checking.statement import Statement

# "even if", "ask if", "if any" restrict nothing.
_IF = (
    r"\bif\b(?<!even if)(?<!as if)(?<!see if)(?<!ask if)(?<!asks if)(?<!asked if)(?<!know if)"
    r"(?<!check if)(?<!sure if)(?<!wonder if)(?<!what if)(?<!decide if)(?<!determine if)"
    r"(?! any\b| possible\b| necessary\b| needed\b| applicable\b| not all\b| you need\b)"
)
_CONDITION = re.compile(
    rf"(?:{_IF}|, provided\b|\bprovid(?:ed|ing) that\b|\bprovided (?:you|they|it|he|she|we)\b"
    r"|\b(?:as|so) long as(?! \d)|\bon (?:the )?condition\b"
    r"|\bin (?:the )?(?:case|event) (?:of|that)\b"
    r"|, subject to\b|\bsubject to\b(?:(?<=ed subject to)|(?<=able subject to))"
    r"|\buntil (?=(?:\w+ ){0,4}?(?:approv|confirm|sign|accept|review|complet|receiv)\w*)"
    r"|\bnếu\b(?! cần\b| có thể\b)|\b(?:với|kèm) điều kiện\b|\bmiễn là\b|\btrong trường hợp\b"
    r"|如果|假如|倘若|要是|只要|若(?<![假倘]若)(?!干)|在[^，。]{1,20}情况下)",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"(?:\bunless\b|\bexcept(?:ing)?\b|\bexcluding\b|\bapart from\b|\bother than\b"
    r"|\bwith the exception of\b|\bnot including\b"
    r"|\bbut not\b(?! only\b| always\b| necessarily\b| \w+ed\b)"
    r"|\b(?:in no (?:case|event|way)|under no circumstances|on no account|at no time)\b"
    r"|\btrừ\b(?<!khấu trừ)(?<!miễn trừ)(?<!bị trừ)"
    r"(?! lương\b| tiền\b| thuế\b| vào\b| phép\b| đi\b| \d)"
    r"|\bkhông bao gồm\b|除非|除外"
    r"|除(?<![删刪扣解排免清开開去拆废廢移]除)(?![夕法去了以草])(?![^。]{1,30}(?:还|還|也))"
    r"|除(?:了|去)(?![^。]{1,30}(?:还|還|也|都)))",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\bonly\b(?<!not only)(?<!the only)(?<!if only)(?<!['’]s only)(?<!its only)(?<!his only)"
    r"(?<!her only)(?<!their only)(?<!our only)(?! to\b)"
    r"|\bchỉ\b(?<!địa chỉ)(?<!chứng chỉ)(?<!không chỉ)(?<!tôn chỉ)"
    r"(?! số\b| huy\b| đạo\b| định\b| tiêu\b| thị\b| ra\b| trích\b| dẫn\b)"
    r"|[仅僅](?<!不[仅僅])(?![次仅僅])|只有|只(?<![不\d一二三四五六七八九十两几数每]只)(?!要)",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\bwhen(?:ever)?\b"
    r"|\bkhi\b(?<!trong khi)(?<!sau khi)(?<!trước khi)(?<!đến khi)(?<!từ khi)(?<!đôi khi)"
    r"|当(?=[^，。]{1,20}时)",
    re.IGNORECASE,
)
# What happened once happened at a time, and what is an example or a name has no condition.
_TOLD = re.compile(
    r"\b(?:was|were|had|did|became|began|came|died|said|saw|took|went|won|wrote|told|gave|born"
    r"|when (?:he|she|it|they|we|I) \w+ed|for example|often|called|known as|đã|từng|thường)\b"
    r"|(?<!\d)(?:1\d|20)\d\d(?!\d)|[了曾]",
    re.IGNORECASE,
)
# Behind these begins a statement of its own.
_BREAK = re.compile(
    r"[;；]|[,，]\s*(?:and|but|so|và|nhưng|còn|但是?|而且?|并且?|同时|且)(?!\s*(?:not|only|if|when|"
    r"unless|except|chỉ|nếu|trừ|仅|只|除|如果))",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.!?|](?=\s|$)|[，；：。！？()（）\n]")
_HEDGE = re.compile(
    r"\b(?:most|some|certain|usually|generally|normally|may|might|can|could|sometimes"
    r"|một số|thường|có thể)\b|部分|通常|一般|可能|可以|有时",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?？][\"'”’」』）)\]]*\s*$")
_YES = re.compile(r"\s*(?:yes|có|được|vâng|是|可以|能|对)(?!\w)", re.IGNORECASE)
# A condition is left out where less than this share of what it says is said.
_SAID = 0.5


@dataclass(frozen=True, slots=True)
class _Restriction:
    """``start`` and ``end`` of the words that restrict, and how they do."""

    start: int
    end: int
    is_exception: bool = False
    is_condition: bool = False


@lru_cache(maxsize=4096)
def _restrictions(text: str) -> tuple[_Restriction, ...]:
    return tuple(_found(text))


def _found(text: str) -> Iterator[_Restriction]:
    for match in _CONDITION.finditer(text):
        yield _Restriction(*match.span(), is_condition=True)
    for match in _EXCEPTION.finditer(text):
        yield _Restriction(*match.span(), is_exception=True)
    for match in _ONLY.finditer(text):
        yield _Restriction(*match.span())
    if not _TOLD.search(text):
        for match in _WHEN.finditer(text):
            yield _Restriction(*match.span(), is_condition=True)


def restricts(text: str) -> bool:
    """Whether ``text`` says under which condition, with which exception or for whom alone."""
    return bool(_restrictions(text))


def asks(text: str) -> bool:
    """Whether ``text`` ends in a question."""
    return _ASKS.search(text) is not None


def affirms(text: str) -> bool:
    """Whether ``text`` begins with a yes."""
    return _YES.match(text) is not None


def unrestricted(before: str, after: str) -> bool:
    """Whether nothing before or after a part of a sentence restricts that part.

    Statements that only stand in the same sentence do not; a condition at its beginning holds for
    all of it.
    """
    breaks = list(_BREAK.finditer(before))
    own = before[breaks[-1].end() :] if breaks else before
    behind = _BREAK.search(after)
    rest = after[: behind.start()] if behind else after
    return not (restricts(own) or restricts(rest) or _begins_restricted(before))


def _begins_restricted(text: str) -> bool:
    return any(not text[: each.start].strip() for each in _restrictions(text))


def unconditional(sentence: Statement, span: Statement) -> bool:
    """Whether the sentence says without reserve what the span restricts, or asks.

    Only what restricts the statement counts that has most of the sentence's words.
    """
    if not (restricts(span.text) or "?" in span.text or "？" in span.text):
        return False
    parts = list(_statements(span.text))
    told = {sentence.words[place].stem for place in sentence.told}
    said = [_stems(span, *part) & told for part in parts]
    home = max(range(len(parts)), key=lambda i: len(said[i]))
    if asks(span.text[slice(*parts[home])]) and not asks(sentence.text):
        answered = set[str]().union(*said) - said[home]
        following = span.text[parts[home][1] :]
        return not answered and not affirms(following)
    if restricts(sentence.text) or sentence.denied or _hedges(sentence.text, span.text):
        return False
    return any(
        _is_left_out(restriction, span, parts[home], told)
        for restriction in _restrictions(span.text)
        if parts[home][0] <= restriction.start < parts[home][1]
    )


def _is_left_out(
    restriction: _Restriction, span: Statement, part: tuple[int, int], told: set[str]
) -> bool:
    before = _stems(span, _clause_start(span.text, part[0], restriction.start), restriction.start)
    end = _CLAUSE_END.search(span.text, restriction.end, part[1])
    scope = _stems(span, restriction.end, end.start() if end else part[1])
    if restriction.is_exception and scope & told:
        return True  # it says of the exception what holds of all else
    if before and len(before & told) < _SAID * len(before):
        return False  # what is restricted is not what it says
    if restriction.is_exception or len(scope & told) < _SAID * len(scope):
        return True
    rest = _stems(span, *part) - scope
    return restriction.is_condition and bool(scope and rest) and rest.isdisjoint(told)


def _clause_start(text: str, first: int, last: int) -> int:
    return max((match.end() for match in _CLAUSE_END.finditer(text, first, last)), default=first)


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, and the statements joined in one, where no condition holds for all of them."""
    for first, last in sentences(text):
        start = first
        if not _begins_restricted(text[first:last]):
            for match in _BREAK.finditer(text, first, last):
                yield start, match.end()
                start = match.end()
        yield start, last


def _stems(statement: Statement, start: int, end: int) -> set[str]:
    return {
        statement.words[place].stem
        for place in statement.told
        if start <= statement.words[place].start < end
    }


def _hedges(text: str, other: str) -> bool:
    """Whether ``text`` says of few or of what may be what ``other`` says of all."""
    known = {match.group().lower() for match in _HEDGE.finditer(other)}
    return any(match.group().lower() not in known for match in _HEDGE.finditer(text))
