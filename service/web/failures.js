/** What went wrong, in the reader's words. */

import { CUT_OFF, UNREACHABLE } from "./api.js";
import { element } from "./dom.js";
import { word } from "./words.js";

const BY_STATUS = {
  [UNREACHABLE]: "offline",
  [CUT_OFF]: "cutOff",
  401: "notSignedIn",
  403: "forbidden",
  404: "unknown",
  413: "tooLong",
  503: "starting",
};

/** One sentence for a ServiceError. */
export function explain(error) {
  if (error.status === 429) return word("tooMany", Number.parseInt(error.retryAfter, 10) || null);
  const name = BY_STATUS[error.status] ?? (error.status < 500 ? "invalid" : "broken");
  return word(name);
}

/** Whether the same question may fare better a moment later. */
const passing = ({ status }) => status < 400 || status >= 500 || status === 401 || status === 429;

/** The sentence, under it what the service itself said, and another try where that may help. */
export function failureCard(error, retry) {
  return element("section", { class: "state failed", role: "alert" },
    element("h3", {}, word("failed")),
    element("p", {}, explain(error)),
    error.message ? element("p", { class: "meta" }, error.message) : null,
    passing(error) ? element("button", { type: "button", click: retry }, word("retry")) : null,
  );
}
