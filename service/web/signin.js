/** Asks for an API key when the service wants one. */

import { word } from "./words.js";

export class SignIn {
  #answer = null; // resolves the question that is being asked
  #asked = null;

  constructor(dialog) {
    this.dialog = dialog;
    this.field = dialog.querySelector("input");
    this.error = dialog.querySelector(".error");
    dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event));
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#settle(null));
  }

  /** Resolves to the key, or to null when the person cancels. Asked twice, it asks once. */
  ask(rejected) {
    this.#asked ??= new Promise((resolve) => {
      this.#answer = resolve;
      this.error.textContent = rejected ? word("keyRejected") : "";
      this.field.value = "";
      this.dialog.showModal();
    });
    return this.#asked;
  }

  #submit(event) {
    event.preventDefault();
    const key = this.field.value.trim();
    if (key === "") return;
    this.#settle(key);
    this.dialog.close();
  }

  #settle(key) {
    this.field.value = "";
    this.#answer?.(key);
    this.#answer = null;
    this.#asked = null;
  }
}
