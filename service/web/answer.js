/** One question and its answer, drawn event by event as the service checks the sentences. */

import { openButton, place, quotation, remarks, title } from "./citation.js";
import { element } from "./dom.js";
import { failureCard } from "./failures.js";
import { feedback } from "./feedback.js";
import { duration, list, tag, word } from "./words.js";

export class AnswerView {
  #citations = new Map();
  #evidence = [];
  #end = 0; // of the last sentence drawn, in code points of the answer

  /** `actions`: footnotes, openSource, store(feedback), retry(question, history). */
  constructor(exchange, actions) {
    this.exchange = exchange;
    this.actions = actions;
    this.text = element("div", { class: "answer-text" });
    this.heading = element("h2", {}, exchange.question);
    this.root = element("article", { class: "answer" }, this.heading, this.text);
    for (const event of exchange.events) this.take(event);
    if (exchange.failure) this.fail(exchange.failure);
  }

  /** Draws one event of the answer. */
  take({ name, data }) {
    if (name === "evidence") this.#found(data);
    if (name === "sentence") this.#add(data.sentence, data.citations, data.language);
    if (name === "answer") this.#finish(data);
  }

  /** Shows why there is no answer; what was checked so far stays. */
  fail(error) {
    this.root.append(failureCard(error, () => this.actions.retry(this.exchange.question, this.exchange.history)));
  }

  #found({ evidence, question }) {
    this.#evidence = evidence;
    if (question !== this.exchange.question) {
      this.heading.after(element("p", { class: "meta searched" }, word("searchedFor", question)));
    }
  }

  #add(sentence, citations, language) {
    for (const citation of citations) this.#citations.set(citation.label, citation);
    const gap = sentence.start - this.#end;
    if (this.#end > 0 && gap > 0) {
      this.text.append(gap > 1 ? element("span", { class: "break" }) : " ");
    }
    this.#end = sentence.end;
    this.text.append(this.#sentence(sentence, language));
  }

  #sentence({ text, citations, verdict }, language) {
    const cited = citations.map((label) => this.#citations.get(label)).filter(Boolean);
    return element("span", { class: "sentence", "data-verdict": verdict },
      element("span", { class: "words" }, text),
      ...cited.map((citation) => this.actions.footnotes.marker(citation, language)),
      verdict === "supported" ? null
        : element("span", { class: "verdict", title: word(`${verdict}Hint`) }, word(verdict)));
  }

  #finish(answer) {
    this.actions.footnotes.close();
    this.text.replaceChildren();
    this.text.lang = tag(answer.language);
    this.heading.lang = this.text.lang;
    this.#end = 0;
    this.#citations.clear();
    for (const citation of answer.citations) this.#citations.set(citation.label, citation);
    for (const sentence of answer.sentences) this.#add(sentence, [], this.text.lang);
    if (answer.abstained) this.root.append(this.#abstention(answer));
    else if (answer.reason) this.root.append(notice(answer.reason));
    if (!answer.abstained && answer.uncovered.length > 0) {
      this.root.append(notice(word("uncovered", list(answer.uncovered))));
    }
    for (const title of new Set(answer.cautions.map((caution) => caution.title))) {
      this.root.append(notice(word("caution", title)));
    }
    if (answer.citations.length > 0) this.root.append(this.#sources(answer.citations));
    this.root.append(
      feedback(this.exchange, answer.request_id, this.actions.store),
      element("p", { class: "meta made-by" }, madeBy(answer)));
  }

  #abstention({ reason, nearest }) {
    const closest = nearest.map((found) => ({ ...this.#passageOf(found), ...found }));
    return element("section", { class: "state" },
      element("h3", {}, word("abstained")),
      reason ? element("p", {}, reason) : null,
      element("p", { class: "meta" }, word("abstainedHint")),
      closest.length > 0 ? element("h4", {}, word("closest")) : null,
      element("ul", { class: "closest" }, ...closest.map((passage) => this.#closest(passage))));
  }

  #passageOf({ document_id: id, start }) {
    return this.#evidence.find(
      (passage) => passage.document_id === id && passage.start <= start && start < passage.end);
  }

  #closest(passage) {
    return element("li", {},
      element("p", { class: "source-title" }, title(passage)),
      element("p", { class: "meta" }, place(passage)),
      ...remarks(passage),
      passage.quote ? quotation(passage.quote, this.text.lang) : null,
      openButton(passage, this.actions.openSource, { class: "quiet" }));
  }

  #sources(citations) {
    return element("section", { class: "sources" },
      element("h3", {}, word("sources")),
      element("ol", {}, ...citations.map((citation) => this.#source(citation))));
  }

  #source(citation) {
    return element("li", { value: String(citation.label) },
      element("span", { class: "number", "aria-hidden": "true" }, String(citation.label)),
      element("div", {},
        element("p", { class: "source-title" }, title(citation)),
        element("p", { class: "meta" }, place(citation)),
        ...remarks(citation),
        quotation(citation.quote, this.text.lang),
        element("div", { class: "row" },
          openButton(citation, this.actions.openSource, { class: "quiet" }),
          element("span", { class: "meta path" }, citation.path))));
  }
}

const notice = (words) => element("p", { class: "notice" }, words);

function madeBy({ generator, timings_ms: timings }) {
  const total = timings.total ?? Object.values(timings).reduce((sum, value) => sum + value, 0);
  return word("madeBy", generator, duration(total));
}
