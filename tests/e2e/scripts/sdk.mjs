// Makes calls with the Node SDK of OpenAI and prints what the caller got; texts and outcomes have the form of sdk.py.
//
//     sdk.mjs chat|responses|upload [--stream] [--http2]

import { readFileSync } from "node:fs";
import OpenAI, { toFile } from "openai";
import { ProxyAgent, install, setGlobalDispatcher } from "undici";

const [call, ...flags] = process.argv.slice(2);
const stream = flags.includes("--stream"), allowH2 = flags.includes("--http2");

// Node 20 does not read HTTPS_PROXY; NODE_EXTRA_CA_CERTS it does.
const dispatcher = new ProxyAgent({ uri: process.env.HTTPS_PROXY, allowH2, requestTls: { allowH2 } });
install();
setGlobalDispatcher(dispatcher);
const client = new OpenAI({ apiKey: "sample-api-key", maxRetries: 0, timeout: 30_000 });

async function ask(text) {
  if (call === "upload") {
    return (await client.files.create({ file: await toFile(Buffer.from(text), "notes.txt"), purpose: "user_data" })).id;
  }
  if (call === "responses") {
    if (!stream) return (await client.responses.create({ model: "gpt-5.1", input: text })).output_text;
    let pieces = "", done;
    for await (const event of await client.responses.create({ model: "gpt-5.1", input: text, stream: true })) {
      if (event.type === "response.output_text.delta") pieces += event.delta;
      if (event.type === "response.output_text.done") done = event.text;
    }
    if (done !== pieces) throw new Error(`the pieces say ${pieces}, the whole says ${done}`);
    return pieces;
  }
  const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: text }];
  if (!stream) return (await client.chat.completions.create({ model: "gpt-5.1", messages })).choices[0].message.content;
  let pieces = "";
  for await (const chunk of await client.chat.completions.create({ model: "gpt-5.1", messages, stream: true })) {
    pieces += chunk.choices[0].delta.content ?? "";
  }
  return pieces;
}

for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  let outcome;
  try {
    outcome = { ok: await ask(text) };
  } catch (error) {
    // What a caller sees when an answer breaks off differs between SDKs.
    outcome = { raised: error.constructor.name, status: error.status ?? 0, message: String(error.cause ?? error.message) };
  }
  console.log(JSON.stringify(outcome));
}
await dispatcher.close();
