/** From the service's offsets, which count code points, to JavaScript's, which count UTF-16 units. */

/** The UTF-16 index of the code point at `offset`, counting on from a pair already known. */
function advance(text, offset, index, counted) {
  while (counted < offset && index < text.length) {
    index += text.codePointAt(index) > 0xffff ? 2 : 1;
    counted += 1;
  }
  return index;
}

/** `[before, passage, after]` of `text`, for a passage of code points `start` to `end`. */
export function cut(text, start, end) {
  const from = advance(text, start, 0, 0);
  const to = advance(text, end, from, start);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}
