"""Instructions to a machine as they are worded in Vietnamese."""

import re
from functools import partial

from service.answering.guarding.wording import Kind, spaced

_PARTS = {
    "rules": r"hướng dẫn|chỉ dẫn|chỉ thị|mệnh lệnh|câu lệnh|lời nhắc|prompt|quy tắc"
    r"|yêu cầu|chỉ lệnh",
    "all": r"tất cả|toàn bộ|mọi|hết(?: thảy)?|bất (?:kỳ|cứ)",
    "earlier": r"trước|ở trên|bên trên|phía trên|nói trên|hệ thống|ban đầu|của bạn|đã (?:cho|nhận)",
    "machine": r"ai|trí tuệ nhân tạo|chatbot|trợ lý (?:ai|ảo)|mô hình (?:ngôn ngữ|ai)|llm|dan"
    r"|hacker|bot|robot",
    "made": r"câu trả lời|phần trả lời|phản hồi|lời đáp|câu đáp|đầu ra|nội dung trả lời",
    "own": r"{made} của (?:bạn|mình)|(?:mọi|mỗi|từng|tất cả(?: các)?|toàn bộ|các) {made}",
    "put": r"thêm|chèn|đề cập|nhắc (?:đến|tới)|nêu|ghi|viết|đưa|gắn|lồng ghép|quảng cáo|giới thiệu"
    r"|khuyến nghị|dùng|sử dụng|thay|bao gồm",
    "language": r"tiếng (?:anh|đức|pháp|tây ban nha|bồ đào nha|ý|nga|nhật|hàn|trung|hoa|thái|ả rập"
    r"|việt|lào|khmer|indonesia|hà lan|ba lan)",
    "manner": r"{language}|biểu tượng cảm xúc|emoji|mật mã|mã hóa|mã hoá|base64|thơ|chữ in hoa"
    r"|mã morse|đảo ngược",
    "order": r"hãy|vui lòng|xin|bạn (?:phải|cần|nên)|luôn(?: luôn)?|chỉ|bắt buộc|phải",
}
_vi = partial(spaced, _PARTS)

