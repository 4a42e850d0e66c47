//! Links that are keys themselves: shared access signatures and incoming webhooks.

use super::{AZURE_SAS, SLACK_WEBHOOK};
use crate::classes::{ALNUM, TOKEN, is, run_end, run_start};
use crate::detectors::Hit;
use crate::detectors::tokens::{self, Type};
use crate::evidence::{contains, distinct, is_placeholder};
use crate::page::{Findings, Page};
use weir_model::Confidence;

pub(super) fn sas(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let query = |byte: u8| is(byte, TOKEN) || b"%&=.:+/,*~;".contains(&byte);
    let mut start = hit.start;
    while start > 0 && hit.start - start < 1024 && query(page.byte(start - 1)) {
        start -= 1;
    }
    if let Some(slash) = page
        .slice(start..hit.start)
        .iter()
        .rposition(|byte| *byte == b'/' || *byte == b';')
    {
        start += slash + 1;
    }
    let mut end = hit.end;
    while end < page.bytes.len() && end - hit.end < 512 && query(page.byte(end)) {
        end += 1;
    }
    let before = page.slice(start..end);
    let signature = end - hit.end >= 40;
    if signature
        && (contains(before, b"se=") || contains(before, b"sp="))
        && (contains(before, b"sv=")
            || contains(before, b"skn=")
            || contains(before, b"sr=") && contains(before, b"se="))
        && !is_placeholder(page.text(hit.end..end))
    {
        out.add(&AZURE_SAS, start..end, Confidence::High);
    }
}

pub(super) fn slack(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, end) = link(page, hit);
    let rest = page.text(hit.end..end);
    let last = rest.rsplit('/').next().unwrap_or("");
    let parts = rest.split('/').count();
    let known = ["services/T", "triggers/", "workflows/"]
        .iter()
        .any(|kind| rest.starts_with(kind));
    if known && parts >= 4 && last.len() >= 16 && distinct(last.as_bytes()) >= 6 {
        out.add(&SLACK_WEBHOOK, start..end, Confidence::High);
    }
}

pub(super) fn webhook(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, end) = link(page, hit);
    let last = page.text(hit.end..end).rsplit('/').next().unwrap_or("");
    if last.len() >= 30 && distinct(last.as_bytes()) >= 8 {
        out.add(tokens::info(Type::Other), start..end, Confidence::High);
    }
}

/// Links whose last part is short.
pub(super) fn short_webhook(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, end) = link(page, hit);
    let mut parts = page.text(hit.end..end).trim_end_matches('/').split('/');
    let account = parts.next().unwrap_or("");
    let hook = parts.next().unwrap_or("");
    if account.len() >= 4 && hook.len() >= 6 && !is_placeholder(hook) {
        out.add(tokens::info(Type::Other), start..end, Confidence::High);
    }
}

/// Links with the key in their query: `?access_token=…`.
pub(super) fn keyed_webhook(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let (start, path) = link(page, hit);
    let query = page.slice(path..path + 256);
    let length = query
        .iter()
        .take_while(|byte| is(**byte, TOKEN) || b"?=&%.".contains(byte))
        .count();
    let keyed = page.text(path..path + length).split(['?', '&']).any(|pair| {
        pair.split_once('=').is_some_and(|(name, key)| {
            matches!(name, "access_token" | "key" | "token") && key.len() >= 30 && distinct(key.as_bytes()) >= 8
        })
    });
    if keyed {
        out.add(tokens::info(Type::Other), start..path + length, Confidence::High);
    }
}

/// The link around a hit, from its scheme to its end.
fn link(page: &Page<'_>, hit: Hit) -> (usize, usize) {
    let mut start = run_start(page.bytes, hit.start, TOKEN, 64);
    while page.before(start) == b'.' && hit.start - start < 100 {
        start = run_start(page.bytes, start - 1, TOKEN, 64);
    }
    if page.slice(start.saturating_sub(8)..start).ends_with(b"https://") {
        start -= 8;
    }
    let mut end = hit.end;
    while end < page.bytes.len()
        && end - hit.end < 512
        && (is(page.byte(end), TOKEN) || b"/@.%".contains(&page.byte(end)))
    {
        end += 1;
    }
    while end > hit.end && page.byte(end - 1) == b'.' {
        end -= 1;
    }
    (start, end)
}

/// Terraform Cloud: fourteen characters, `.atlasv1.`, sixty and more.
pub(super) fn terraform(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let start = run_start(page.bytes, hit.start.saturating_sub(1), ALNUM, 14);
    let end = run_end(page.bytes, hit.end, TOKEN, 100);
    if page.before(hit.start) == b'.' && hit.start - start == 15 && end - hit.end >= 60 {
        out.add(tokens::info(Type::Other), start..end, Confidence::High);
    }
}
