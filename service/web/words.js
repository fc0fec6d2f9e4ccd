/** Every word the page says, in English, Vietnamese and Chinese, and which of them it speaks. */

import * as session from "./session.js";

const english = {
  skip: "Skip to the answer",
  language: "Language",
  signOut: "Sign out",
  heading: "Ask your documents",
  lede: "Every sentence of an answer carries a footnote: the passage it rests on, checked before you see it.",
  question: "Your question",
  placeholder: "Ask a question",
  ask: "Ask",
  stop: "Stop",
  documents: (n) => (n === 1 ? "1 document to ask" : `${number(n)} documents to ask`),
  searching: "Searching the documents…",
  reading: (n) => (n === 1 ? "Checking 1 passage…" : `Checking ${n} passages…`),
  ready: (n) => (n === 1 ? "Answer ready, with 1 footnote." : `Answer ready, with ${n} footnotes.`),
  stopped: "Stopped before the answer was complete.",
  sources: "Sources",
  footnote: (n, title) => `Footnote ${n}: ${title}`,
  page: (n) => `page ${n}`,
  updated: (date) => `updated ${date}`,
  showPage: (n) => `Show page ${n}`,
  showText: "Show the text",
  pageOf: (n, total) => `page ${number(n)} of ${number(total)}`,
  pagePicture: (n, title) => `Page ${n} of “${title}”, with the passage marked where it stands on it`,
  previousPage: "Previous page",
  nextPage: "Next page",
  enlarge: "Enlarge",
  noPicture: "There is no picture of this page.",
  stale: "Outdated copy: the current file could not be read",
  alsoIn: "Also in:",
  attachedTo: "Attached to:",
  openSource: "Open source",
  close: "Close",
  partial: "partly supported",
  unsupported: "not supported",
  partialHint: "The footnotes of this sentence support only a part of it.",
  unsupportedHint: "No passage was found that supports this sentence.",
  abstained: "No answer was found",
  abstainedHint: "Rather than guess, no answer is given. Other words, or a more specific question, may help.",
  closest: "Closest passages found",
  earlier: "Earlier in this session",
  searchedFor: (question) => `Searched for: ${question}`,
  uncovered: (words) => `The documents do not speak of: ${words}`,
  caution: (title) => `“${title}” holds instructions for machines. They were not followed.`,
  madeBy: (generator, time) => `${generator} · ${time}`,
  helpful: "Was this answer helpful?",
  up: "Helpful",
  down: "Not helpful",
  thanks: "Thank you, noted.",
  comment: "What was wrong or missing? (optional)",
  send: "Send",
  feedbackFailed: "Your feedback could not be stored.",
  loadingSource: "Opening the source…",
  document: "Source",
  copyLink: "Copy link",
  copied: "Link copied",
  copyByHand: "Copy it from the address bar",
  original: "Original",
  passageMoved: "This document has changed since the answer was written; the passage was not found in it.",
  noDocument: "This document does not exist any more, or you may not see it.",
  signIn: "Sign in",
  signInHint: "This service asks for an API key. It is kept for this browser tab only.",
  key: "API key",
  keyRejected: "That key was not accepted.",
  cancel: "Cancel",
  signedOut: "You are signed out.",
  failed: "No answer this time",
  retry: "Try again",
  offline: "The service could not be reached. Check your connection and try again.",
  cutOff: "The connection was lost before the answer was complete.",
  notSignedIn: "Please sign in to ask.",
  forbidden: "Your key does not allow this.",
  invalid: "The service could not work with this question.",
  unknown: "The service does not know what was asked for.",
  tooLong: "This question is too long. Please shorten it.",
  tooMany: (seconds) =>
    `Too many questions at once. Try again ${seconds ? `in ${seconds} s` : "in a moment"}.`,
  starting: "The service is not ready yet. Try again in a moment.",
  broken: "The service failed to answer. If it happens again, tell the people who run it.",
};

