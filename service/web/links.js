/** Which addresses of a document may become links, and how a passage is addressed. */

import { element, icon } from "./dom.js";

/**
 * The address to link to, or null: only http(s) without credentials, and paths of this origin.
 * `javascript:`, `data:`, `file:` and anything that does not parse stay text.
 */
export function safeAddress(uri) {
  const path = /^\/(?![/\\])/.test(uri ?? "");
  if (!path && !/^https?:\/\//i.test(uri ?? "")) return null;
  try {
    const url = new URL(uri, document.baseURI);
    const web = url.protocol === "http:" || url.protocol === "https:";
    return web && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** A link to the original document, or null where its address is none a browser should follow. */
export function originalLink(uri, label) {
  const href = safeAddress(uri);
  if (href === null) return null;
  const attributes = { class: "button quiet", href, target: "_blank", rel: "noopener noreferrer" };
  return element("a", attributes, icon("external"), label);
}

/** The fragment that opens a passage: `#source=<id>&start=..&end=..`, and `&page=..` where known. */
export function passageFragment({ id, start, end, page }) {
  return `#${new URLSearchParams({ source: id, start, end, ...(page && { page }) })}`;
}

/** The passage that a fragment names, or null. Offsets count code points. */
export function passageOf(fragment) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const id = fields.get("source") ?? "";
  if (!/^[0-9a-f]{32}$/.test(id)) return null;
  const names = ["start", "end", "page"];
  const [start, end, page] = names.map((name) => Number.parseInt(fields.get(name), 10));
  const passage = start >= 0 && end > start ? { id, start, end } : { id, start: 0, end: 0 };
  return page > 0 ? { ...passage, page } : passage;
}
