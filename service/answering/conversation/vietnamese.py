"""Vietnamese follow-ups, typed with diacritics or without: "Còn X thì sao?", "Tại sao?", "nó"."""

import re
from dataclasses import dataclass
from functools import cache

from indexes.language.folding import without_marks
from indexes.language.vietnamese import SYLLABLES
from service.answering.conversation.animacy import VIETNAMESE_PEOPLE
from service.answering.conversation.phrases import (
    Earlier,
    bare,
    beside,
    capital,
    is_number,
    name_in,
    names,
    with_another_value,
    words,
)

_INTERROGATIVE = (
    r"tại sao|vì sao|làm sao|làm (?:thế|cách) nào|bao nhiêu(?: phần trăm)?|bao lâu|"
    r"bao giờ|bao xa|khi nào|lúc nào|như thế nào|thế nào|ra sao|ở đâu|đâu|là gì|cái gì|gì|"
    r"là ai|của ai|ai|mấy giờ|mấy|nào"
)
_OPENING = r"(?:(?:và|nhưng|thế|vậy|à|ờ|ừ|rồi)\b[\s,]*)*"
_CONTRASTED = (
    (
        rf"{_OPENING}còn\s+(?:(?:về|với|đối với|nếu là)\s+)?(?P<other>.+?)(?:\s+(?:thì|là))?"
        r"(?:\s+(?:sao|thế nào|như thế nào|ra sao))?"
    ),
    rf"{_OPENING}(?P<other>.+?)\s+thì\s+(?:sao|thế nào|ra sao)",
)
_BARE = (
    rf"{_OPENING}(?P<asked>tại sao|vì sao|sao|làm sao|cách nào|"
    r"(?:trong |mất |cần |phải chờ |kéo dài |hết )?bao lâu|bao giờ|"
    r"(?:từ |đến |trước )?khi nào|ở đâu|là ai|ai|bao nhiêu(?: tiền)?|mấy (?:ngày|giờ|lần|người)|"
    r"thế nào|như thế nào|(?:cái|loại|nước|nơi|bộ phận|giấy tờ|trường hợp) nào)"
    r"(?:\s+(?:vậy|thế|ạ|nhỉ|lại thế|như vậy|như thế|nữa|không))*"
)
# After a word that goes on, a verb without anything that does it.
_NO_SUBJECT = (
    r"(?:thế|vậy|và|nhưng)\s+(?:thì\s+)?(?:có (?:áp dụng|gồm|bao gồm|cần|được|phải|mất|thể)|cần|"
    r"phải|được|mất)\b(?!.*,)"
)
_RELATIONAL = (
    rf"{_OPENING}(?:có\s+)?(?:các |những )?(?:ngoại lệ|thời hạn|giới hạn|chi phí|giá|lệ phí|"
    r"mức phạt|lý do|điều kiện|yêu cầu|ví dụ|rủi ro|các bước)(?:\s+(?:nào|gì|không|là gì|"
    r"là bao nhiêu|là bao lâu|ra sao|thế nào))*"
)
# "của nó" belongs to what it stands for. Tuesdays, this year and this page are not spoken of.
_PRONOUN = (
    r"(?P<person>\b(?:(?:ông|bà|anh|chị|cô|cậu)\s+(?:ấy|ta|đó|này)|người\s+(?:ấy|đó|này))\b)"
    r"|(?P<place>\b(?:ở|tại|đến)\s+(?:đó|đấy|đây|chỗ đó|nơi đó)\b)"
    r"|(?P<time>^(?:sau|trước)\s+(?:đó|đấy)\b|\b(?:lúc|khi|năm|ngày)\s+(?:đó|đấy|ấy)\b)"
    r"|(?P<thing>\b(?:nó|họ(?!\s+(?:của|tên|hàng))|chúng(?!\s+(?:ta|tôi|mình))"
    r"|(?:cái|điều|việc|thứ|chuyện)\s+(?:đó|này|ấy|kia))\b)"
    r"|(?P<vague>\b(?:như vậy|như thế(?!\s+nào))\b)"
    r"|(?P<noun>\b(?!hôm|mùa|tuần|tháng|năm|quý|ngày|trang|công|tài|liệu|ty|sáng|chiều|tối|do|trong"
    r"|bây|lúc|từ|sau|trước|khi|kể|theo)\w+)\s+(?:này|đó|ấy|kia)\b"
)
# Words that end as a pronoun does: "the public", "clan".
_NO_PRONOUN = r"\b(?:công|đại|dân|quần|hội|dòng)\s+$"
# Without marks "do" may be any of "đó", "đo", "độ", and "no" of "nó", "nổ", "nợ": only where
# nothing follows, or after a verb that needs an object, is it plain enough.
_BARE_PRONOUN = (
    r"(?P<person>\b(?:ong|ba|anh|chi|co|nguoi)\s+ay\b)"
    r"|(?P<place>\b(?:o|tai)\s+(?:do|day)(?=\s*(?:[?,.]|$)))"
    r"|(?P<time>\b(?:luc|sau|nam|ngay)\s+do(?=\s*(?:[?,.]|$)))"
    r"|(?P<thing>\b(?:(?:cai|dieu|viec)\s+(?:do|nay)(?=\s*(?:[?,.]|$))"
    r"|(?<!chay )(?<!con )no(?=\s+(?:bao|co|duoc|phai|la|can|nang|dai|thi|mo|dong|mat|khi|o)\b"
    r"|\s*(?:[?,.]|$))|cua ho\b))"
    r"|(?P<vague>\bnhu vay(?=\s*(?:[?,.]|$)))"
)
# What comes after these is another clause, whose pronoun the first one explains.
_CLAUSE = r"\b(?:nếu|khi|mà|rồi|và|hoặc|vì|nên|nhưng|để|rằng|cho biết|khiến)\b|[,.;:]"
_EMPTY_SUBJECT = r"(?:có|khi|nếu|lúc|việc|để|những|các|theo|trong|ở|tại|vào|phải|cần)"
_VERBAL = (
    r"được|phải|có thể|(?<!giàu )có|là|đã|đang|sẽ|bị|thì|cần|nên|mất|nằm|gồm|thuộc|dùng|chạy|"
    r"kéo dài|bắt đầu|kết thúc|áp dụng|hết hạn|(?:giá|nặng|cao|dài)\s+(?:bao|mấy)|ở|vào|"
    r"trong bao|từ|không|chưa|cho"
)
_TOPIC_END = rf"\s+(?:{_VERBAL}|{_INTERROGATIVE})\b"
# "Ở Huế", "khi mưa": where and when, of which nothing is asked.
_ADJUNCT = (
    r"(?:ở|tại|trong|ngoài|vào|từ|đến|với|cho|khi|lúc|nếu|sau|trước|năm|tháng|tuần|hôm|ngày)\s"
)
_OWNED = r".+\s+của\s+(?P<owner>.+)"
# With its unit, which alone would say nothing.
_COUNTED = r"\b(?:bao nhiêu|mấy)\s+\w+$"
_IN_FRONT = ("tại sao", "vì sao", "khi nào", "bao giờ", "làm sao", "cách nào")
_LONGEST_SUBJECT = 6  # syllables: what is longer says more than whom a question is about


