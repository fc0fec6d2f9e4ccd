/** How a cited passage introduces itself: its quote, its title, where it stands, what to mind. */

import { element, icon } from "./dom.js";
import { passageFragment } from "./links.js";
import { date, word } from "./words.js";

const TITLE_FALLBACK = /[^/]*$/;
const CELLS = 3; // named one by one

/** The document's title, or its file name where it has none. */
export function title({ title: stated, path }) {
  return stated || TITLE_FALLBACK.exec(path ?? "")[0] || word("document");
}

/** Section, page, cells and date on one line, as far as known; a heading that is the title once. */
export function place({ title: stated, section, page, cells, updated_at: updated }) {
  const day = date(updated);
  const headings = section ?? [];
  return [
    (headings[0] === stated ? headings.slice(1) : headings).join(" › "),
    page ? word("page", page) : "",
    span(cells ?? []),
    day ? word("updated", day) : "",
  ].filter(Boolean).join(" · ");
}

/** Every cell by name where they are few, otherwise the first and the last. */
function span(cells) {
  return cells.length > CELLS ? `${cells[0]} … ${cells.at(-1)}` : cells.join(", ");
}

/** What a reader should know of the document: outdated, attached to a mail, found elsewhere too. */
export function remarks({ stale, attached_to: mail, duplicates = [] }) {
  const others = duplicates.flatMap((copy, at) => [at > 0 ? ", " : " ", reference(copy, copy.path)]);
  return [
    stale ? element("p", {}, element("span", { class: "stale" }, word("stale"))) : null,
    mail ? element("p", { class: "meta" }, `${word("attachedTo")} `, reference(mail, title(mail))) : null,
    others.length > 0 ? element("p", { class: "meta" }, word("alsoIn"), ...others) : null,
  ];
}

/** A link that opens another document here. */
function reference({ document_id: id, path }, name) {
  return element("a", { href: passageFragment({ id, start: 0, end: 0 }), title: path }, name);
}

/** The passage word for word, in the language of the answer. */
export function quotation(quote, language) {
  return element("blockquote", { lang: language }, quote);
}

/** A button that opens a cited or found passage in its document. */
export function openButton(passage, openSource, attributes = {}) {
  const quote = passage.quote || passage.text;
  const open = () => openSource({ ...passage, id: passage.document_id, quote });
  const label = `${word("openSource")}: ${title(passage)}`;
  return element("button", { type: "button", click: open, "aria-label": label, ...attributes },
    icon("source"), word("openSource"));
}
