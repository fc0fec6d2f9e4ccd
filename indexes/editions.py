"""Which version of a paper a document is, as its name tells: "Leave 2023", "v2", "第三版", "(old)".

Names are told by the file's path and by the title. Only a year and a version's number tell of a
version. A day, a month, a week, a quarter, a number of any other kind, or a word for a paper that
is written anew each time (minutes, reports, invoices) tells that what has the same name otherwise
stands beside it, and takes nothing from it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from indexes.language import normalise
from indexes.types import DocumentInfo

_MAIL = frozenset({"eml", "mbox", "msg"})
_HAN = "一二三四五六七八九十"

_VERSION = re.compile(
    r"(?<![^\W\d_])(?:v|ver|version|rev|revision|edition|fassung|phiên bản|phien ban|bản)"
    r"[ .]*(?P<named>\d{1,2})(?!\d)(?!\.\d)"
    r"|(?<![\d.])(?P<counted>\d{1,2})(?:st|nd|rd|th) (?:edition|version|revision)\b"
    rf"|第 ?(?P<zh>\d{{1,2}}|[{_HAN}]) ?版|版本 ?(?P<zh_named>\d{{1,2}}|[{_HAN}])(?!\d)(?!\.\d)"
)
_YEAR = re.compile(r"(?<!\d)(?:199|20[0-3])\d(?!\d)(?:年度?版?)?")
# Words that say nothing once the year or the number beside them is gone.
_BESIDE = re.compile(
    r"(?<![^\W\d_])(?:version|ver|edition|revision|rev|revised|fassung|year|phiên bản|phien ban|"
    r"bản|năm|nam)(?![^\W\d_])|修订版|版本|版"
)
_PASSED = "old|obsolete|outdated|superseded|archived|cũ|bản cũ|hết hiệu lực|旧|旧版|作废|已?废止"
_OLD = re.compile(rf"[(\[] ?(?:{_PASSED}) ?[)\]]|(?:(?<=\w) (?:{_PASSED})|旧版)$")
_PERIODIC = re.compile(
    r"(?<![^\W\d_])(?:"
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|spring|summer|autumn|fall|winter|day|week|month|"
    r"quarter|half|daily|weekly|monthly|quarterly|annual|"
    r"accounts?|agenda|announcements?|audits?|budgets?|bulletins?|changelog|conference|digest|"
    r"exams?|incidents?|invoices?|journal|logs?|meetings?|minutes|news|newsletters?|notices?|"
    r"offers?|orders?|post ?mortems?|quotations?|quotes?|receipts?|releases?|reports?|results?|"
    r"retrospectives?|reviews?|sprint|statements?|surveys?|"
    r"ngày|tuần|tuan|tháng|thang|quý|quy [ivx]+|mùa|kỳ|đợt|báo cáo|bao cao|bản tin|ban tin|"
    r"biên bản|bien ban|đề thi|de thi|hóa đơn|hoá đơn|hoa don|họp|kết quả|ket qua|kiểm toán|"
    r"kiem toan|ngân sách|ngan sach|nhật ký|nhat ky|quyết toán|quyet toan|sự cố|su co|"
    r"thông báo|thong bao"
    r")(?![^\W\d_])"
    rf"|[日周月季旬]|半年|第[{_HAN}]+[期届次]|事故|会议|公告|公报|决算|发票|审计|总结|报告|报表|日志|"
    r"年报|简报|纪要|结果|记录|试卷|试题|账单|通报|通知|通讯|预算"
)
_JOINTS = re.compile(r"[\s_\-\u2010-\u2015]+")
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Edition:
    """What a document's name tells of its version, and the name without it.

    ``names`` are equal in part for two versions of one paper. ``year`` is empty and ``number`` 0
    where the name tells none; ``old`` is whether it says that there is a newer one.
    """

    names: frozenset[tuple[str, str, str]]
    year: str = ""
    number: int = 0
    old: bool = False

    @property
    def terms(self) -> frozenset[str]:
        """Index terms by which a question may name this very version."""
        number = {str(self.number), f"v{self.number}"} if self.number else set()
        return frozenset(number | ({self.year} if self.year else set()))

    @property
    def order(self) -> tuple[bool, int, str]:
        """Greater for a later one, between two of which both tell the same kinds of marks."""
        return not self.old, self.number, self.year


def edition(document: DocumentInfo) -> Edition:
    """What the name of ``document`` tells; an edition without names where it has no version."""
    if document.type in _MAIL or document.parent:
        return _NONE
    return _read(document.path, document.title)


def are_versions(one: Edition, other: Edition) -> bool:
    """Whether two names are one but for the version, and tell which of the two is later."""
    if not one.names & other.names:
        return False
    if one.old != other.old:
        return True
    years = (one.year > other.year) - (one.year < other.year) if one.year and other.year else 0
    numbered = one.number and other.number
    numbers = (one.number > other.number) - (one.number < other.number) if numbered else 0
    return {years, numbers} - {0} in ({1}, {-1})


@dataclass(frozen=True, slots=True)
class _Name:
    """One of the names of a document: ``rest`` is it without what tells of a version."""

    rest: str
    whole: str
    years: frozenset[str]
    numbers: frozenset[int]
    old: bool
    periodic: bool

    @property
    def has_other_number(self) -> bool:
        """Whether it holds digits that are neither a year nor a version's number."""
        return any(map(str.isdecimal, self.rest))


_NONE = Edition(frozenset())


@lru_cache(maxsize=2**12)
def _read(path: str, title: str) -> Edition:
    file = PurePosixPath(path)
    folders = [_name(folder) for folder in file.parts[:-1]]
    own = [_name(file.stem), _name(title)]
    of_years = [folder for folder in folders if folder.years and not folder.rest]
    years = frozenset[str]().union(*(name.years for name in (*own, *of_years)))
    numbers = own[0].numbers | own[1].numbers
    inside = [*own, *folders] if of_years else own
    if (
        len(years) > 1
        or len(numbers) > 1
        or any(name.periodic for name in (*own, *folders))
        or any(name.has_other_number for name in inside)
    ):
        return _NONE
    above = "/".join("" if folder in of_years else folder.whole for folder in folders)
    kinds = zip(("path", "title"), own, strict=True)
    return Edition(
        frozenset((kind, above, name.rest) for kind, name in kinds if name.rest),
        max(years, default=""),
        max(numbers, default=0),
        any(name.old for name in own),
    )


def _name(text: str) -> _Name:
    whole = _JOINTS.sub(" ", normalise(text)).strip()
    numbers = frozenset(_number(found) for found in _VERSION.finditer(whole))
    rest = _VERSION.sub(" ", whole)
    years = frozenset(found[:4] for found in _YEAR.findall(rest))
    rest = _YEAR.sub(" ", rest).strip()
    old = bool(_OLD.search(rest))
    rest = _MARKS.sub(" ", _BESIDE.sub(" ", _OLD.sub(" ", rest))).strip()
    return _Name(rest, whole, years, numbers, old, bool(_PERIODIC.search(whole)))


def _number(found: re.Match[str]) -> int:
    told = next(filter(None, found.groups()))
    return int(told) if told.isdecimal() else _HAN.index(told) + 1
