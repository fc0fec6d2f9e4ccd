"""Why there is no answer, in the language of the question."""

from collections.abc import Mapping, Sequence

from service.answering.types import Silence

# Words named at most: a reason is a sentence, not a list.
_NAMED = 3
_QUOTED = "“{}”"
_AND = {"en": (", ", " or "), "vi": (", ", " hay "), "zh": ("、", "或")}

_REASONS: Mapping[Silence, Mapping[str, str]] = {
    Silence.NOTHING_FOUND: {
        "en": "The documents hold nothing about this.",
        "vi": "Tài liệu không có thông tin nào về điều này.",
        "zh": "文档中没有与此相关的内容。",
    },
    Silence.NOT_COVERED: {
        "en": "The documents that come nearest do not mention {words}.",
        "vi": "Những tài liệu gần nhất không nhắc đến {words}.",
        "zh": "最接近的文档没有提到{words}。",
    },
    Silence.KIND_MISSING: {
        "en": "The documents speak of this, but do not give what was asked for.",
        "vi": "Tài liệu có nói về điều này nhưng không cho biết điều được hỏi.",
        "zh": "文档谈到了这一点，但没有给出所问的内容。",
    },
    Silence.UNCERTAIN: {
        "en": "The documents touch on this, but do not clearly answer it.",
        "vi": "Tài liệu có nhắc đến chủ đề này nhưng không trả lời rõ câu hỏi.",
        "zh": "文档提到了相关内容，但没有明确回答这个问题。",
    },
    Silence.UNSUPPORTED: {
        "en": "What was written could not be traced back to the documents, so it is withheld.",
        "vi": "Nội dung được viết ra không đối chiếu được với tài liệu nên không được đưa ra.",
        "zh": "所写的内容在文档中找不到依据，因此不予给出。",
    },
}
_PART = {
    "en": "The documents do not mention {words}.",
    "vi": "Tài liệu không nhắc đến {words}.",
    "zh": "文档没有提到{words}。",
}


def reason(silence: Silence, uncovered: Sequence[str], language: str) -> str:
    """One or two sentences; English for languages without their own.

    Names the first of the ``uncovered`` words of the question, and nothing of any document.
    """
    speech = language if language in _AND else "en"
    said = silence
    if silence is Silence.NOT_COVERED and not uncovered:
        said = Silence.UNCERTAIN
    sentence = _REASONS[said][speech]
    if said is Silence.NOT_COVERED:
        return sentence.format(words=_listed(uncovered, speech))
    if uncovered and said in {Silence.KIND_MISSING, Silence.UNCERTAIN}:
        gap = "" if speech == "zh" else " "
        return sentence + gap + _PART[speech].format(words=_listed(uncovered, speech))
    return sentence


def _listed(words: Sequence[str], speech: str) -> str:
    comma, last = _AND[speech]
    quoted = [_QUOTED.format(word) for word in words[:_NAMED]]
    *before, final = quoted
    return comma.join(before) + last + final if before else final