WORDINGS = (
    _vi(
        Kind.OVERRIDE,
        "bỏ phớt quên mặc vứt đừng",
        r"(?:bỏ qua|phớt lờ|quên(?: đi| hết){0,2}|mặc kệ|vứt bỏ|đừng (?:làm|tuân|nghe) theo)"
        r"(?: {all}| những| các| mọi| cái| những gì){0,3} (?:(?:{rules}|nội dung|điều|gì)"
        r"(?: \w{1,8}){0,4}? {earlier}|(?<=mọi\x20)(?:{rules})|(?<=các\x20)(?:{rules})"
        r" (?:này|đó|trên))\b",
    ),
    _vi(
        Kind.OVERRIDE,
        "bỏ phớt quên",
        r"(?:bỏ qua|phớt lờ|quên(?: đi| hết){0,2}) {all}(?: những| các){0,2} (?:hướng dẫn|chỉ dẫn"
        r"|chỉ thị|mệnh lệnh|câu lệnh|lời nhắc|prompt|quy tắc|chỉ lệnh)\b",
    ),
    _vi(
        Kind.ROLE,
        "bạn mày",
        r"(?<!nếu\x20)(?:bạn|mày) (?:bây giờ|giờ đây|hiện|hiện tại|từ giờ)? ?"
        r"(?:là|sẽ là|đóng vai)(?: một| một"
        r" cái)? {machine}\b",
    ),
    _vi(
        Kind.ROLE,
        "vai vờ nhập hành",
        r"(?:đóng vai|giả vờ(?: là)?|nhập vai|hành động như)(?: là| một){0,2} {machine}\b",
    ),
    _vi(
        Kind.ROLE,
        "từ",
        r"(?:kể )?từ (?:bây giờ|giờ|nay)(?: trở đi| về sau)?,? ?(?:bạn )?(?:hãy|phải|chỉ|luôn|sẽ)"
        r"(?: luôn| chỉ){0,2} (?:trả lời|đóng vai|phản hồi|nói)\b",
    ),
    _vi(
        Kind.TOOL,
        "gửi tải chuyển đăng",
        r"(?:gửi|tải|chuyển|đăng)(?: \w{1,8}){0,6}? (?:lịch sử (?:trò chuyện|hội thoại)|cuộc (?:trò"
        r" chuyện|hội thoại)|lời nhắc hệ thống|(?:câu hỏi|dữ liệu|thông tin) của người dùng)~"
        r"(?:https?:|www\.|địa chỉ này|đường dẫn này|liên kết này)",
    ),
    _vi(
        Kind.DISCLOSURE,
        "tiết ra hiển lặp",
        r"(?:tiết lộ|in ra|hiển thị|lặp lại)(?: \w{1,8}){0,4}? (?:lời nhắc|prompt|chỉ dẫn|hướng dẫn"
        r"|chỉ thị) (?:hệ thống|của bạn|gốc|ban đầu|bí mật)\b",
    ),
    _vi(
        Kind.DISCLOSURE,
        "đừng không",
        r"(?:đừng|không (?:được|bao giờ)) (?:đề cập|nhắc|tiết lộ|nói)(?: \w{1,8}){0,4}? (?:chỉ dẫn"
        r"|hướng dẫn|chỉ thị|lời nhắc|prompt|mệnh lệnh) (?:này|hệ thống|trên)\b",
    ),
    _vi(
        Kind.CITATION,
        "trích",
        r"(?:(?:đừng|không (?:được|bao giờ)|cấm) trích dẫn(?: bất kỳ| các| những| mọi)? (?:nguồn"
        r"|tài liệu|đoạn)|{order} trích dẫn(?: đoạn| nguồn| tài liệu| số){0,2}[^\w.!?]{0,3}\[\d)",
    ),
    _vi(
        Kind.CITATION,
        "khác",
        r"(?:bỏ qua|phớt lờ|đừng (?:dùng|tin|đọc|sử dụng))(?: {all}| các| những){0,2} (?:nguồn"
        r"|tài liệu|đoạn(?: văn)?|kết quả|văn bản) khác\b",
    ),
    _vi(
        Kind.ANSWER,
        "trả phản lời đầu câu",
        r"{put}\b~ (?:trong|vào|cho|ở|bằng|cuối|đầu) {own}\b|(?:trong|ở|cuối|đầu) {own}\W{1,3}"
        r"(?:{order} )?{put}\b",
    ),
    _vi(
        Kind.ANSWER,
        "kết bắt mở",
        r"(?:kết thúc|bắt đầu|mở đầu) (?:{own}|{made}) (?:bằng|với)\b",
    ),
    _vi(
        Kind.ANSWER,
        "trả phản lời đầu câu",
        r"(?:dịch|mã hóa|mã hoá|viết lại|chỉnh sửa|sửa|đảo ngược|thay đổi) {own}\b"
        r"|(?:trình bày|viết) {own}\b~ (?:bằng|sang) {manner}\b",
    ),
    _vi(
        Kind.ANSWER,
        "trả phản đáp",
        r"(?:{order} |(?<![\w,]\x20))(?:trả lời|phản hồi|đáp)(?: lại)? (?:(?:bằng|theo) {manner}"
        r"|duy nhất|đúng một)\b|chỉ (?:trả lời|in ra|xuất ra|viết ra) (?:bằng|với|duy nhất|đúng"
        r"|cụm từ|từ|câu)\b",
    ),
    _vi(
        Kind.ANSWER,
        "bất dù",
        r"(?:bất kể|cho dù|dù) (?:người dùng|câu hỏi)~ (?:hãy|phải|chỉ|luôn|đều) (?:luôn |chỉ )?"
        r"(?:trả lời|nói|đáp|viết|in)\b",
    ),
    _vi(
        Kind.ANSWER,
        "trả phản",
        r"(?:mọi|mỗi|tất cả(?: các)?) {made}(?: của bạn)?(?: đều)? (?:phải|cần)(?: được| luôn){0,2}"
        r" (?:kết thúc|bắt đầu|mở đầu|chứa|có|kèm)\b",
    ),
    _vi(
        Kind.ADDRESS,
        "nếu",
        r"nếu bạn là(?: một)? (?:ai|chatbot|trợ lý (?:ai|ảo)|mô hình (?:ngôn ngữ|ai)|llm)\b",
    ),
    _vi(
        Kind.ADDRESS,
        "gửi chú lưu nhắn thông",
        r"(?:gửi|chú ý|lưu ý|nhắn|thông báo)(?: tới| đến| cho| dành cho){0,2}(?: các| mọi)?"
        r" (?:ai|chatbot|trợ lý (?:ai|ảo)|mô hình ngôn ngữ)[^\w\n]{0,2}[:,!]",
    ),
)
# What a person writes to another person.
PEOPLE = re.compile(
    r"khách hàng|ứng viên|đồng nghiệp|nhân viên|người phỏng vấn|bệnh nhân|học sinh|sinh viên"
    r"|phiếu (?:khảo sát|yêu cầu)|khảo sát|biểu mẫu|quản lý của bạn"
)
