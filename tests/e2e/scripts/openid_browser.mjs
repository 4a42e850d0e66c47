// Signs in as a browser does: follows redirects, keeps cookies, fills in the provider's forms. Prints where it ended and
// what the server then says of whoever is signed in. `--forge` comes back with another `state`.
//
//     openid_browser.mjs SERVER NAME [--forge]

const [server, name, ...flags] = process.argv.slice(2);
const jars = new Map();

function keep(url, response) {
  const jar = jars.get(url.host) ?? new Map();
  jars.set(url.host, jar);
  for (const line of response.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const [key, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const over = attributes.includes("Max-Age=0") || attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one));
    if (over) jar.delete(key);
    else jar.set(key, value);
    if (url.origin === server && value) cookies.push(line.replace(value, "…"));
  }
}

async function visit(url, form) {
  const jar = jars.get(url.host) ?? new Map();
  const headers = { cookie: [...jar].map(([key, value]) => `${key}=${value}`).join("; ") };
  const body = form && new URLSearchParams(form);
  const response = await fetch(url, { headers, body, method: form ? "POST" : "GET", redirect: "manual" });
  keep(url, response);
  return response;
}

const cookies = [];
let url = new URL("/api/v1/session/openid", server);
let form;
for (let step = 0; step < 20; step++) {
  const response = await visit(url, form);
  form = undefined;
  const to = response.headers.get("location");
  if (to) {
    url = new URL(to, url);
    if (flags.includes("--forge") && url.searchParams.has("state") && url.origin === server) {
      url.searchParams.set("state", "another");
    }
    // The console itself is not what is looked at here.
    if (url.origin === server && url.pathname === "/") break;
    continue;
  }
  const page = await response.text();
  const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
  if (!action) throw new Error(`${response.status} at ${url.pathname}: ${page.slice(0, 300)}`);
  const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
  form = prompt === "login" ? { prompt, login: name, password: "any" } : { prompt };
  url = new URL(action, url);
}
const me = await visit(new URL("/api/v1/me", server));
console.log(JSON.stringify({ at: url.pathname + url.search, status: me.status, me: await me.json(), cookies }));
