"""Drives a real browser through a proxy in a throw-away home, and prints what its user would see, as lines of JSON.

    browser.py open chromium|firefox [options] URL...     {"url": …, "ok": TEXT} or {"url": …, "error": "net::ERR_…"}
    browser.py chat [options] URL                         types the text on standard input into the page's chat and sends
                                                          it: {"page": TEXT, "answer": …, "error": …, "prepared": [STATUS]}

    --ca FILE.pem          trust this authority (a fresh NSS database; may be repeated)
    --proxy HOST:PORT      everything through this proxy, or
    --pac FILE             a PAC file, given to the browser as a data: URL
    --map HOST=IP:PORT     where connections that do not use the proxy find a host (may be repeated; firefox: on this machine,
                           at the port that the URL has)
    --managed              by the managed policies of this machine alone: no proxy, no PAC file, and QUIC as they say
    --window               on the screen of DISPLAY, as people have it (chromium)
    --screenshot FILE.png  a picture of the page (chat)

Chromium is driven by its own DevTools protocol and Firefox by WebDriver BiDi: no driver program is needed. Names that no
option maps do not resolve, so nothing can reach a real host.
"""
import argparse
import asyncio
import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request

import websockets

PATIENCE = 60
# What stands on a page, also in the parts that Chromium's own pages are made of.
TEXT = """(function text(root) {
    const own = root.body ? root.body.innerText : [...root.children].map(child => child.innerText ?? '').join('\\n');
    const parts = [...root.querySelectorAll('*')].filter(part => part.shadowRoot);
    return [own, ...parts.map(part => text(part.shadowRoot))].join('\\n');
})(document)"""


def main():
    arguments = parse()
    home = tempfile.mkdtemp(prefix="browser-")
    try:
        asyncio.run(arguments.run(arguments, home))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def parse():
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--ca", action="append", default=[])
    options.add_argument("--proxy")
    options.add_argument("--pac")
    options.add_argument("--map", action="append", default=[])
    options.add_argument("--managed", action="store_true")
    options.add_argument("--window", action="store_true")
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(required=True)
    chat = verbs.add_parser("chat", parents=[options])
    chat.add_argument("--screenshot")
    chat.add_argument("url")
    chat.set_defaults(run=chat_in_chromium)
    visit = verbs.add_parser("open", parents=[options])
    visit.add_argument("browser", choices=["chromium", "firefox"])
    visit.add_argument("urls", nargs="+")
    visit.set_defaults(run=lambda a, home: (open_in_chromium if a.browser == "chromium" else open_in_firefox)(a, home))
    return parser.parse_args()


async def chat_in_chromium(arguments, home):
    async with Chromium(arguments, home) as page:
        failure = await page.go(arguments.url)
        if failure:
            return say({"url": arguments.url, "error": failure})
        text = sys.stdin.read()
        await page.run("document.getElementById('prompt').focus()")
        for letter in text:
            await page.call("Input.insertText", text=letter)
        # A page that sends the text before it is sent has done so now; the other has no such list.
        await page.until("window.prepared === undefined || window.prepared.length >= 1")
        await page.run("document.getElementById('send').click()")
        await page.until("document.getElementById('state').textContent === 'done'")
        if arguments.screenshot:
            picture = await page.call("Page.captureScreenshot", format="png")
            with open(arguments.screenshot, "wb") as file:
                file.write(base64.b64decode(picture["data"]))
        say(await page.run("""({
            page: document.body.innerText,
            answer: document.querySelector('#chat > p:last-child').textContent,
            error: document.getElementById('error').textContent,
            prepared: window.prepared ?? [],
        })"""))


async def open_in_chromium(arguments, home):
    async with Chromium(arguments, home) as page:
        for url in arguments.urls:
            failure = await page.go(url)
            say({"url": url, "error": failure} if failure else {"url": url, "ok": await page.run(TEXT)})


async def open_in_firefox(arguments, home):
    profile = os.path.join(home, "profile")
    trust(profile, arguments.ca)
    with open(os.path.join(profile, "user.js"), "w") as file:
        file.writelines(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in firefox_settings(arguments).items())
    port = free_port()
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", str(port)]
    with open(os.path.join(home, "stderr"), "w") as log:
        browser = subprocess.Popen(command, env=dict(os.environ, HOME=home), stdout=subprocess.DEVNULL, stderr=log)
    try:
        rpc = Rpc(await retry(lambda: websockets.connect(f"ws://127.0.0.1:{port}/session", max_size=None)))
        await rpc.call("session.new", capabilities={})
        context = (await rpc.call("browsingContext.getTree"))["result"]["contexts"][0]["context"]
        for url in arguments.urls:
            answer = await rpc.call("browsingContext.navigate", context=context, url=url, wait="complete")
            if "error" in answer:
                say({"url": url, "error": answer.get("message", answer["error"])})
                continue
            text = await rpc.call("script.evaluate", expression="document.body.innerText", target={"context": context}, awaitPromise=True)
            say({"url": url, "ok": text["result"]["result"].get("value")})
    finally:
        browser.terminate()
        browser.wait(15)


