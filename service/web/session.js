/**
 * What lasts as long as this browser tab: the API key and the chosen interface language. Questions
 * and answers live in memory only; nothing is written to persistent storage.
 */

const KEY = "footnote.key";
const LANGUAGE = "footnote.language";

function keep(name, value) {
  if (value) sessionStorage.setItem(name, value);
  else sessionStorage.removeItem(name);
}

export const key = () => sessionStorage.getItem(KEY);
export const setKey = (value) => keep(KEY, value);

export const language = () => sessionStorage.getItem(LANGUAGE);
export const setLanguage = (value) => keep(LANGUAGE, value);
