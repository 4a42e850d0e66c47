"use strict";
// Speaks the protocol of the Gemini page: JSON in a JSON string in a form field; the answer comes in chunks whose length,
// in UTF-16 units, stands before each, and every chunk repeats the text so far.
const path = "/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate";

onSend(async (text, target) => {
  const inner = Array(97).fill(null);
  inner[0] = [text, 0, null, [], null, null, 0];
  inner[1] = ["en"];
  inner[2] = ["", "", "", null, null, null, null, null, null, ""];
  inner[59] = crypto.randomUUID().toUpperCase();
  inner[79] = 1;
  const form = new URLSearchParams({ "f.req": JSON.stringify([null, JSON.stringify(inner)]), at: "AFakeXsrfToken:1792000000000" });
  const answer = await fetch(path + "?bl=boq_assistant-bard-web-server_20261110.03_p0&hl=en&_reqid=212345&rt=c", {
    method: "POST", credentials: "include", body: form, headers: { "x-same-domain": "1" },
  });
  const stream = await answer.text();
  if (!answer.ok && !stream.startsWith(")]}'")) throw new Error(stream);
  show(stream, target());
});

function show(stream, target) {
  let at = stream.indexOf("\n\n") + 2;
  while (at < stream.length) {
    const line = stream.indexOf("\n", at);
    if (line < 0) break;
    const length = Number(stream.slice(at, line));
    for (const [name, , payload] of JSON.parse(stream.slice(line, line + length))) {
      if (name !== "wrb.fr" || !payload) continue;
      target.textContent = JSON.parse(payload)[4]?.[0]?.[1]?.[0] ?? target.textContent;
    }
    at = line + length;
  }
}
