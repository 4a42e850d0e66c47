"use strict";
// Speaks the protocol of the Copilot page: JSON events over a WebSocket.
const socket = new WebSocket("wss://" + location.host + "/c/api/chat?api-version=2&clientSessionId=" + crypto.randomUUID());
const open = new Promise((resolve, reject) => {
  socket.addEventListener("open", resolve);
  socket.addEventListener("error", () => reject(new Error("the socket could not be opened")));
});
open.catch(() => {});

onSend(async (text, target) => {
  await open;
  await new Promise((resolve, reject) => {
    let paragraph;
    const listen = ({ data }) => {
      const event = JSON.parse(data);
      if (event.event === "appendText") (paragraph ??= target()).textContent += event.text;
      if (event.event === "done" || event.event === "error") socket.removeEventListener("message", listen);
      if (event.event === "done") resolve();
      if (event.event === "error") reject(new Error(event.message ?? event.errorCode ?? data));
    };
    socket.addEventListener("message", listen);
    socket.addEventListener("close", () => reject(new Error("the socket was closed")), { once: true });
    socket.send(JSON.stringify({
      event: "send", conversationId: "fakeConversation0001", content: [{ type: "text", text }], mode: "chat", context: {},
    }));
  });
});
