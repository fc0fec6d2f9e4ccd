/**
 * The numbered buttons in an answer, and the note that each opens: on hover, on keyboard focus and
 * on tap. A tapped note stays until it is closed; Escape closes any.
 */

import { openButton, place, quotation, remarks, title } from "./citation.js";
import { element, icon } from "./dom.js";
import { language, word } from "./words.js";

const LEAVE_MS = 200; // time for the pointer to travel from the number to its note
const GAP_PX = 8;

export class Footnotes {
  #open = null; // {marker, panel, pinned}
  #leaving = 0;

  constructor(openSource) {
    this.openSource = openSource;
    document.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("pointerdown", (event) => this.#onPress(event));
    window.addEventListener("resize", () => this.close());
  }

  /** The button of one citation; `answerLanguage` is the language of its quote. */
  marker(citation, answerLanguage) {
    const marker = element("button", {
      type: "button",
      class: "marker",
      "aria-label": word("footnote", citation.label, title(citation)),
      "aria-expanded": "false",
    }, String(citation.label));
    const show = (pinned) => this.#show(marker, citation, answerLanguage, pinned);
    marker.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(false));
    marker.addEventListener("pointerleave", () => this.#leaveSoon());
    marker.addEventListener("focus", () => marker.matches(":focus-visible") && show(false));
    marker.addEventListener("blur", (event) => this.#onBlur(event));
    marker.addEventListener("click", () => this.#toggle(marker, show));
    return marker;
  }

  close() {
    clearTimeout(this.#leaving);
    this.#open?.marker.setAttribute("aria-expanded", "false");
    for (const name of ["aria-controls", "aria-describedby"]) this.#open?.marker.removeAttribute(name);
    this.#open?.panel.remove();
    this.#open = null;
  }

  #toggle(marker, show) {
    if (this.#open?.marker === marker && this.#open.pinned) this.close();
    else show(true);
  }

  #show(marker, citation, answerLanguage, pinned) {
    clearTimeout(this.#leaving);
    if (this.#open?.marker === marker) {
      this.#open.pinned ||= pinned;
      return;
    }
    this.close();
    const panel = this.#panel(citation, answerLanguage);
    marker.after(panel);
    marker.setAttribute("aria-expanded", "true");
    marker.setAttribute("aria-controls", "note");
    marker.setAttribute("aria-describedby", "note-text");
    this.#open = { marker, panel, pinned };
    settle(panel, marker);
  }

  #panel(citation, answerLanguage) {
    const name = title(citation);
    const shut = () => this.#dismiss();
    return element("div", {
      id: "note", class: "note", role: "group", lang: language(),
      "aria-label": word("footnote", citation.label, name),
      pointerenter: () => clearTimeout(this.#leaving),
      pointerleave: () => this.#leaveSoon(),
      focusout: (event) => this.#onBlur(event),
    },
    element("div", { id: "note-text" },
      quotation(citation.quote, answerLanguage),
      element("p", { class: "note-title" }, name),
      element("p", { class: "meta" }, place(citation)),
      ...remarks(citation)),
    element("div", { class: "row" },
      openButton(citation, this.openSource),
      element("button", {
        type: "button", class: "quiet round", click: shut, "aria-label": word("close"),
      }, icon("close"))));
  }

  #dismiss() {
    const marker = this.#open?.marker;
    const inside = this.#open?.panel.contains(document.activeElement);
    this.close();
    if (inside) marker.focus({ preventScroll: true, focusVisible: false });
  }

  #leaveSoon() {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      if (!modal() && this.#open && !this.#open.pinned && !this.#holds(document.activeElement)) this.close();
    }, LEAVE_MS);
  }

  #holds(node) {
    return this.#open !== null && (this.#open.marker === node || this.#open.panel.contains(node));
  }

  #onBlur(event) {
    if (!modal() && this.#open && event.relatedTarget && !this.#holds(event.relatedTarget)) this.close();
  }

  #onPress(event) {
    if (!modal() && !this.#open?.marker.contains(event.target) && !this.#holds(event.target)) this.close();
  }

  #onKey(event) {
    if (event.key === "Escape" && this.#open && !modal()) this.#dismiss();
  }
}

/** Whether a dialog lies over the page: a note under it waits, and takes the focus back after. */
function modal() {
  return document.querySelector("dialog[open]") !== null;
}

/** Puts a note under its number, above it where there is no room, and never over the page's edge. */
function settle(panel, marker) {
  const frame = marker.closest(".answer").getBoundingClientRect();
  const at = marker.getBoundingClientRect();
  const left = Math.min(
    Math.max(at.left + at.width / 2 - panel.offsetWidth / 2, frame.left),
    frame.right - panel.offsetWidth,
  );
  const below = at.bottom + GAP_PX;
  const above = at.top - GAP_PX - panel.offsetHeight;
  const top = below + panel.offsetHeight > window.innerHeight && above > 0 ? above : below;
  panel.style.setProperty("--left", `${left - frame.left}px`);
  panel.style.setProperty("--top", `${top - frame.top}px`);
}
