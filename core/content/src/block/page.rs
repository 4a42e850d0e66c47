//! The page for navigations: readable without a mouse, by screen readers, in the dark; no scripts, nothing loaded.

use super::{Notice, Reply, token};
use crate::answer::escape_html;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --quiet: #44464f; --edge: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #f3f3f7; --paper: #121316; --quiet: #c9cbd4; --edge: #ff8a80; } }
body { margin: 0; padding: 2rem 1rem; background: var(--paper); color: var(--ink); font: 1.125rem/1.6 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding-left: 1.5rem; border-left: .375rem solid var(--edge); overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 1.5rem 0 .25rem; }
p { margin: 0 0 1rem; white-space: pre-line; }
dl { margin: 2rem 0 0; color: var(--quiet); font-size: 1rem; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; font-family: ui-monospace, monospace; }
";

pub(super) fn html(notice: &Notice) -> Reply {
    let nonce = token(&notice.event);
    let [title, reason, rule, event, advice] = [
        &notice.title,
        &notice.reason,
        &notice.rule,
        &notice.event,
        &notice.advice,
    ]
    .map(|words| escape_html(words));
    let body = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} – Weir</title>
<style nonce="{nonce}">{STYLE}</style>
</head>
<body>
<main aria-labelledby="title">
<h1 id="title">{title}</h1>
<p role="alert">{reason}</p>
<h2>What you can do</h2>
<p>{advice}</p>
<dl>
<dt>Rule</dt>
<dd>{rule}</dd>
<dt>Event</dt>
<dd>{event}</dd>
</dl>
</main>
</body>
</html>
"#
    );
    // The nonce admits the one style sheet above; it need not be secret, because nothing else is markup.
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    // A person reads it, whatever is wrong.
    Reply::new(403, "text/html; charset=utf-8", notice, body)
        .with("content-security-policy", &policy)
        .with("referrer-policy", "no-referrer")
}
