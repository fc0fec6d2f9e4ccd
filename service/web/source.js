/** A document in a drawer, at a passage that is marked: text or pages. The fragment opens it. */

import { place, remarks, title } from "./citation.js";
import { element, icon } from "./dom.js";
import { explain } from "./failures.js";
import { originalLink, passageFragment, passageOf } from "./links.js";
import { cut } from "./offsets.js";
import { PagePictures } from "./picture.js";
import { tag, word } from "./words.js";

export class SourceView {
  #passage = null; // the citation that was clicked, while the fragment names it
  #pushed = false; // whether going back leads to this page without the drawer
  #loading = new AbortController();

  constructor(dialog, service) {
    this.dialog = dialog;
    this.service = service;
    this.heading = dialog.querySelector("h2");
    this.place = dialog.querySelector(".place");
    this.remarks = dialog.querySelector(".remarks");
    this.tools = dialog.querySelector(".drawer-tools");
    this.notice = dialog.querySelector(".notice");
    this.text = dialog.querySelector(".source-text");
    const tell = (error) => this.#say(error && (error.status === 404 ? word("noPicture") : explain(error)));
    this.pictures = new PagePictures(dialog.querySelector(".source-page"), this.text, service, tell);
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => this.#onClick(event));
    dialog.addEventListener("close", () => this.#leave());
    window.addEventListener("hashchange", () => this.follow());
  }

  /** Opens a passage `{id, start, end, quote?, section?, page?}` and puts it into the address. */
  open(passage) {
    this.#passage = passage;
    this.#pushed = true;
    const fragment = passageFragment(passage);
    if (location.hash === fragment) this.follow();
    else location.hash = fragment;
  }

  /** Shows what the address names: a passage, or no drawer. */
  follow() {
    const named = passageOf(location.hash);
    if (named === null) {
      if (this.dialog.open) this.dialog.close();
      return;
    }
    const known = this.#passage !== null && passageFragment(this.#passage) === passageFragment(named);
    this.#show(known ? this.#passage : named);
  }

  async #show(passage) {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#reset();
    if (!this.dialog.open) this.dialog.showModal();
    try {
      const { signal } = this.#loading;
      const [information, text] = await Promise.all([
        this.service.document(passage.id, signal),
        this.service.documentText(passage.id, signal),
      ]);
      this.#describe(information, passage);
      const found = this.#fill(text, passage);
      if (found && information.pages > 0) this.tools.prepend(this.pictures.button(information, passage));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#say(error.status === 404 ? word("noDocument") : explain(error));
    }
  }

  #reset() {
    this.heading.textContent = word("document");
    this.place.textContent = "";
    this.remarks.replaceChildren();
    this.tools.replaceChildren();
    this.text.replaceChildren();
    this.pictures.reset();
    this.#say(word("loadingSource"));
  }

  #describe(information, passage) {
    this.heading.textContent = title(information);
    const updated = information.written_at ?? information.updated_at;
    const known = { ...information, updated_at: updated, ...passage };
    this.place.textContent = [information.path, ...information.authors, place(known)].join(" · ");
    this.remarks.replaceChildren(...remarks(information).filter(Boolean));
    this.text.lang = tag(information.language);
    this.tools.replaceChildren(...[copyLink(), originalLink(information.uri, word("original"))].filter(Boolean));
    this.#say("");
  }

  /** Whether the passage still stands where it was cited. */
  #fill(text, passage) {
    const [before, marked, after] = cut(text, passage.start, passage.end);
    const moved = passage.quote !== undefined && passage.quote !== marked;
    const found = moved ? around(text, passage.quote) : [before, marked, after];
    if (found === null) this.#say(word("passageMoved"));
    const [head, passageText, tail] = found ?? [text, "", ""];
    const mark = passageText ? element("mark", {}, passageText) : "";
    this.text.replaceChildren(head, mark, tail);
    this.text.scrollTop = 0;
    if (mark) mark.scrollIntoView({ block: mark.offsetHeight > this.text.clientHeight ? "start" : "center" });
    return !moved;
  }

  /** A click beside the drawer closes it; a link to another document replaces what it shows. */
  #onClick(event) {
    const link = event.target.closest("a");
    if (event.target === this.dialog) this.dialog.close();
    if (link?.getAttribute("href").startsWith("#")) {
      event.preventDefault();
      location.replace(link.href);
    }
  }

  #say(words) {
    this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  #leave() {
    this.#loading.abort();
    this.pictures.reset();
    this.#passage = null;
    if (passageOf(location.hash) === null) return;
    if (this.#pushed) history.back();
    else history.replaceState(null, "", location.pathname + location.search);
    this.#pushed = false;
  }
}

/** The text around the only place where `quote` still stands, or null. */
function around(text, quote) {
  const at = text.indexOf(quote);
  if (at < 0 || text.includes(quote, at + 1)) return null;
  return [text.slice(0, at), quote, text.slice(at + quote.length)];
}

/** Copies the address of the passage; browsers offer the clipboard in secure contexts only. */
function copyLink() {
  if (!navigator.clipboard) return null;
  const label = element("span", {}, word("copyLink"));
  const tell = (name) => () => { label.textContent = word(name); };
  const copy = () => navigator.clipboard.writeText(location.href).then(tell("copied"), tell("copyByHand"));
  return element("button", { type: "button", class: "quiet", click: copy }, icon("link"), label);
}
