"""The same question in other words: politeness, order, synonyms, typing errors, case, marks.

Written before the cache's own lists and apart from them. Every template and every pair of synonyms
belongs to one half, by the SHA-256 of its text: what the even half misses may be mended, the odd
half is reported. Nothing is random: which word is misspelt, and how, follows from the question.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from evals.cases import Half, half_of


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """Another way to ask the same, and what makes it another."""

    kind: str
    text: str


# {q} is the question as it was asked, {l} the same with its first letter small.
_POLITE = {
    "en": (
        "Please tell me: {q}",
        "Could you tell me {l}",
        "Hi, {l}",
        "Hello! {q}",
        "{q} Thanks!",
        "{q} Thank you very much.",
        "I would like to know: {q}",
        "I'd like to know, {l}",
        "Can you please tell me, {l}",
        "Quick question: {l}",
        "Excuse me, {l}",
        "I was wondering, {l}",
        "Just curious, {l}",
        "Sorry to bother you, but {l}",
        "May I ask {l}",
        "{q} Please let me know.",
        "Hey team, {l}",
        "Does anyone know {l}",
        "Good morning! {q}",
        "{q} Many thanks in advance.",
        "I need to know: {l}",
        "Would you mind telling me, {l}",
        "Can somebody help me with this: {l}",
        "I have a question. {q}",
    ),
    "vi": (
        "Cho tôi hỏi {l}",
        "Xin hỏi {l}",
        "Làm ơn cho tôi biết {l}",
        "Xin chào, {l}",
        "{q} Cảm ơn.",
        "{q} Xin cảm ơn nhiều.",
        "Cho mình hỏi, {l}",
        "Bạn có thể cho tôi biết {l}",
        "Tôi muốn biết {l}",
        "Xin vui lòng cho biết: {l}",
        "Anh chị cho em hỏi {l}",
        "Dạ cho em hỏi {l}",
        "Mình muốn hỏi là {l}",
        "Chào bạn, {l}",
        "Có ai biết {l}",
        "Phiền bạn cho tôi hỏi, {l}",
        "Ai đó cho mình hỏi với: {l}",
        "Tôi có một câu hỏi: {q}",
        "Tôi đang thắc mắc {l}",
        "{q} Mong được giải đáp.",
        "Nhờ bạn giải đáp giúp: {l}",
        "Em muốn hỏi chút, {l}",
    ),
    "zh": (
        "请问{q}",
        "请问，{q}",
        "你好，{q}",
        "您好，请问{q}",
        "{q}谢谢！",
        "我想知道{q}",
        "我想问一下，{q}",
        "麻烦问一下，{q}",
        "能告诉我{q}",
        "请告诉我{q}",
        "打扰一下，{q}",
        "不好意思，请问{q}",
        "能不能告诉我：{q}",
        "有人知道{q}",
        "请教一下，{q}",
        "{q}谢谢您。",
        "我有个问题：{q}",
        "想请教一下{q}",
        "大家好，{q}",
        "您能告诉我{q}",
        "帮我查一下，{q}",
        "{q}麻烦了。",
    ),
}
# Either may stand for the other in a question of an organisation's staff or a reader.
_SYNONYMS = {
    "en": (
        ("what kind of", "what type of"),
        ("what sort of", "what kind of"),
        ("what country", "which country"),
        ("what year", "which year"),
        ("located", "situated"),
        ("begin", "start"),
        ("began", "started"),
        ("big", "large"),
        ("biggest", "largest"),
        ("bought", "purchased"),
        ("buy", "purchase"),
        ("movie", "film"),
        ("built", "constructed"),
        ("happened", "occurred"),
        ("happen", "occur"),
        ("children", "kids"),
        ("people", "persons"),
        ("television", "TV"),
        ("United States", "USA"),
        ("European Union", "EU"),
        ("whom", "who"),
        ("what is", "what's"),
        ("who is", "who's"),
        ("do not", "don't"),
        ("is not", "isn't"),
        ("cannot", "can't"),
        ("did not", "didn't"),
        ("have to", "need to"),
        ("chosen", "selected"),
        ("entire", "whole"),
        ("percent", "%"),
        ("email", "e-mail"),
        ("colleagues", "coworkers"),
        ("teammate", "team member"),
        ("doctors", "physicians"),
        ("two", "2"),
        ("three", "3"),
        ("allowed", "permitted"),
        ("also known as", "also called"),
        ("documentation", "docs"),
        ("information", "info"),
    ),
    "vi": (
        ("khi nào", "lúc nào"),
        ("tại sao", "vì sao"),
        ("như thế nào", "ra sao"),
        ("ở đâu", "ở chỗ nào"),
        ("là gì", "là cái gì"),
        ("điều gì", "cái gì"),
        ("bắt đầu", "khởi đầu"),
        ("sử dụng", "dùng"),
        ("hiện nay", "hiện tại"),
        ("tại", "ở"),
        ("quốc gia", "đất nước"),
        ("qua đời", "mất"),
        ("máy bay", "phi cơ"),
        ("trẻ em", "trẻ con"),
        ("lớn nhất", "to nhất"),
        ("nằm ở", "toạ lạc ở"),
        ("năm nào", "năm bao nhiêu"),
        ("nhà nước", "chính quyền"),
        ("phần trăm", "%"),
        ("loại nào", "kiểu nào"),
        ("kết thúc", "chấm dứt"),
        ("gọi là", "được gọi là"),
    ),
    "zh": (
        ("什么时候", "何时"),
        ("为什么", "为何"),
        ("什么地方", "哪里"),
        ("哪里", "哪儿"),
        ("怎么", "如何"),
        ("怎样", "如何"),
        ("哪一年", "哪年"),
        ("什么", "啥"),
        ("位于", "坐落于"),
        ("逝世", "去世"),
        ("多长时间", "多久"),
        ("父亲", "爸爸"),
        ("母亲", "妈妈"),
        ("妻子", "太太"),
        ("电影", "影片"),
        ("总共", "一共"),
        ("目前", "现在"),
        ("公里", "千米"),
        ("使用", "运用"),
        ("是否", "是不是"),
        ("哪些", "什么"),
        ("创立", "创办"),
        ("叫做", "称为"),
        ("名字", "名称"),
    ),
}
_NEIGHBOURS = {
    **dict(zip("qwertyuiop", "wertyuioo", strict=False)),
    **dict(zip("asdfghjkl", "sdfghjklk", strict=True)),
    **dict(zip("zxcvbnm", "xcvbnmn", strict=True)),
    "p": "o",
}
_LEAST_LETTERS = 5  # of a word that a typing error is made in
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile("[\u4e00-\u9fff]")


def paraphrases(question: str, language: str, half: Half) -> Iterator[Paraphrase]:
    """Every kind once, where it can be made, by the templates and synonyms of ``half``."""
    makers: Sequence[tuple[str, Callable[[], str]]] = (
        ("politeness", lambda: politely(question, language, half)),
        ("synonyms", lambda: _synonym(question, language, half)),
        ("order", lambda: _reordered(question, language)),
        ("typing error", lambda: _misspelt(question, language)),
        ("case", lambda: _recased(question)),
        ("punctuation", lambda: _punctuated(question)),
        ("no marks", lambda: _unmarked(question) if language == "vi" else ""),
    )
    for kind, make in makers:
        text = make()
        if text and text != question:
            yield Paraphrase(kind, text)


def digest(text: str) -> int:
    """A number that follows from ``text`` alone, the same on every machine."""
    return int.from_bytes(sha256(text.encode()).digest()[:8])


def politely(question: str, language: str, half: Half) -> str:
    """The question in a frame of ``half``."""
    templates = [each for each in _POLITE[language] if half_of(each) is half]
    template = templates[digest(question) % len(templates)]
    small = question
    # Of an acronym or a lone "I" the capital stays.
    if re.match(r"[^\W\d_][^\W\d_A-Z]", question):
        small = question[0].lower() + question[1:]
    return template.format(q=question, l=small)


def _synonym(question: str, language: str, half: Half) -> str:
    for pair in _SYNONYMS[language]:
        if half_of("/".join(pair)) is half:
            for said, other in (pair, pair[::-1]):
                edge = "" if language == "zh" else r"\b"
                edges = edge if said[0].isalpha() else "", edge if said[-1].isalpha() else ""
                pattern = f"{edges[0]}{re.escape(said)}{edges[1]}"
                found = re.search(pattern, question, re.IGNORECASE)
                if found:
                    as_begun = other[0].upper() + other[1:] if found.start() == 0 else other
                    return question[: found.start()] + as_begun + question[found.end() :]
    return ""


_FRONTED = {
    "en": re.compile(
        r"(?P<core>.+?) (?P<adjunct>(?:in|during|after|before|since|until|on|at|for|under) "
        r"[^,?]+?)\s*\?$"
    ),
    "vi": re.compile(
        r"(?P<core>.+?) (?P<adjunct>(?:vào|trong|ở|tại|sau|trước|từ|khi) [^,?]+?)\s*\?$"
    ),
}
_PREPOSED = {
    "en": re.compile(
        r"(?P<adjunct>(?:In|During|After|Before|Since|On|At|For|Under) [^,?]+), "
        r"(?P<core>[^?]+?)\s*\?$"
    ),
    "vi": re.compile(
        r"(?P<adjunct>(?:Vào|Trong|Ở|Tại|Sau|Trước|Từ|Khi) [^,?]+), (?P<core>[^?]+?)\s*\?$"
    ),
}
_COPULAS = {
    "en": (
        (
            re.compile(r"(What|Who|Where) (is|are|was|were) ((?:the|a|an) [^?]+?)\s*\?$"),
            r"\3 \2 \1?",
        ),
        (re.compile(r"(In|At|On|From|To) (what|which) ([^?]+?)\s*\?$"), r"\2 \3 \1?"),
        (re.compile(r"(Who|What) (was|is|were|are) ([^?]+?) by\s*\?$"), r"By \1 \2 \3?"),
        (
            re.compile(r"(.+?) (is|was|are|were) ([^?]+?) (what|which) ([^?]+?)\s*\?$"),
            r"\4 \5 \2 \1 \3?",
        ),
    ),
    "vi": (
        (re.compile(r"(Ai|Cái gì|Điều gì) (là) ([^?,]+?)\s*\?$"), r"\3 \2 \1?"),
        (re.compile(r"([^?,]+?) (là) (ai|gì|cái gì|điều gì)\s*\?$"), r"\3 \2 \1?"),
        (re.compile(r"([^?,]+?) (vào (?:năm|ngày|tháng|thế kỷ) nào)\s*\?$"), r"\2 \1?"),
    ),
    "zh": (
        (re.compile("(谁|什么)(是)([^？?，]+?)[？?]$"), r"\3\2\1？"),
        (re.compile("([^？?，]+?)(是)(谁|什么)[？?]$"), r"\3\2\1？"),
        (re.compile(r"([^？?，的]+?)(?:在|于)(\d{4}年)([^？?，的]+)[？?]$"), r"\2，\1\3？"),
        (re.compile("([^？?，]+?)是?在(何时|什么时候|哪一年|哪年)[？?]$"), r"\2\1？"),
    ),
}


def _reordered(question: str, language: str) -> str:
    """The adjunct moved to the other end, or the two sides of "is" exchanged."""
    for pattern, template in _COPULAS.get(language, ()):
        if pattern.match(question):
            return _sentence(pattern.sub(template, question))
    for patterns, comma, first in ((_PREPOSED, "", False), (_FRONTED, ",", True)):
        found = patterns[language].match(question) if language in patterns else None
        if found:
            core, adjunct = _small(found["core"]), _small(found["adjunct"])
            parts = (adjunct + comma, core) if first else (core, adjunct)
            return _sentence(" ".join(parts) + "?")
    return ""


def _small(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[0].lower() + text[1:] if first[1:].islower() else text


def _sentence(text: str) -> str:
    """Interrogatives and prepositions small but for the first letter of all."""
    for word in ("What", "Who", "Where", "In", "At", "On", "From", "To", "By", "Ai", "Cái", "Điều"):
        text = re.sub(rf"\b{word}\b", word.lower(), text)
    return text[0].upper() + text[1:]


def _misspelt(question: str, language: str) -> str:
    if language == "zh":
        return _doubled_or_spaced(question)
    words = [
        found
        for found in _WORD.finditer(question)
        if len(found.group()) >= _LEAST_LETTERS and found.group().islower()
    ]
    if not words:
        return ""
    number = digest(question)
    word = words[number % len(words)]
    place = word.start() + 1 + (number // 7) % (len(word.group()) - 3)
    before, letter, following = question[:place], question[place], question[place + 1 :]
    errors = (
        before + following[0] + letter + following[1:],
        before + following,
        before + letter + letter + following,
        before + _NEIGHBOURS.get(letter, letter + letter) + following,
    )
    return errors[(number // 11) % len(errors)]


def _doubled_or_spaced(question: str) -> str:
    """Slips of Chinese typing that leave no doubt: a particle twice, a space, a wide digit."""
    number = digest(question)
    if number % 3 == 0 and "的" in question:
        return question.replace("的", "的的", 1)
    if number % 3 == 1 and re.search(r"\d", question):
        return re.sub(r"\d", lambda found: chr(ord(found.group()) + 0xFEE0), question)
    places = [found.start() for found in _HAN.finditer(question)][1:]
    if not places:
        return ""
    place = places[number % len(places)]
    return f"{question[:place]} {question[place:]}"


def _recased(question: str) -> str:
    return question.lower() if digest(question) % 2 else question.upper()


def _punctuated(question: str) -> str:
    bare = question.rstrip("?？ ")
    forms = (bare, bare + "??", bare + " ?", bare + "?!", f"  {bare}？ ", bare + "...")
    return forms[digest(question) % len(forms)]


def _unmarked(question: str) -> str:
    letters = unicodedata.normalize("NFD", question.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
