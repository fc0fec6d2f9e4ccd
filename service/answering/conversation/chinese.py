"""Chinese follow-ups: "那……呢？", "为什么？", and pronouns that a question does not explain."""

import re

from service.answering.conversation.animacy import chinese_people, perhaps_chinese_people
from service.answering.conversation.phrases import Earlier, bare, beside, with_another_value

_INTERROGATIVE = (
    r"为什么|为何|怎么样|怎么办|怎么|怎样|如何|多长时间|多少钱|多少|多久|多[大重高长远宽深快]|几[个天次年月口台人名种]|"
    r"什么时候|什么时间|什么|何时|在哪里|在哪儿|哪里|哪儿|哪[个些种家位年天项款条本]|哪|谁|几"
)
_OPENING = r"(?:那么|那|而|但是?|可是|然后|另外|请问|嗯|，|,|\s)*"
_CONTRASTED = re.compile(
    rf"{_OPENING}(?:如果是|要是|换成|关于|至于)?(?P<other>[^，。？?]+?)(?:又)?(?:的话)?呢"
    r"|(?:那么|那|而)(?P<another>[^，。？?]+?)(?:又)?(?:怎么样|如何)"
)
_LONGEST_CONTRASTED = 14
# Where, when, or under which condition: no thing of its own.
_ADJUNCT = re.compile(
    r"^(?:在|对|从|于|去|到|按|除|如果|要是|假如|其他|其它|别的|还|再|另|今|明|后|下|上|每)|[0-9A-Za-z]"
    r"|(?:时|时候|后|前|里|中|内|外|上|下|天|周|月|年|日|末|节|市|省|国|区|县|州|岛|洲|湾|厂|部|店|城|公司|总部|办公室)$"
    r"|北京|上海|广州|深圳|杭州|南京|武汉|成都|重庆|西安|苏州|香港|澳门|台北|河内|胡志明|越南|日本|新加坡|欧洲"
)
_BARE = re.compile(
    rf"{_OPENING}(?P<asked>为什么|为何|为啥|怎么办|怎么|怎样|如何|"
    r"(?:(?:需要?|要|能|会|得)[\u4e00-\u9fff]?)?(?:多久|多长时间|多少钱?|几[个天次年小]时?)|"
    r"什么时候|何时|在?哪里|在?哪儿|是?谁|哪[个些]|(?:是)?什么原因|原因是什么)(?:会)?(?:这样)?[呢啊呀吗]?"
)
# After a word that goes on, a verb without anything that does it.
_NO_SUBJECT = re.compile(
    r"(?:那么?|那|而且|然后)(?:还)?(?:需要|要|可以|能|会|必须|应该|得)[^，]{1,14}$"
)
_RELATIONAL = re.compile(
    rf"{_OPENING}(?:还?有)?(?:什么|没有|哪些)?(?:例外|期限|限制|上限|下限|费用|价格|罚款|原因|条件|要求|例子|风险|"
    r"步骤|区别)(?:情况)?(?:是什么|是多少|有哪些|吗|呢)?"
)
# "其他", "其中" and "其实" point at nothing; neither do this month and this page.
_PRONOUN = re.compile(
    r"(?P<person>(?:^|(?<=[那但而且让被给对为与和向在是，年月日时后前中问说]))[他她]们?(?![人国乡项律])"
    r"|[他她]们?(?=[？?]?$))"
    r"|(?P<thing>它们?|牠们?|[这那][个些](?!月|星期|季度|问题)(?=[的是有能可要会怎多什为叫在吗呢？?，]|$)"
    r"|此(?=[的事物])|^其(?![他它中余实次间]))"
    r"|(?P<noun>(?:[这那](?:[个些种台家款条项次口份本名位部张套件]|(?=[人时]))"
    r"|(?<![应不活])该)(?!月|星期|季度|怎|如|不|由|在|有)(?P<named>[\u4e00-\u9fff]{0,2}))"
    r"|(?P<place>[这那](?:里|儿|边|样)|^(?:那时|当时|届时))"
    r"|(?P<after>^(?:之后|此后|此外|之前|其中))"
)
_CLAUSE_BEFORE = re.compile(r"[\u4e00-\u9fff]{3,}[，,。；]")
# Before these a noun of its own stands: "“胜任力”这个词", "落山风这个名字".
_APPOSITION = re.compile(r"[》”」』\"]$|[\u4e00-\u9fff]{2,}[^了在对把被给为于由着是\W]$")
# More than a verb of this many characters before a pronoun names what it stands for.
_VERB_CHARS = 3
# Where what a question is about ends: at its verb, or at what it asks. Characters that are parts
# of common words ("功能", "存在", "社会") do not count.
_VERBAL = re.compile(
    r"(?<![所拥具没只含])有(?![限关效])|(?<![功可职智性只技])能(?![源力量])|可以|可(?=[以否])|(?<![主重需只])要(?![求点])"
    r"|必须|应该?|需要|(?<![社协大议工机开])会(?![议员])|(?<!存)在(?![线职])|(?<![经事])由(?!于)|叫|"
    r"(?<![行作认成因])为(?!止)|是否|(?<![但可还只就于])是|被(?!子)|最多|最少|最[大早初]|主要|至少|不(?!锈)|属于|位于|受|"
    r"去(?!年)|一共|共|分(?:为|成)|曾(?=[在经是任])"
    r"|出生|就读|毕业|成立|上映|发行|(?:19|20)\d\d年"
)
_ASKING = re.compile(_INTERROGATIVE)
_REASON = re.compile(r"为什么|为何|为啥|怎么办|怎么|怎样|如何|什么原因|原因是什么")
_ATTRIBUTIVE = re.compile(r"多少|几.?|什么|哪[^里儿]?")
_ATTRIBUTE = re.compile(
    rf"(?P<owner>[^的，]{{2,}})的[^的，]{{1,8}}(?:是|叫|为|有)(?:{_INTERROGATIVE}).{{0,6}}"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_YES_NO = re.compile(r"(?:了)?[吗么嘛]$")
# After these a noun begins.
_BEFORE_NOUN = re.compile(r"[里上中下去在到从对给向和与，、（《“\s]$|[^\u4e00-\u9fff]$")
_NAME = re.compile(r"[\u4e00-\u9fffA-Za-z·・\s]{2,20}")
_SEEKS_NAME = re.compile(r"谁|什么名字|叫什么|哪[个位家款种]|主角")


def completed(text: str, earlier: Earlier) -> str | None:
    """``text`` made to stand alone after ``earlier``; None where it does already."""
    asked = bare(text)
    if alone := _BARE.fullmatch(asked):
        return _asked_of(alone["asked"], earlier.question)
    found = _CONTRASTED.fullmatch(asked)
    other = (found["other"] or found["another"]) if found else ""
    if 0 < len(other) <= _LONGEST_CONTRASTED and not _ASKING.search(other):
        return _with(earlier.question, other)
    if with_another_value(asked, asked):
        return with_another_value(earlier.question, asked)
    about = topic(earlier.question)
    if about and (_RELATIONAL.fullmatch(asked) or _NO_SUBJECT.match(asked)):
        return beside(text, about)
    return _resolved(text, earlier)


def topic(question: str) -> str:
    """What ``question`` is about: what stands before its verb, or the owner of that."""
    said = bare(question)
    if found := _ATTRIBUTE.fullmatch(said):
        return found["owner"]
    for ending in (_VERBAL, _ASKING):
        place = next((m.start() for m in ending.finditer(said) if m.start() > 1), None)
        if place is not None:
            said = said[:place]
    return _YES_NO.sub("", said).strip("，, ").rstrip("和与及的了就曾所")


def _with(question: str, other: str) -> str:
    """``question`` asked of ``other``, in the place of what is written most like it."""
    if swapped := with_another_value(question, other):
        return swapped
    span = None if _PRONOUN.search(other) else _likest(question, other)
    if span is None:
        return _unlike(question, other)
    return question[: span[0]] + other + question[span[1] :]


def _unlike(question: str, other: str) -> str:
    """What is asked where nothing of ``question`` is written like ``other``.

    What is asked of people is asked of others, or is asked there and then; of a thing it is not.
    """
    who = chinese_people(question)
    if who is None or _ADJUNCT.search(other) or _PRONOUN.search(other):
        return beside(question, other)
    if perhaps_chinese_people(other):
        return question[: who[0]] + other + question[who[1] :]
    return f"{other}？"


def _likest(question: str, other: str) -> tuple[int, int] | None:
    """The part of ``question`` that begins or ends as ``other`` does, as long as that.

    One character alone may be alike by chance: then a word must begin there, or the question end.
    """
    length, end = len(other), len(bare(question))
    asked = max((found.end() for found in _ASKING.finditer(question)), default=0)
    best, likeness = None, 0
    for start in range(len(question) - length + 1):
        part = question[start : start + length]
        before, after = _shared(part, other), _shared(part[::-1], other[::-1])
        alike = before + after
        parted = start == 0 or _BEFORE_NOUN.search(question[:start]) is not None
        parted |= start + length == end and asked < start
        if likeness < alike < length and (alike > 1 or (parted and after)):
            best, likeness = (start, start + length), alike
    return best


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=True))
    return next((place for place, (a, b) in pairs if a != b), len(one))


