"""Whether a phrase names people: what is asked of them is seldom asked of a thing as well.

Where a question is about people, "what about X?" asks the same of X only if X are people, too.
"""

import re

_ENGLISH = frozenset(
    "agent applicant apprentice assistant attendee candidate child children citizen client "
    "colleague consultant contractor customer dealer developer director doctor driver employee "
    "employer engineer everybody everyone executive farmer father freelancer full-timer guest "
    "hire intern interviewee lawyer lead leader man manager member men mother newcomer nurse "
    "officer operator owner parent part-timer partner patient pensioner people person pupil "
    "resident reviewer seller staff student supervisor supplier teacher team teammate "
    "technician temp tenant trainee trainer user vendor visitor volunteer woman women "
    "worker".split()
)
_ENGLISH_ENDINGS = ("er", "or", "ist", "ian", "eur", "man", "men")
# Some that end so, and often stand where people do.
_ENGLISH_THINGS = frozenset(
    "chapter computer container corner counter cover dinner door error filter floor folder letter "
    "matter meter monitor motor number offer order other paper parameter poster power printer "
    "quarter register router scanner semester sensor server summer timer tower trailer transfer "
    "voucher water weather winter".split()
)
_CHINESE = re.compile(
    r"(?:^|[的在和与对给，])(?P<who>[^的在和与对给，]{0,6}?(?:员工|职员(?!工)|雇员|职工|实习生|"
    r"经理|主管|主任|总监|领导|老板|部长|组长|人员|工人|客户|顾客|用户|学生|老师|教师|医生|护士|工程师|司机|专家|(?:经销|供应|代理)商|合同工|临时工|正式工|父母|家长|儿童|孩子|观察员|值班员))"
)
_CHINESE_ENDING = re.compile(r"[人员者师生们]$")
# A pattern, for in Vietnamese the head of a phrase comes first. "Khách sạn" is a hotel.
VIETNAMESE_PEOPLE = (
    r"(?:(?:các|những|mọi|mỗi|một|toàn bộ|tất cả)\s+)*(?:người|nhân viên|công nhân|nhân sự|quản lý|"
    r"quản đốc|giám đốc|lãnh đạo|thực tập sinh|học sinh|sinh viên|giáo viên|thành viên|chuyên viên|"
    r"cộng tác viên|kỹ sư|bác sĩ|y tá|tài xế|khách(?!\s+sạn)|đại lý|nhà thầu|nhà cung cấp|cán bộ|"
    r"phụ nữ|trưởng phòng|trưởng nhóm|tổ trưởng|phụ huynh|cha mẹ|trẻ em|nông dân)\b"
)


def english_people(phrase: str) -> bool:
    """Whether the last word of an English noun phrase is one for people."""
    return not _singulars(phrase).isdisjoint(_ENGLISH)


def perhaps_english_people(phrase: str) -> bool:
    """The same, where a word also counts that only ends as words for people do."""
    singulars = _singulars(phrase)
    if not singulars.isdisjoint(_ENGLISH_THINGS):
        return False
    return not singulars.isdisjoint(_ENGLISH) or any(
        word.endswith(_ENGLISH_ENDINGS) for word in singulars
    )


def chinese_people(text: str) -> tuple[int, int] | None:
    """Where the first Chinese phrase for people in ``text`` stands; None where there is none."""
    found = _CHINESE.search(text)
    return found.span("who") if found else None


def perhaps_chinese_people(phrase: str) -> bool:
    """Whether a Chinese phrase is or ends as a word for people."""
    return bool(_CHINESE.search(phrase) or _CHINESE_ENDING.search(phrase))


def _singulars(phrase: str) -> set[str]:
    last = phrase.lower().split()[-1] if phrase.split() else ""
    return {last, last.removesuffix("s")}