@dataclass(frozen=True, slots=True)
class _Script:
    """A question as typed and as it is read: with its marks, or all patterns without them."""

    text: str
    marked: bool

    @property
    def folded(self) -> str:
        """Lower case, character for character as long as ``text``."""
        return self.text.lower() if self.marked else _unmarked(self.text)

    def pattern(self, source: str) -> re.Pattern[str]:
        """``source`` as this question is typed."""
        return _compiled(source if self.marked else without_marks(source))


def completed(text: str, earlier: Earlier) -> str | None:
    """``text`` made to stand alone after ``earlier``; None where it does already."""
    asked = _script(bare(text))
    for source in _CONTRASTED:
        found = asked.pattern(source).fullmatch(asked.folded)
        if found and not _asks(asked, found["other"]):
            other = asked.text[found.start("other") : found.end("other")]
            return _resolved(text, earlier) or _with(earlier.question, other)
    if with_another_value(asked.text, asked.text):
        return with_another_value(earlier.question, asked.text)
    if alone := asked.pattern(_BARE).fullmatch(asked.folded):
        said = asked.text[alone.start("asked") : alone.end("asked")]
        return _asked_of(said, earlier.question)
    about = topic(earlier.question)
    without_subject = asked.pattern(_NO_SUBJECT).match(asked.folded)
    if without_subject or asked.pattern(_RELATIONAL).fullmatch(asked.folded):
        return beside(text, about) if about else None
    return _resolved(text, earlier)


