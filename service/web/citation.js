/** How a cited passage introduces itself: its quote, its title and where it stands. */

import { element, icon } from "./dom.js";
import { date, word } from "./words.js";

const TITLE_FALLBACK = /[^/]*$/;

/** The document's title, or its file name where it has none. */
export function title({ title: stated, path }) {
  return stated || TITLE_FALLBACK.exec(path ?? "")[0] || word("document");
}

/** Section, page and date on one line, as far as they are known; a heading that is the title once. */
export function place({ title: stated, section, page, updated_at: updated }) {
  const day = date(updated);
  const headings = section ?? [];
  return [
    (headings[0] === stated ? headings.slice(1) : headings).join(" › "),
    page ? word("page", page) : "",
    day ? word("updated", day) : "",
  ].filter(Boolean).join(" · ");
}

/** The passage word for word, in the language of the answer. */
export function quotation(quote, language) {
  return element("blockquote", { lang: language }, quote);
}

/** A button that opens a cited or found passage in its document. */
export function openButton(passage, openSource, attributes = {}) {
  const quote = passage.quote ?? passage.text;
  const open = () => openSource({ ...passage, id: passage.document_id, quote });
  const label = `${word("openSource")}: ${title(passage)}`;
  return element("button", { type: "button", click: open, "aria-label": label, ...attributes },
    icon("source"), word("openSource"));
}