def firefox_settings(arguments):
    names = ",".join(mapping.split("=")[0] for mapping in arguments.map)  # of this machine, at the port in the URL
    settings = {"network.dns.localDomains": names, "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
                "app.normandy.enabled": False, "toolkit.telemetry.server": "", "network.trr.mode": 5}
    if arguments.proxy:
        host, port = arguments.proxy.rsplit(":", 1)
        settings |= {"network.proxy.type": 1, "network.proxy.ssl": host, "network.proxy.ssl_port": int(port),
                     "network.proxy.http": host, "network.proxy.http_port": int(port)}
    if arguments.pac:
        settings |= {"network.proxy.type": 2, "network.proxy.autoconfig_url": pac_url(arguments.pac)}
    return settings


class Chromium:
    """A headless Chromium with one page, for as long as the block lasts."""

    def __init__(self, arguments, home):
        trust(os.path.join(home, ".pki/nssdb"), arguments.ca)
        self.home, self.port = home, free_port()
        self.command = [
            "chromium", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=900,700",
            f"--remote-debugging-port={self.port}", f"--user-data-dir={home}/profile",
        ]
        if not arguments.managed:
            self.command.append("--disable-quic")
        if not arguments.window:
            self.command.append("--headless=new")
        if os.getuid() == 0:
            self.command.append("--no-sandbox")  # Chromium's own sandbox refuses to run as root
        if arguments.proxy:
            self.command.append("--proxy-server=http://" + arguments.proxy)
        if arguments.pac:
            self.command.append("--proxy-pac-url=" + pac_url(arguments.pac))
        names = ["MAP " + mapping.replace("=", " ", 1) for mapping in arguments.map]
        self.command.append("--host-resolver-rules=" + ", ".join([*names, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"]))

    async def __aenter__(self):
        environment = dict(os.environ, HOME=self.home, XDG_RUNTIME_DIR=self.home)
        with open(os.path.join(self.home, "stderr"), "w") as log:
            self.browser = subprocess.Popen(self.command, env=environment, stdout=subprocess.DEVNULL, stderr=log)

        async def page():
            pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json"))
            return [page for page in pages if page["type"] == "page"][0]["webSocketDebuggerUrl"]

        self.rpc = Rpc(await websockets.connect(await retry(page), max_size=None))
        return self

    async def __aexit__(self, *_):
        self.browser.terminate()
        self.browser.wait(15)

    async def call(self, method, **parameters):
        answer = await self.rpc.call(method, **parameters)
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']}")
        return answer["result"]

    async def go(self, url):
        """Opens a page; returns why it could not."""
        failure = (await self.call("Page.navigate", url=url)).get("errorText")
        if not failure:
            await self.until("document.readyState === 'complete'")
        return failure

    async def run(self, script):
        outcome = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in outcome:
            raise SystemExit(f"{script}: {outcome['exceptionDetails']}")
        return outcome["result"].get("value")

    async def until(self, condition):
        for _ in range(PATIENCE * 20):
            if await self.run(condition):
                return
            await asyncio.sleep(.05)
        raise SystemExit(f"never came true: {condition}; the page says: {await self.run('document.body.innerText')}")


class Rpc:
    """Calls over a WebSocket, one at a time; events in between are skipped."""

    def __init__(self, socket):
        self.socket, self.number = socket, 0

    async def call(self, method, **parameters):
        self.number += 1
        await self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if message.get("id") == self.number:
                return message


async def retry(make):
    for _ in range(PATIENCE * 5):
        try:
            return await make()
        except (OSError, KeyError, IndexError):
            await asyncio.sleep(.2)
    raise SystemExit("the browser did not come up")


def trust(database, authorities):
    os.makedirs(database, exist_ok=True)
    subprocess.run(["certutil", "-d", "sql:" + database, "-N", "--empty-password"], check=True)
    for index, file in enumerate(authorities):
        subprocess.run(["certutil", "-d", "sql:" + database, "-A", "-t", "C,,", "-n", f"authority-{index}", "-i", file], check=True)


def pac_url(path):
    with open(path, "rb") as file:
        return "data:application/x-ns-proxy-autoconfig;base64," + base64.b64encode(file.read()).decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(value):
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