def topic(question: str) -> str:
    """What ``question`` is about: what stands before its verb, or the owner of that.

    Where it begins with what it asks for, its names, else all that is left.
    """
    said = _script(bare(question))
    end = said.pattern(_TOPIC_END).search(said.folded)
    subject = said.text[: end.start()] if end else said.text
    opening = said.folded[: len(subject)]
    if said.pattern(rf"(?:{_INTERROGATIVE})\b.*|{_EMPTY_SUBJECT}").fullmatch(opening):
        found = [said.text[start:stop] for start, stop in names(said.text)]
        return found[-1] if found else _without_interrogatives(said)
    leading = [stop for start, stop in names(subject) if start == 0]
    if leading and " " in subject[: leading[0]]:
        return subject[: leading[0]]
    owned = said.pattern(_OWNED).fullmatch(opening)
    return _inside(subject[owned.start("owner") :] if owned else subject)


def _inside(topic: str) -> str:
    """``topic`` as it stands inside of a sentence: only names keep their capital."""
    first = topic.split(" ", 1)[0]
    named = first[1:2].isupper() or _unmarked(first) not in SYLLABLES
    return topic if named else topic[:1].lower() + topic[1:]


def _with(question: str, other: str) -> str:
    """``question`` asked of ``other``, in the place of the phrase that shares a word with it.

    What is asked of people is not asked of a thing, which is asked about alone.
    """
    if swapped := with_another_value(question, other):
        return swapped
    if is_number(other) or not words(other):
        return beside(question, other)
    span = _alike(bare(question), other)
    if span is None:
        subject = _subject(bare(question))
        if not subject or _script(other).pattern(_ADJUNCT).match(_script(other).folded):
            return beside(question, other)
        span = (0, len(subject))
    if _are_people(question[span[0] : span[1]]) and not _are_people(other):
        return beside(question, other) if names(f"- {other}") else f"{capital(other)}?"
    return capital(question[: span[0]] + other + question[span[1] :])


def _alike(said: str, other: str) -> tuple[int, int] | None:
    """The phrase of ``said`` with the first or last word of ``other``, else its name."""
    asked, wanted = words(said), [_unmarked(word.group()) for word in words(other)]
    known = [_unmarked(word.group()) for word in asked]
    if wanted[0] in known:
        first = asked[len(known) - 1 - known[::-1].index(wanted[0])]
        return first.start(), _phrase_end(said, first)
    if wanted[-1] in known:
        last = asked[known.index(wanted[-1])]
        return _phrase_start(said, last), last.end()
    named = names(said)
    return named[-1] if named and names(f"- {other}") else None


def _subject(said: str) -> str:
    """What ``said`` begins with, where that is what it is about and short; else ""."""
    subject = topic(said)
    opens = said.lower().startswith(subject.lower())
    return subject if opens and len(subject.split()) <= _LONGEST_SUBJECT else ""


def _are_people(phrase: str) -> bool:
    script = _script(phrase)
    return script.pattern(VIETNAMESE_PEOPLE).match(script.folded) is not None


