/**
 * Builds elements out of attributes, text and other elements. Text is only ever appended as text
 * nodes, and nothing on this page parses a string as HTML, so a document cannot bring markup in.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * `<tag>` with attributes (functions become listeners of the event they are named after; null and
 * false are left out) and children (strings become text; null is left out).
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** One of the drawings of index.html, hidden from assistive technology: its button has a name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}
