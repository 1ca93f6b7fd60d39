// Shows each SMS as it arrives. SMS text is hostile: it is only ever set as text, and characters
// that could reorder or hide other text are shown by their code points.
"use strict";

const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const byId = (id) => document.getElementById(id);
const list = byId("messages");
const filter = byId("filter");
const link = byId("link");

function visible(text) {
  return text.replace(HIDDEN, (c) => `\u27e8U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`);
}

function holderLine({ activation, rental }) {
  if (rental) return `rental ${rental.id} · ${rental.dialect} · ${rental.country}`;
  if (!activation) return "nobody holds this number";
  return `lease ${activation.id} · ${activation.dialect} · ${activation.service} · ${activation.country}`;
}

function show(message) {
  const item = byId("message").content.cloneNode(true).querySelector("li");
  const put = (selector, text) => { item.querySelector(selector).textContent = text; };
  put(".to", message.to);
  put(".sender", visible(message.from));
  put(".text", visible(message.text));
  put(".lease", holderLine(message));
  item.querySelector(".lease").classList.toggle("nobody", !message.activation && !message.rental);
  const time = item.querySelector("time");
  time.dateTime = message.received_at;
  time.textContent = new Date(message.received_at).toLocaleTimeString();
  item.dataset.search = `${message.to} ${message.from} ${message.text}`.toLowerCase();
  list.prepend(item);
  applyFilter(item);
  byId("empty").hidden = true;
  document.title = `(${list.children.length}) Inbox · pytest-otp sandbox`;
}

function applyFilter(item) {
  item.hidden = !item.dataset.search.includes(filter.value.trim().toLowerCase());
}

function setLink(state) {
  link.dataset.state = state;
  link.textContent = state;
}

filter.addEventListener("input", () => { for (const item of list.children) applyFilter(item); });
byId("gateway").textContent = `POST ${location.origin}/gateway/plain/messages`;

const events = new EventSource("/inbox/events");
events.onopen = () => setLink("live");
events.onerror = () => setLink("lost");
events.onmessage = (event) => show(JSON.parse(event.data));
