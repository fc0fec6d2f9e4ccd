// Asks as useChat does, with the AI SDK's own transport and reader; prints the message they make.
import { DefaultChatTransport, readUIMessageStream } from "ai";

const [address, key, collection, ...texts] = process.argv.slice(2);
// Questions and answers take turns.
const messages = texts.map((text, place) => ({
  id: `message-${place}`,
  role: place % 2 === 0 ? "user" : "assistant",
  parts: [{ type: "text", text }],
}));
const transport = new DefaultChatTransport({
  api: `${address}/api/chat`,
  headers: { Authorization: `Bearer ${key}` },
  body: { collection },
});
const stream = await transport.sendMessages({
  chatId: "chat-1",
  trigger: "submit-message",
  messageId: undefined,
  messages,
  abortSignal: undefined,
});
let message;
const onError = (error) => {
  throw error;
};
for await (message of readUIMessageStream({ stream, onError, terminateOnError: true }));

const text = message.parts.filter(({ type }) => type === "text").map(({ text }) => text).join("");
const marks = message.parts
  .filter(({ type }) => type === "data-citation")
  .map(({ data }) => ({ ...data, mark: text.slice(data.startIndex, data.endIndex) }));
process.stdout.write(JSON.stringify({ message, text, marks }));
