// A provider of OpenID Connect (oidc-provider, certified by the OpenID Foundation), with its own login form that takes any
// name; groups are those of the table. Prints its address, and runs until its input ends.
//
//     openid_provider.mjs CALLBACK [--claims-in-token]

import { createServer } from "node:http";
import Provider from "oidc-provider";

const GROUPS = { ada: ["staff", "security"], bob: ["staff"], mallory: ["visitors"], "no name": ["staff"] };

const [callback, ...flags] = process.argv.slice(2);
const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: "weir", client_secret: "for weir alone", redirect_uris: [callback] }],
  claims: { profile: ["preferred_username", "groups"] },
  conformIdTokenClaims: !flags.includes("--claims-in-token"),
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: `person-${id}`, preferred_username: id, groups: GROUPS[id] ?? [] }),
  }),
});
server.on("request", provider.callback());
console.log(issuer);
process.stdin.resume().on("end", () => process.exit(0));
