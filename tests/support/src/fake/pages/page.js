"use strict";
// What every fake page has: a chat, a field, a button, and a word that says when an answer is complete.
const byId = id => document.getElementById(id);
const prompt = byId("prompt");

function say(who, text) {
  const p = document.createElement("p");
  p.className = who;
  p.textContent = text;
  return byId("chat").appendChild(p);
}

// `send(text, target)` speaks the service's protocol; `target()` is the paragraph for the answer.
function onSend(send) {
  byId("send").addEventListener("click", async () => {
    const text = prompt.value;
    prompt.value = ""; byId("error").textContent = ""; byId("state").textContent = "busy";
    say("user", text);
    try { await send(text, () => say("assistant", "")); }
    catch (problem) { byId("error").textContent = problem.message; }
    byId("state").textContent = "done";
  });
}

// The text of a stream, cut at a separator; what stands behind the last one comes at the end.
async function* pieces(body, separator) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) { if (pending) yield pending; return; }
    pending += value;
    let end;
    while ((end = pending.indexOf(separator)) >= 0) {
      yield pending.slice(0, end);
      pending = pending.slice(end + separator.length);
    }
  }
}

// Server-sent events as [name, data].
async function* events(body) {
  for await (const event of pieces(body, "\n\n")) {
    const lines = event.split("\n");
    const data = lines.filter(line => line.startsWith("data: ")).map(line => line.slice(6)).join("\n");
    if (data) yield [lines.find(line => line.startsWith("event: "))?.slice(7), data];
  }
}
