"""Texts that a precision is fitted to and judged by: languages, code, markup, short and long."""

_ENGLISH = """\
Parental leave lasts twenty weeks and may be taken in two parts within the child's first year.
How many days of annual leave do I get?
The allowance covers rail fares in second class; a taxi is paid only between ten and six at night.
Before a release the on-call engineer reads the dashboard, tags the commit and tells the channel.
Photosynthesis turns carbon dioxide and water into sugar, with light as the source of energy.
who approves travel expenses above the limit
The treaty was signed in 1648 after four years of talks held in two towns thirty miles apart.
Patients treated early showed fewer relapses than those treated late, though the trial was small.
If the pump does not start, close the valve, drain the filter and wait until the red lamp is out.
Our refund policy: goods that were not opened can be returned within thirty days of delivery."""

_VIETNAMESE = """\
Nhân viên chính thức được nghỉ phép mười hai ngày mỗi năm, không kể các ngày lễ.
Thời gian thử việc kéo dài bao lâu?
Hồ sơ thanh toán phải có hóa đơn gốc và chữ ký của trưởng phòng trước ngày hai mươi lăm.
Sông Hồng bắt nguồn từ Vân Nam và đổ ra biển qua nhiều cửa ở đồng bằng Bắc Bộ.
Khi máy báo lỗi, hãy tắt nguồn, chờ ba phút rồi khởi động lại theo hướng dẫn ở trang sau.
lam sao de doi mat khau email cong ty"""

_CHINESE = """\
正式员工每年享有十天带薪年假，工龄满五年后增加到十五天。
出差补助标准是多少？
报销申请须在费用发生后三十日内提交，并附上发票原件与部门主管的签字。
長江發源於青藏高原，全長約六千三百公里，是亞洲最長的河流。
如果服务器没有响应，请先检查网络连接，然后查看日志中的最后一条错误信息。
如何重置我的密码"""

_TECHNICAL = """\
def mean(values): return sum(values) / len(values) if values else 0.0
kubectl rollout status deployment/web --namespace prod --timeout=120s
E11000 duplicate key error collection: shop.orders index: _id_ dup key: { _id: 4711 }
Revenue 2023: 1,204.5 m; 2024: 1,377.9 m (+14.4 %); operating margin 18.2 %, after 17.6 %.
SELECT name, count(*) FROM visits WHERE day >= '2024-03-01' GROUP BY name ORDER BY 2 DESC;
| Size | Weight (kg) | Price | S | 0.75 | 19.90 | M | 0.80 | 21.90 | L | 0.90 | 23.90 |"""

_MARKUP = """\
# Access requests ## Who may ask > **_NOTE:_** As of 2024-May-02 this page is the source of truth.
| Metric | Definition | | --------------- | ------------------------------- | | NRR | [link](#nrr) |
- [ ] Read the [handbook](https://wiki.example.org/teams/people#start) - [x] Ask @ana in `#it-help`
Members: A. N. Petrov; Lê Thị Hoa; María del Carmen Ruiz; O'Brien & Sons, Ltd.; 王小明; J.-P. Blanc.
<div class="note"><a href="/docs/v2.14.3/install.html">Install v2.14.3</a> &mdash; see FAQ</div>
See Fig. 3(b), eq. (12)-(14) and refs. [4, 7-9]; p < .001, n = 1,024, 95 % CI [0.12, 0.31]."""

_LINES = [
    line
    for block in (_ENGLISH, _VIETNAMESE, _CHINESE, _TECHNICAL, _MARKUP)
    for line in block.splitlines()
]
# Single lines are as long as questions; five together as long as passages.
SAMPLES = (*_LINES, *(" ".join(_LINES[i : i + 5]) for i in range(0, len(_LINES), 5)))
