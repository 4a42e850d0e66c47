"use strict";
// Speaks the protocol of Microsoft 365 Copilot: SignalR records in JSON over a WebSocket, each ended by 0x1E, and two of
// them in the message that carries a turn.
const end = "\u001e";
const socket = new WebSocket("wss://" + location.host
  + "/m365Copilot/Chathub/11111111-2222-4333-8444-555555555555@99999999-8888-4777-8666-555555555555?chatsessionid="
  + crypto.randomUUID() + "&licenseType=Premium&agent=work");
let turn = 0;
const ready = new Promise((resolve, reject) => {
  socket.addEventListener("open", () => socket.send(JSON.stringify({ protocol: "json", version: 1 }) + end));
  socket.addEventListener("message", resolve, { once: true });   // the answer to the handshake
  socket.addEventListener("error", () => reject(new Error("the socket could not be opened")));
});
ready.catch(() => {});

onSend(async (text, target) => {
  await ready;
  await new Promise((resolve, reject) => {
    const invocationId = String(turn++);
    let paragraph;
    const listen = ({ data }) => {
      for (const record of data.split(end).filter(Boolean).map(JSON.parse)) {
        if (record.type === 6) socket.send(JSON.stringify({ type: 6 }) + end);
        const bot = record.type === 1 && record.arguments?.[0]?.messages?.find(message => message.author === "bot");
        if (bot) (paragraph ??= target()).textContent = bot.text;
        const delta = record.type === 1 && record.arguments?.[0]?.writeAtCursor;
        if (delta) (paragraph ??= target()).textContent += delta;
        if (record.type !== 3 && record.type !== 7) continue;
        socket.removeEventListener("message", listen);
        record.error ? reject(new Error(record.error)) : resolve();
      }
    };
    socket.addEventListener("message", listen);
    socket.addEventListener("close", () => reject(new Error("the socket was closed")), { once: true });
    const message = { author: "user", inputMethod: "Keyboard", text, requestId: crypto.randomUUID(), messageType: "Chat" };
    const chat = { arguments: [{ source: "officeweb", tone: "magic", message }], invocationId, target: "chat", type: 4 };
    const metrics = { arguments: [{ Timestamps: {} }], target: "Metrics", type: 1 };
    socket.send(JSON.stringify(chat) + end + JSON.stringify(metrics) + end);
  });
});