def _asked_of(interrogative: str, question: str) -> str:
    """``interrogative`` asked of what ``question`` says: where that asked something else."""
    said = bare(question)
    places = list(_ASKING.finditer(said))
    reason = _REASON.fullmatch(interrogative) is not None
    if places and (interrogative == "怎么办" or _is_part(said, places[-1], reason=reason)):
        front = interrogative.startswith("为")
        return f"{interrogative}{said}？" if front else f"{said}，{interrogative}？"
    if places:
        last = places[-1]
        return f"{said[: last.start()].rstrip('是')}{interrogative}{said[last.end() :]}？"
    said = _YES_NO.sub("", said)
    return (
        f"{interrogative}{said}？" if interrogative[0] in "为怎如" else f"{said}，{interrogative}？"
    )


def _is_part(said: str, asked: re.Match[str], *, reason: bool) -> bool:
    """Whether what ``said`` asks for is a part of it that no other interrogative can replace.

    "多少" before what is counted is one, and for a ``reason`` so is all that ends a question.
    """
    if asked.end() == len(said):
        return reason
    return _ATTRIBUTIVE.fullmatch(asked.group()) is not None


def _resolved(text: str, earlier: Earlier) -> str | None:
    found = _PRONOUN.search(text)
    if found is None or _explained(text, found):
        return None
    about = topic(earlier.question)
    if found.lastgroup in {"person", "thing"}:
        about = _named(earlier) or about
    if not about:
        return None
    if found.lastgroup in {"person", "thing"}:
        return text[: found.start()] + about + text[found.end() :]
    if found.lastgroup == "after":
        return f"{about}{text}"
    return beside(text, about)


def _explained(text: str, found: re.Match[str]) -> bool:
    """Whether the question itself says, before the word, what it stands for."""
    before = text[: found.start()]
    if _CLAUSE_BEFORE.search(before):
        return True
    if found.lastgroup == "noun":
        return _APPOSITION.search(before) is not None
    own = _VERBAL.sub("", _ASKING.sub("", re.sub(rf"^{_OPENING}", "", before)))
    is_object = not bare(text[found.end() :])
    return not is_object and len(_HAN.findall(own)) > _VERB_CHARS


def _named(earlier: Earlier) -> str:
    """Whom or what the answer names, where the earlier question asked for a name."""
    answer = bare(earlier.answer)
    sought = _SEEKS_NAME.search(earlier.question)
    return answer if sought and _NAME.fullmatch(answer) else ""