def _phrase_end(said: str, word: re.Match[str]) -> int:
    """Where the noun phrase ends that begins with ``word``."""
    script = _script(said)
    ending = script.pattern(rf"{_TOPIC_END}|[,;]").search(script.folded, word.end())
    return ending.start() if ending else len(said)


def _phrase_start(said: str, word: re.Match[str]) -> int:
    """Where the noun phrase begins that ends with ``word``."""
    script = _script(said)
    before = script.folded[: word.start()]
    endings = list(script.pattern(rf"\b(?:{_VERBAL}|{_INTERROGATIVE})\s+|[,;]\s*").finditer(before))
    return endings[-1].end() if endings else 0


def _asked_of(interrogative: str, question: str) -> str:
    """``interrogative`` asked of what ``question`` says."""
    said = _script(bare(question))
    statement = _without_interrogatives(said)
    if _unmarked(interrogative).endswith(tuple(map(_unmarked, _IN_FRONT))):
        return f"{capital(interrogative)} {statement}?"
    return f"{capital(statement)} {interrogative.lower()}?"


def _without_interrogatives(said: _Script) -> str:
    pattern = said.pattern(rf"{_COUNTED}|\b(?:{_INTERROGATIVE})\b|\bkhông$|\bchưa$")
    kept, last = [], 0
    for found in pattern.finditer(said.folded):
        kept.append(said.text[last : found.start()])
        last = found.end()
    return _inside(" ".join("".join([*kept, said.text[last:]]).split()))


def _asks(asked: _Script, other: str) -> bool:
    """Whether ``other`` asks something itself: "còn hàng không" is no contrast."""
    pattern = asked.pattern(rf"\b(?:{_INTERROGATIVE})\b|\bkhông$|\bchưa$|^nữa\b")
    return pattern.search(other) is not None


def _resolved(text: str, earlier: Earlier) -> str | None:
    script = _script(text)
    found = _pronoun(script)
    if found is None or _explained(script, found):
        return None
    about = topic(earlier.question)
    if found.lastgroup in {"person", "thing"}:
        about = _named(found, earlier) or about
    if not about:
        return None
    noun = _unmarked(found["noun"] or "") if script.marked else ""
    if found.lastgroup in {"person", "thing"} or noun in _unmarked(about).split():
        return capital(text[: found.start()] + about + text[found.end() :])
    if found.lastgroup == "noun":
        return beside(text, about)
    return beside(text, _without_interrogatives(_script(bare(earlier.question))))


def _explained(script: _Script, found: re.Match[str]) -> bool:
    """Whether an earlier clause, or the subject for what is owned, can be what the word means."""
    before = script.folded[: found.start()].lstrip(" ,")
    if script.pattern(_NO_PRONOUN).search(before) or script.pattern(_CLAUSE).search(before):
        return True
    owned = script.pattern(r"(.*)\bcủa\s+$").fullmatch(before)
    return owned is not None and script.pattern(_TOPIC_END).search(owned[1]) is not None


def _named(found: re.Match[str], earlier: Earlier) -> str:
    """Whom or what the answer names, where the earlier question asked for a name."""
    asked = _script(earlier.question)
    sought = asked.pattern(r"\bai\b|\bnào\b|tên").search(asked.folded)
    name = name_in(earlier.answer, earlier.question) if sought else ""
    short = len(bare(earlier.answer)) <= 2 * len(name)
    return name if found.lastgroup == "person" or short else ""


def _pronoun(script: _Script) -> re.Match[str] | None:
    pattern = _compiled(_PRONOUN if script.marked else _BARE_PRONOUN)
    return pattern.search(script.folded)


def _script(text: str) -> _Script:
    return _Script(text, marked=_unmarked(text) != text.lower())


def _unmarked(text: str) -> str:
    """Lower case without diacritics, character for character as long as ``text``."""
    bare_characters = (without_marks(character.lower()) for character in text)
    return "".join(
        bare if len(bare) == 1 else character
        for character, bare in zip(text, bare_characters, strict=True)
    )


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)
