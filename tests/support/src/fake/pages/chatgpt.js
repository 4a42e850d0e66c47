"use strict";
// Speaks the protocol of the ChatGPT page: the text leaves once while it is typed (prepare) and once when it is sent.
const api = "/backend-api/f/conversation";
window.prepared = [];   // status of every prepare call, for the test

const user = text => ({ id: crypto.randomUUID(), author: { role: "user" }, content: { content_type: "text", parts: [text] } });
const common = () => ({
  action: "next", parent_message_id: "client-created-root", model: "gpt-5-5-thinking", timezone_offset_min: -60,
  timezone: "Europe/Paris", conversation_mode: { kind: "primary_assistant" }, system_hints: [],
  supports_buffering: true, supported_encodings: ["v1"], client_contextual_info: { app_name: "chatgpt.com" },
});
const post = (path, body) => fetch(path, {
  method: "POST", credentials: "include", body: JSON.stringify(body),
  headers: { "content-type": "application/json", accept: "text/event-stream", "oai-language": "en-US" },
});

let timer;
prompt.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(prepare, 120);
});

async function prepare() {
  if (!prompt.value) return;
  try {
    const answer = await post(api + "/prepare", { ...common(), client_prepare_state: "success", partial_query: user(prompt.value) });
    window.prepared.push(answer.status);
  } catch { window.prepared.push(0); }   // the page goes on without a prepared conversation
}

onSend(async (text, target) => {
  clearTimeout(timer);
  const answer = await post(api, { ...common(), messages: [user(text)], history_and_training_disabled: false });
  if (!answer.ok) throw new Error(await reason(answer));
  await read(answer.body, target());
});

async function reason(answer) {
  const text = await answer.text();
  try {
    const detail = JSON.parse(text).detail;
    return typeof detail === "string" ? detail : detail.message;
  } catch { return text || "Something went wrong (" + answer.status + ")"; }
}

// Decodes delta encoding v1: path and operation stay in force until they are named again.
async function read(body, target) {
  let path = "", operation = "", message = {};
  const apply = delta => {
    if ("p" in delta) path = delta.p;
    if ("o" in delta) operation = delta.o;
    if (operation === "patch") { for (const part of delta.v) one(part.p, part.o, part.v); }
    else one(path, operation, delta.v);
  };
  const one = (where, what, value) => {
    if (where === "") { message = value.message ?? message; }
    else if (where === "/message/content/parts/0") {
      message.content.parts[0] = what === "append" ? message.content.parts[0] + value : value;
    }
    target.textContent = message.content?.parts?.[0] ?? "";
  };
  for await (const [name, data] of events(body)) {
    if (data === "[DONE]" || name === "delta_encoding") continue;
    const parsed = JSON.parse(data);
    if (name === "delta") apply(parsed);
    else if (parsed.message?.content?.parts) { message = parsed.message; target.textContent = message.content.parts.join("\n"); }
  }
}
