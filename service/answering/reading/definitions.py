"""Whether a question asks what something is, and whether a sentence says that of it."""

import re

_SUBJECT = re.compile(
    r"(?i)^\W*(?:"
    r"what(?:['’]s| is| are| does| do)\s+(?P<en>.{2,60}?)(?:\s+(?:mean|stand for))?|"
    r"(?P<vi>.{2,60}?)\s+(?:có nghĩa )?là (?:gì|ai)|"
    r"(?:什么是|何谓)(?P<zh>.{1,20}?)|"
    r"(?P<zh_first>.{1,20}?)(?:指的)?(?:是|指)什么(?:意思)?"
    r")\s*[?？]*\s*$"
)
_ARTICLE = re.compile(r"(?i)(?:an?|the)\s+")
_COPULA = re.compile(
    r"(?i)\s*(?:\([^()]{1,60}\)|（[^（）]{1,40}）)?\s*"
    r"(?:(?:is|are|was|were|means?|refers? to|stands? for|là|nghĩa là)\b|[是指为])"
)


def subject(question: str) -> str:
    """What ``question`` asks the meaning of, without its article; empty where it does not."""
    match = _SUBJECT.match(question)
    return _ARTICLE.sub("", match[match.lastgroup or 0], 1).strip() if match else ""


def defines(sentence: str, subject: str) -> bool:
    """Whether ``sentence`` begins by saying what ``subject``, which is not empty, is."""
    start = sentence.lstrip("\"'“‘「『《*-• ")
    article = _ARTICLE.match(start)
    start = start[article.end() :] if article else start
    if start[: len(subject)].casefold() != subject.casefold():
        return False
    return _COPULA.match(start, len(subject)) is not None
