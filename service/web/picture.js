/**
 * The pages of a document as they look, in place of its text, with the cited passage marked. A
 * picture is fetched when it is asked for: it needs the key, which an address cannot carry.
 */

import { title } from "./citation.js";
import { element, icon } from "./dom.js";
import { word } from "./words.js";

export class PagePictures {
  #asked = null; // {information, passage, number}
  #address = null; // of the picture shown, which the browser keeps until it is let go
  #loading = new AbortController();

  /** `frame` takes the place of `text`; `explain(error)` tells what went wrong, null that it passed. */
  constructor(frame, text, service, explain) {
    this.frame = frame;
    this.text = text;
    this.service = service;
    this.explain = explain;
  }

  /** Shows the text again, and forgets the picture. */
  reset() {
    this.#drop();
    this.#asked = null;
    this.frame.classList.remove("large");
    this.frame.replaceChildren();
    this.#turn(false);
  }

  /** A button that turns from the text to the page that the passage stands on, and back. */
  button(information, passage) {
    const number = Math.min(passage.page ?? 1, information.pages);
    const label = element("span", {}, word("showPage", number));
    const flip = () => {
      const pictured = this.frame.hidden;
      label.textContent = pictured ? word("showText") : word("showPage", number);
      this.#turn(pictured);
      if (pictured && this.#address === null) this.#show(this.#asked ?? { information, passage, number });
    };
    return element("button", { type: "button", class: "quiet", click: flip }, icon("source"), label);
  }

  #turn(pictured) {
    this.frame.hidden = !pictured;
    this.text.hidden = pictured;
    this.explain(null);
  }

  async #show(asked) {
    this.#drop();
    this.explain(null);
    this.#loading = new AbortController();
    this.#asked = asked;
    const { information, passage, number } = asked;
    const name = word("pageOf", number, information.pages);
    this.frame.setAttribute("aria-label", `${name}: ${title(information)}`);
    this.frame.replaceChildren(this.#pager(asked, name));
    try {
      const { signal } = this.#loading;
      const picture = await this.service.pagePicture(passage.id, number, passage, signal);
      this.#address = URL.createObjectURL(picture);
      const alt = word("pagePicture", number, title(information));
      this.frame.append(element("div", { class: "sheet" }, element("img", { src: this.#address, alt })));
    } catch (error) {
      if (error.name !== "AbortError") this.explain(error);
    }
  }

  #pager(asked, name) {
    const { number, information } = asked;
    const step = (by, drawing, label) => element("button", {
      type: "button", class: "quiet round", "aria-label": word(label), click: () => this.#leaf(asked, by),
      disabled: number + by < 1 || number + by > information.pages,
    }, icon(drawing));
    const size = () => {
      const large = this.frame.classList.toggle("large");
      enlarge.setAttribute("aria-pressed", String(large));
    };
    const enlarge = element("button", {
      type: "button", class: "quiet", click: size,
      "aria-pressed": String(this.frame.classList.contains("large")),
    }, word("enlarge"));
    return element("div", { class: "row pager" },
      step(-1, "previous", "previousPage"),
      element("span", { class: "meta", role: "status" }, name),
      step(1, "next", "nextPage"),
      enlarge);
  }

  /** Turns the page; the focus stays on a button that can turn further. */
  #leaf(asked, by) {
    this.#show({ ...asked, number: asked.number + by });
    const [back, forth] = this.frame.querySelectorAll(".pager .round");
    const [pressed, other] = by < 0 ? [back, forth] : [forth, back];
    (pressed.disabled ? other : pressed).focus();
  }

  #drop() {
    this.#loading.abort();
    if (this.#address !== null) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }
}
