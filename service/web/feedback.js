/** Thumbs up or down under an answer; down may add what was wrong. */

import { ServiceError } from "./api.js";
import { element, icon } from "./dom.js";
import { word } from "./words.js";

/** `exchange.verdict` keeps what was said, so that the answer shows it when it is drawn again. */
export function feedback(exchange, requestId, store) {
  const status = element("p", { class: "meta", role: "status" });
  const buttons = ["up", "down"].map((verdict) => thumb(verdict));
  const comment = commentForm((text) => say({ comment: text }));
  const root = element("section", { class: "feedback" },
    element("div", { class: "row" }, element("span", { class: "meta" }, word("helpful")), ...buttons, status),
    comment);

  function thumb(verdict) {
    const press = () => {
      exchange.verdict = verdict;
      say({});
      comment.hidden = verdict !== "down";
      if (!comment.hidden) comment.elements.comment.focus();
    };
    return element("button", {
      type: "button", class: "quiet round thumb", "data-verdict": verdict, click: press,
      "aria-label": word(verdict), title: word(verdict),
    }, icon(verdict));
  }

  function mark() {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.verdict === exchange.verdict));
    }
  }

  async function say(extra) {
    mark();
    status.textContent = "";
    try {
      await store({ request_id: requestId, verdict: exchange.verdict, ...extra });
      status.textContent = word("thanks");
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      status.textContent = word("feedbackFailed");
    }
  }

  mark();
  return root;
}

function commentForm(send) {
  const field = element("textarea", { id: "comment", name: "comment", rows: "2", maxlength: "2000" });
  const submit = (event) => {
    event.preventDefault();
    form.hidden = true;
    if (field.value.trim()) send(field.value.trim());
  };
  const form = element("form", { class: "comment", hidden: true, submit },
    element("label", { for: "comment" }, word("comment")),
    field,
    element("button", { type: "submit" }, word("send")));
  return form;
}
