"use strict";
const conversation = "/api/organizations/0a1b2c3d-1111-4222-8333-444455556666/chat_conversations/" + crypto.randomUUID();

onSend(async (text, target) => {
  const answer = await fetch(conversation + "/completion", {
    method: "POST", credentials: "include",
    headers: { "content-type": "application/json", accept: "text/event-stream", "anthropic-client-platform": "web_claude_ai" },
    body: JSON.stringify({
      prompt: text, parent_message_uuid: "00000000-0000-4000-8000-000000000000", timezone: "Europe/Dublin", locale: "en-US",
      model: "claude-sonnet-4-6", tools: [], attachments: [], files: [], sync_sources: [], rendering_mode: "messages",
    }),
  });
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  const paragraph = target();
  for await (const [, data] of events(answer.body)) {
    const event = JSON.parse(data);
    if (event.type === "content_block_delta") paragraph.textContent += event.delta.text ?? "";
    if (event.type === "error") throw new Error(event.error.message);
  }
});
