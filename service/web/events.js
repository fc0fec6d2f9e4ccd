/** Server-sent events out of a response body that fetch streams. */

/** `{name, data}` for each event of `body`, in order; `data` is the parsed JSON. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { name: "message", data: [] };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line !== "") take(event, line);
      else {
        if (event.data.length > 0) yield { name: event.name, data: JSON.parse(event.data.join("\n")) };
        event = { name: "message", data: [] };
      }
    }
  }
}

/** Adds one line of the stream to the event it belongs to. A line that starts with ":" is no field. */
function take(event, line) {
  const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
  if (field === "event") event.name = value;
  if (field === "data") event.data.push(value);
}
