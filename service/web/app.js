/** The page: one question box, the answer under it, and what was asked before. */

import { AnswerView } from "./answer.js";
import { Service, ServiceError } from "./api.js";
import { element } from "./dom.js";
import { explain } from "./failures.js";
import { Footnotes } from "./footnote.js";
import * as session from "./session.js";
import { SignIn } from "./signin.js";
import { SourceView } from "./source.js";
import { language, speak, translate, word } from "./words.js";

const EARLIER = 20; // questions listed
const TURNS = 3; // earlier questions that a follow-up can mean

const at = (id) => document.getElementById(id);
const collection = new URLSearchParams(location.search).get("collection");
const signIn = new SignIn(at("sign-in"));
const service = new Service(async (rejected) => {
  const key = await signIn.ask(rejected);
  at("sign-out").hidden = key === null;
  return key;
});
const source = new SourceView(at("source"), service);
const openSource = (passage) => source.open(passage);
const footnotes = new Footnotes(openSource);
const actions = { footnotes, openSource, store: (report) => service.feedback(report), retry: ask };

let exchanges = []; // newest first: {question, history, events, failure, verdict}
let shown = null;
let count = null; // documents that can be asked
let asking = null; // the AbortController of the question under way

function say(words, { spoken = false } = {}) {
  at("status").textContent = words;
  at("status").classList.toggle("spoken", spoken);
}

function show(exchange) {
  shown = exchange;
  footnotes.close();
  const view = exchange && new AnswerView(exchange, actions);
  at("answer").replaceChildren(...(view ? [view.root] : []));
  at("main").classList.toggle("empty", exchange === null);
  listEarlier();
  return view;
}

function listEarlier() {
  const others = exchanges.filter((exchange) => exchange !== shown);
  at("earlier").hidden = others.length === 0;
  at("earlier").querySelector("ul").replaceChildren(...others.map((exchange) => {
    const again = () => recall(exchange);
    return element("li", {}, element("button", { type: "button", class: "quiet", click: again }, exchange.question));
  }));
}

/** Shows an earlier answer again; a question that never got one is asked again. */
function recall(exchange) {
  if (exchange.events.at(-1)?.name !== "answer") {
    ask(exchange.question, exchange.history);
    return;
  }
  asking?.abort();
  say("");
  show(exchange);
  at("answer").focus();
}

/** What led to the answer that is shown, and that itself, oldest first, as the service takes it. */
function conversation() {
  if (shown === null) return [];
  const { question, history, events } = shown;
  const said = events.at(-1)?.name === "answer" ? events.at(-1).data.answer : "";
  const turns = [...history, { role: "user", content: question }];
  if (said !== "") turns.push({ role: "assistant", content: said });
  const asked = turns.flatMap(({ role }, place) => (role === "user" ? [place] : []));
  return turns.slice(asked.at(-TURNS) ?? 0);
}

async function ask(question, history = conversation()) {
  asking?.abort();
  const turn = new AbortController();
  asking = turn;
  const exchange = { question, history, events: [], failure: null, verdict: null };
  exchanges = [exchange, ...exchanges.filter((other) => other.question !== question)].slice(0, EARLIER);
  const view = show(exchange);
  busy(true);
  say(word("searching"));
  try {
    for await (const event of service.ask(question, history, collection, turn.signal)) {
      exchange.events.push(event);
      view.take(event);
      progress(event);
    }
  } catch (error) {
    fail(exchange, view, error);
  } finally {
    if (asking === turn) {
      asking = null;
      busy(false);
    }
  }
}

function progress({ name, data }) {
  if (name === "evidence") say(word("reading", data.evidence.length));
  if (name !== "answer") return;
  say(data.abstained ? word("abstained") : word("ready", data.citations.length), { spoken: true });
}

function fail(exchange, view, error) {
  if (error.name === "AbortError") {
    if (shown === exchange) say(word("stopped"));
    return;
  }
  if (!(error instanceof ServiceError)) throw error;
  exchange.failure = error;
  view.fail(error);
  if (shown !== exchange) return;
  say("");
  if (at("question").value === "") write(exchange.question);
}

function busy(yes) {
  at("submit").hidden = yes;
  at("stop").hidden = !yes;
  at("status").classList.toggle("busy", yes);
}

function write(question) {
  at("question").value = question;
  fit();
}

/** Makes the question box as high as what is written in it. */
function fit() {
  const field = at("question");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function submit(event) {
  event.preventDefault();
  const question = at("question").value.trim();
  if (question === "") return;
  write("");
  ask(question);
}

/** Enter asks; Shift+Enter, and Enter that ends a word of an input method, do not. */
function onKey(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  at("ask").requestSubmit();
}

function signOut() {
  asking?.abort();
  session.setKey(null);
  exchanges = [];
  show(null);
  say(word("signedOut"));
  write("");
  at("count").textContent = "";
  at("sign-out").hidden = true;
  at("question").focus();
  welcome();
}

function speakTo(code) {
  speak(code);
  translate(document);
  say("");
  if (count !== null) at("count").textContent = word("documents", count);
  if (!asking) show(shown);
}

/** Says how much there is to ask, or asks for a key, before anybody has written a question. */
async function welcome() {
  try {
    count = await service.count(collection);
    at("count").textContent = word("documents", count);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    say(explain(error));
  }
}

async function start() {
  translate(document);
  at("language").value = language();
  at("sign-out").hidden = session.key() === null;
  at("language").addEventListener("change", (event) => speakTo(event.target.value));
  at("ask").addEventListener("submit", submit);
  at("stop").addEventListener("click", () => asking?.abort());
  at("question").addEventListener("input", fit);
  at("question").addEventListener("keydown", onKey);
  at("sign-out").addEventListener("click", signOut);
  source.follow();
  await welcome();
}

start();
