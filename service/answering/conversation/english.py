"""English follow-ups: "What about X?", "Why?", and pronouns that a question does not explain."""

import re

from service.answering.conversation.english_contrast import asked_about
from service.answering.conversation.english_phrases import (
    AUXILIARIES,
    noun_phrases,
    topic,
)
from service.answering.conversation.english_references import (
    PLURAL,
    PRONOUN,
    Kind,
    Reference,
    reference_in,
)
from service.answering.conversation.phrases import (
    Earlier,
    bare,
    beside,
    capital,
    name_in,
    names,
    with_another_value,
    words,
)

_LINK = r"(?:(?:and|but|so|ok|okay|then|also|or|well)\b[\s,]*)*"
_ABOUT = re.compile(rf"{_LINK}(?:what|how) about\s+(?P<other>.+)", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"(?:and|or|but)\s+(?P<other>.+)|(?P<where>(?:for|in|on|at|with|from)\s+.+)",
    re.IGNORECASE,
)
_FRAGMENT_WORDS = 6
_BARE = re.compile(
    rf"{_LINK}(?P<asked>(?:(?:for|since|until|by|from|in|to)\s+)?(?:why(?: not)?|how(?: (?:long|"
    r"much|many|often|soon|far|big|high|old|so|come))?|when|where|who|whom|which(?: ones?)?))"
    r"(?:\s+(?:exactly|else|is (?:that|this|it)|then))?",
    re.IGNORECASE,
)
# "Which countries?", "How many days?": what is asked for, and nothing about it.
_KIND_ASKED = re.compile(
    rf"{_LINK}(?P<asked>(?:which|how many|how much|what (?:kind|sort|type) of) \w+(?: \w+)?)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:for|since|until|by|from|in|to|at|with|on)\s+)?"
    r"(?:how(?: (?:long|much|many|often|soon|far|big|high|old|deep|fast|large|heavy))?|what|which|"
    r"who|whom|whose|when|where|why)\b\s*",
    re.IGNORECASE,
)
_FIRST_AUXILIARY = re.compile(rf"(?:{'|'.join(sorted(AUXILIARIES))})\b\s*", re.IGNORECASE)
# "(How many) days do we get": why, or how, is asked of the whole.
_ASKED_FOR = re.compile(r"(?:(?P<object>\w.*?) )?(?P<does>do|does|did) (?P<rest>.+)", re.IGNORECASE)
# What these name belongs to something: alone, they ask about what was spoken of.
_RELATIONAL = re.compile(
    rf"{_LINK}(?:(?:is|are) there |what(?:'s| is| are| about)? |any )?(?:an? |any |the |other )*"
    r"(?:exceptions?|deadlines?|limits?|minimum|maximum|costs?|price|fees?|penalty|penalties|"
    r"reasons?|differences?|consequences|alternatives|requirements|conditions|steps|details|"
    r"examples?|risks?)(?: (?:to|for|of) (?:that|this|it))?",
    re.IGNORECASE,
)
# "What is X?" has the name already.
_SEEKS_NAME = re.compile(r"(?i)(?:who|whom|which|what)\b(?! (?:is|are|was|were|does|do|did)\b)")
# "A" and a word or two, beside the name that an answer consists of.
_ARTICLE_CHARS = 12


def completed(text: str, earlier: Earlier) -> str | None:
    """``text`` made to stand alone after ``earlier``; None where it does already."""
    asked = bare(text)
    other = _contrasted(asked)
    if other and not PRONOUN.search(other):
        return asked_about(earlier.question, other)
    if alone := _BARE.fullmatch(asked):
        return _asked_of(alone["asked"], earlier.question)
    kind = _KIND_ASKED.fullmatch(asked)
    if kind and noun_phrases(kind["asked"])[-1:] and _is_phrase(kind["asked"]):
        return _asked_of(kind["asked"], earlier.question)
    about = topic(earlier.question)
    if _RELATIONAL.fullmatch(asked):
        return beside(text, about) if about else None
    reference = reference_in(text)
    return _resolved(text, reference, earlier) if reference else None


def _contrasted(asked: str) -> str | None:
    """X of "what about X?" or "and in X?"."""
    if found := _ABOUT.fullmatch(asked):
        return found["other"]
    if found := _FRAGMENT.fullmatch(asked):
        other: str = found["other"] or found["where"]
        if len(other.split()) <= _FRAGMENT_WORDS and _is_phrase(other):
            return other
    if with_another_value(asked, asked):
        return asked
    return None


def _is_phrase(text: str) -> bool:
    """Whether ``text`` is no clause: it asks nothing and has no verb that helps another."""
    clause = AUXILIARIES | {"who", "what", "when", "where", "why", "how", "which", "if"}
    return not {word.group().lower() for word in words(text)[1:]} & clause


def _asked_of(interrogative: str, question: str) -> str:
    """``interrogative`` asked of what ``question`` says."""
    said = bare(question)
    lead = _LEAD.match(said)
    if lead is None:
        # A question of yes or no only lacks its interrogative.
        joint = " " if _FIRST_AUXILIARY.match(said) else ": "
        return f"{capital(interrogative)}{joint}{said[:1].lower()}{said[1:]}?"
    asked_for = _ASKED_FOR.fullmatch(said[lead.end() :])
    if asked_for and interrogative.lower() in {"why", "how"}:
        said = " ".join(filter(None, asked_for.group("does", "rest", "object")))
        return f"{capital(interrogative)} {said}?"
    rest = _FIRST_AUXILIARY.sub("", said[lead.end() :], count=1)
    return f"{capital(interrogative)}: {rest}?"


def _resolved(text: str, reference: Reference, earlier: Earlier) -> str | None:
    about = _antecedent(reference, earlier)
    if reference.kind is Kind.OWNER:
        about = next((each.text for each in noun_phrases(about) if each.named), about)
    if not about:
        return None
    head, tail = text[: reference.start], text[reference.end :]
    following = noun_phrases(tail)
    adjacent = following[0] if following and not tail[: following[0].start].strip() else None
    if adjacent is not None and adjacent.determiner:
        adjacent = None
    if reference.kind is Kind.VAGUE:
        return beside(text, about)
    if reference.kind is Kind.OWNER and adjacent is not None:
        owned = f"the {adjacent.text} of {about}"
        return capital(head + owned + tail[adjacent.end :])
    if reference.word in {"this", "that", "these", "those"} and adjacent is not None:
        noun = adjacent.text
        named = about if noun.lower() in about.lower() else f"the {noun} ({about})"
        return capital(head + named + tail[adjacent.end :])
    whole = capital(head + about + tail)
    return whole if names(f"- {about}") else _with_name(whole, earlier.question)


def _with_name(text: str, question: str) -> str:
    """``text`` with the one name of ``question``, if that has one and no more."""
    named = [question[start:end] for start, end in names(question)]
    return beside(text, named[0]) if len(named) == 1 and named[0] not in text else text


def _antecedent(reference: Reference, earlier: Earlier) -> str:
    """What the word stands for: whom the answer names, where that was asked, else the topic."""
    person = reference.kind is Kind.PERSON or reference.word in {"his", "her", "hers"}
    who = _SEEKS_NAME.match(earlier.question)
    if person or (who and reference.word not in PLURAL):
        name = name_in(earlier.answer, earlier.question)
        if name and (person or len(bare(earlier.answer)) <= len(name) + _ARTICLE_CHARS):
            return name
    return topic(earlier.question, plural=reference.word in PLURAL)