const vietnamese = {
  skip: "Chuyển đến câu trả lời",
  language: "Ngôn ngữ",
  signOut: "Đăng xuất",
  heading: "Hỏi tài liệu của bạn",
  lede: "Mỗi câu trả lời đều có chú thích: đoạn văn làm căn cứ, đã được kiểm tra trước khi hiển thị.",
  question: "Câu hỏi của bạn",
  placeholder: "Đặt câu hỏi",
  ask: "Hỏi",
  stop: "Dừng",
  documents: (n) => `${number(n)} tài liệu để hỏi`,
  searching: "Đang tìm trong tài liệu…",
  reading: (n) => `Đang kiểm tra ${n} đoạn văn…`,
  ready: (n) => `Đã có câu trả lời, kèm ${n} chú thích.`,
  stopped: "Đã dừng trước khi trả lời xong.",
  sources: "Nguồn",
  footnote: (n, title) => `Chú thích ${n}: ${title}`,
  page: (n) => `trang ${n}`,
  updated: (date) => `cập nhật ${date}`,
  showPage: (n) => `Xem trang ${n}`,
  showText: "Xem văn bản",
  pageOf: (n, total) => `trang ${number(n)} / ${number(total)}`,
  pagePicture: (n, title) => `Trang ${n} của “${title}”, đoạn được trích dẫn được tô nổi nếu nằm trên trang này`,
  previousPage: "Trang trước",
  nextPage: "Trang sau",
  enlarge: "Phóng to",
  noPicture: "Không có hình của trang này.",
  stale: "Bản cũ: không đọc được tệp hiện tại",
  alsoIn: "Cũng có trong:",
  attachedTo: "Đính kèm trong thư:",
  openSource: "Mở nguồn",
  close: "Đóng",
  partial: "có căn cứ một phần",
  unsupported: "chưa có căn cứ",
  partialHint: "Các chú thích chỉ xác nhận một phần của câu này.",
  unsupportedHint: "Không tìm thấy đoạn văn nào xác nhận câu này.",
  abstained: "Không tìm thấy câu trả lời",
  abstainedHint: "Thay vì phỏng đoán, hệ thống không đưa ra câu trả lời. Hãy thử từ ngữ khác hoặc hỏi cụ thể hơn.",
  closest: "Những đoạn gần nhất tìm được",
  earlier: "Đã hỏi trong phiên này",
  searchedFor: (question) => `Đã tìm: ${question}`,
  uncovered: (words) => `Tài liệu không nhắc đến: ${words}`,
  caution: (title) => `“${title}” chứa chỉ dẫn dành cho máy. Chúng không được làm theo.`,
  madeBy: (generator, time) => `${generator} · ${time}`,
  helpful: "Câu trả lời này có hữu ích không?",
  up: "Hữu ích",
  down: "Không hữu ích",
  thanks: "Cảm ơn bạn, đã ghi nhận.",
  comment: "Điều gì sai hoặc còn thiếu? (không bắt buộc)",
  send: "Gửi",
  feedbackFailed: "Không lưu được phản hồi của bạn.",
  loadingSource: "Đang mở nguồn…",
  document: "Nguồn",
  copyLink: "Sao chép liên kết",
  copied: "Đã sao chép",
  copyByHand: "Hãy sao chép từ thanh địa chỉ",
  original: "Bản gốc",
  passageMoved: "Tài liệu đã thay đổi kể từ khi có câu trả lời; không tìm thấy đoạn văn này nữa.",
  noDocument: "Tài liệu này không còn tồn tại, hoặc bạn không được phép xem.",
  signIn: "Đăng nhập",
  signInHint: "Dịch vụ này yêu cầu khóa API. Khóa chỉ được giữ trong thẻ trình duyệt này.",
  key: "Khóa API",
  keyRejected: "Khóa này không được chấp nhận.",
  cancel: "Hủy",
  signedOut: "Bạn đã đăng xuất.",
  failed: "Lần này chưa có câu trả lời",
  retry: "Thử lại",
  offline: "Không kết nối được với dịch vụ. Hãy kiểm tra mạng và thử lại.",
  cutOff: "Mất kết nối trước khi trả lời xong.",
  notSignedIn: "Vui lòng đăng nhập để hỏi.",
  forbidden: "Khóa của bạn không cho phép việc này.",
  invalid: "Dịch vụ không xử lý được câu hỏi này.",
  unknown: "Dịch vụ không tìm thấy điều được yêu cầu.",
  tooLong: "Câu hỏi này quá dài. Hãy rút ngắn lại.",
  tooMany: (seconds) =>
    `Quá nhiều câu hỏi cùng lúc. Hãy thử lại sau ${seconds ? `${seconds} giây` : "giây lát"}.`,
  starting: "Dịch vụ chưa sẵn sàng. Hãy thử lại sau giây lát.",
  broken: "Dịch vụ gặp lỗi khi trả lời. Nếu còn lặp lại, hãy báo cho người vận hành.",
};

