/** The service's HTTP interface, as this page uses it. Every request carries the key, if any. */

import { events } from "./events.js";
import * as session from "./session.js";

/** In place of an HTTP status: no answer came at all, or only the beginning of one. */
export const UNREACHABLE = 0;
export const CUT_OFF = 1;

/** What the service, or the network, said instead of an answer. */
export class ServiceError extends Error {
  constructor(status, detail = "", retryAfter = null) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** From a problem document (RFC 9457). */
  static fromProblem(problem, status = 500, retryAfter = null) {
    const detail = typeof problem?.detail === "string" ? problem.detail : (problem?.title ?? "");
    return new ServiceError(problem?.status ?? status, detail, retryAfter);
  }
}

export class Service {
  /** `askForKey(rejected)` resolves to an API key, or to null when the person gives up. */
  constructor(askForKey) {
    this.askForKey = askForKey;
  }

  /** The events of an answer as they come: evidence, sentence..., answer. */
  async *ask(question, history, collection, signal) {
    const body = { question, history, stream: true, ...(collection && { collection }) };
    const response = await this.#post("ask", body, signal);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      yield* checked(events(response.body));
    } else {
      yield { name: "answer", data: await response.json() };
    }
  }

  /** What a listing shows of a document. */
  async document(id, signal) {
    const response = await this.#send(`documents/${encodeURIComponent(id)}`, { signal });
    return response.json();
  }

  /** A document's canonical text. A leading byte order mark stays: offsets count it. */
  async documentText(id, signal) {
    const response = await this.#send(`documents/${encodeURIComponent(id)}/text`, { signal });
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
  }

  /** The picture of a page, the passage `start` to `end` marked on it; none where it is empty. */
  async pagePicture(id, number, { start, end }, signal) {
    const marked = end > start ? `?${new URLSearchParams({ start, end })}` : "";
    const path = `documents/${encodeURIComponent(id)}/pages/${number}.png${marked}`;
    return (await this.#send(path, { signal })).blob();
  }

  /** Stores what a person thinks of an answer. */
  async feedback(report) {
    await this.#post("feedback", report);
  }

  /** How many documents this caller can ask; asks for a key where the service wants one. */
  async count(collection) {
    const query = new URLSearchParams({ limit: 1, ...(collection && { collection }) });
    const response = await this.#send(`documents?${query}`, {});
    return (await response.json()).total;
  }

  #post(path, body, signal) {
    const headers = { "Content-Type": "application/json" };
    return this.#send(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  async #send(path, options) {
    for (;;) {
      const key = session.key();
      const response = await request(path, options, key);
      if (response.ok) return response;
      if (response.status !== 401) throw await refusal(response);
      if (session.key() !== key) continue; // signed in meanwhile, by another request
      session.setKey(null);
      const given = await this.askForKey(key !== null);
      if (given === null) throw await refusal(response);
      session.setKey(given);
    }
  }
}

/** Addresses are relative to the page, so that a proxy may serve it under a prefix. */
async function request(path, options, key) {
  const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  try {
    return await fetch(new URL(path, document.baseURI), { ...options, headers, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(UNREACHABLE);
  }
}

/** The events of a stream up to its answer; an error among them, or its breaking off, is thrown. */
async function* checked(stream) {
  try {
    for await (const event of stream) {
      if (event.name === "error") throw ServiceError.fromProblem(event.data);
      yield event;
      if (event.name === "answer") return;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what fetch calls a lost connection
  }
  throw new ServiceError(CUT_OFF);
}

async function refusal(response) {
  const retryAfter = response.headers.get("retry-after");
  try {
    return ServiceError.fromProblem(await response.json(), response.status, retryAfter);
  } catch {
    return new ServiceError(response.status, "", retryAfter);
  }
}
