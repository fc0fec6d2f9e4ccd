"""The documents that the page is tested on, and questions with a certain answer in them."""

from tests.service.wiki import ACL

REMOTE_PATH = "guide/remote.md"
REMOTE_SENTENCE = "Office plants are watered by the facilities crew every Thursday morning 👩‍💻."
REMOTE_QUESTION = "Who waters the office plants every Thursday morning?"
_FILLER = "\n\n".join(
    f"Note {number} 🎉 on desks: chairs, lamps and 𝒙 other things are ordered from the catalogue."
    for number in range(30)
)
_REMOTE = (
    f"# House rules 🏡\n\n{_FILLER}\n\n{REMOTE_SENTENCE} They bring their own cans.\n\n{_FILLER}\n"
)

HOSTILE_PATH = "guide/hostile.md"
HOSTILE_TITLE = "<b>Visitors</b><script>window.pwned = 'title'</script>"
HOSTILE_SENTENCE = (
    "Visitor badges <img src=x onerror=\"window.pwned = 'img'\">"
    "<script>window.pwned = 'script'</script> are printed at the northern gatehouse desk."
)
HOSTILE_QUESTION = "Where are visitor badges printed?"

UNANSWERED_QUESTION = "How many moons does Jupiter have?"

VIETNAMESE_QUESTION = "Nhân viên được nghỉ phép bao nhiêu ngày mỗi năm?"
VIETNAMESE_ANSWER = "mười hai ngày"
CHINESE_QUESTION = "员工每年有多少天年假？"
CHINESE_ANSWER = "十五天"

DOCUMENTS = {
    REMOTE_PATH: _REMOTE,
    HOSTILE_PATH: f"# {HOSTILE_TITLE}\n\n{HOSTILE_SENTENCE}\n",
    "vi/nghi-phep.md": (
        "# Nghỉ phép\n\nNhân viên được nghỉ phép mười hai ngày mỗi năm.\n\n"
        "Đơn xin nghỉ được gửi cho trưởng nhóm.\n"
    ),
    "zh/nianjia.md": "# 年假\n\n员工每年有十五天年假。\n\n病假需要医生证明。\n",
    "hr/pay.md": "# Pay\n\nThe salary band of a zoologist is ninety thousand quatloos.\n",
    ".footnote-acl.toml": ACL,
}