const chinese = {
  skip: "跳到答案",
  language: "语言",
  signOut: "退出登录",
  heading: "向您的文档提问",
  lede: "答案的每一句都带有脚注：它所依据的原文段落，在显示之前已经过核对。",
  question: "您的问题",
  placeholder: "输入您的问题",
  ask: "提问",
  stop: "停止",
  documents: (n) => `可查询 ${number(n)} 份文档`,
  searching: "正在搜索文档…",
  reading: (n) => `正在核对 ${n} 个段落…`,
  ready: (n) => `答案已生成，共 ${n} 条脚注。`,
  stopped: "答案尚未完成，已停止。",
  sources: "来源",
  footnote: (n, title) => `脚注 ${n}：${title}`,
  page: (n) => `第 ${n} 页`,
  updated: (date) => `更新于 ${date}`,
  showPage: (n) => `查看第 ${n} 页`,
  showText: "查看文字",
  pageOf: (n, total) => `第 ${number(n)} 页，共 ${number(total)} 页`,
  pagePicture: (n, title) => `《${title}》第 ${n} 页，所引段落若在此页则已标出`,
  previousPage: "上一页",
  nextPage: "下一页",
  enlarge: "放大",
  noPicture: "没有这一页的图像。",
  stale: "旧版本：当前文件无法读取",
  alsoIn: "同样内容另见：",
  attachedTo: "所属邮件：",
  openSource: "打开来源",
  close: "关闭",
  partial: "部分有依据",
  unsupported: "缺少依据",
  partialHint: "脚注只支持这句话的一部分。",
  unsupportedHint: "没有找到支持这句话的段落。",
  abstained: "没有找到答案",
  abstainedHint: "为避免猜测，这里不给出答案。换一种说法或问得更具体，可能会有帮助。",
  closest: "找到的最接近的段落",
  earlier: "本次会话中问过",
  searchedFor: (question) => `搜索的问题：${question}`,
  uncovered: (words) => `文档没有提到：${words}`,
  caution: (title) => `《${title}》含有写给机器的指令，未予执行。`,
  madeBy: (generator, time) => `${generator} · ${time}`,
  helpful: "这个答案有帮助吗？",
  up: "有帮助",
  down: "没有帮助",
  thanks: "谢谢，已记录。",
  comment: "哪里有误或缺失？（选填）",
  send: "发送",
  feedbackFailed: "您的反馈未能保存。",
  loadingSource: "正在打开来源…",
  document: "来源",
  copyLink: "复制链接",
  copied: "已复制",
  copyByHand: "请从地址栏复制",
  original: "原文件",
  passageMoved: "答案生成之后文档已有改动，找不到这段原文。",
  noDocument: "该文档已不存在，或您无权查看。",
  signIn: "登录",
  signInHint: "此服务需要 API 密钥。密钥只保留在当前浏览器标签页中。",
  key: "API 密钥",
  keyRejected: "该密钥未被接受。",
  cancel: "取消",
  signedOut: "您已退出登录。",
  failed: "这次没有得到答案",
  retry: "重试",
  offline: "无法连接服务。请检查网络后重试。",
  cutOff: "答案完成之前连接中断。",
  notSignedIn: "请先登录再提问。",
  forbidden: "您的密钥无权执行此操作。",
  invalid: "服务无法处理这个问题。",
  unknown: "服务找不到所请求的内容。",
  tooLong: "问题太长，请缩短后再试。",
  tooMany: (seconds) => `提问过于频繁，请${seconds ? `在 ${seconds} 秒后` : "稍后"}重试。`,
  starting: "服务尚未就绪，请稍后重试。",
  broken: "服务未能回答。如再次出现，请告知运维人员。",
};

const DICTIONARIES = { en: english, vi: vietnamese, zh: chinese };

let spoken = preferred();

/** The language chosen in this tab, else the first of the browser's that the page speaks. */
function preferred() {
  const wishes = [session.language() ?? "", ...navigator.languages];
  return wishes.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in DICTIONARIES) ?? "en";
}

/** The ISO 639-1 code of the language the page speaks. */
export const language = () => spoken;

/** The `lang` of a text in this language: Chinese needs its script, which decides the glyphs. */
export const tag = (code) => (code === "zh" ? "zh-Hans" : code);

/** Speaks another language from now on. */
export function speak(code) {
  spoken = code;
  session.setLanguage(code);
}

/** What the page calls `name`; some words take a number or a name. */
export function word(name, ...parameters) {
  const found = DICTIONARIES[spoken][name];
  return typeof found === "function" ? found(...parameters) : found;
}

function number(value) {
  return new Intl.NumberFormat(spoken).format(value);
}

/** Several words as one enumeration. */
export function list(words) {
  return new Intl.ListFormat(spoken, { type: "unit", style: "short" }).format(words);
}

/** A timestamp as a date in the reader's words; empty where there is none. */
export function date(timestamp) {
  const moment = new Date(timestamp ?? Number.NaN);
  if (Number.isNaN(moment.getTime())) return "";
  return new Intl.DateTimeFormat(spoken, { dateStyle: "medium" }).format(moment);
}

/** A duration, given in milliseconds, in seconds. */
export function duration(milliseconds) {
  const seconds = { style: "unit", unit: "second", maximumSignificantDigits: 2 };
  return new Intl.NumberFormat(spoken, seconds).format(milliseconds / 1000);
}

/** Says every element under `root` that names a word: its text, its label or its placeholder. */
export function translate(root) {
  document.documentElement.lang = tag(spoken);
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = word(node.dataset.placeholder);
}
