//! E-mail addresses, telephone numbers, network addresses.

use super::words;
use crate::classes::{ALNUM, DIGIT, HEX, is, run_end, run_start};
use crate::context::Context;
use crate::evidence::distinct;
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Number, Token, follows_line_escape};
use std::net::{Ipv4Addr, Ipv6Addr};
use weir_model::{Category, Confidence};

/// What the family finds.
pub(super) static INFOS: [&Info; 4] = [&EMAIL, &PHONE, &IP_ADDRESS, &MAC_ADDRESS];

/// An e-mail address.
pub(super) static EMAIL: Info = Info::new(
    "personal/email",
    "E-mail address",
    Category::Personal,
    Standing::Surrounding,
)
.from("any", "RFC 5321; addresses reserved by RFC 2606 are not findings")
.found_in(&[
    "write to ada.weir@tidewater.io today",
    "<j_doe48@mail.corp.de>",
    "mailto:o'neill+x@sub.domain.co.uk",
    "电邮ada@tidewater.cn。",
])
.not_in(&[
    "write to user@example.com",
    "git@github.com:org/repo.git",
    "logo@2x.png",
    "pkg@1.2.3",
    "a@b",
    "@decorator.name",
    "me@localhost",
    "x@test.invalid",
]);

/// A telephone number.
pub(super) static PHONE: Info = Info::new(
    "personal/phone",
    "Telephone number",
    Category::Personal,
    Standing::Surrounding,
)
.from("any", "ITU-T E.164; NANP; national forms with a word beside them")
.found_in(&[
    "+44 (0)7849 262 289",
    "call +81-70-4428-7464",
    "tel 06 25 96 26 67",
    "(212) 664-7665",
    "phone: 2126647665",
    "id,phone\n1,+33 6 25 96 26 67",
    "Telefon 030 9018 2030",
])
.not_in(&[
    "part 123-456-7890 qty 3",
    "2024-01-23 10:12:37",
    "order +44",
    "1.234.567.890",
    "10.0.0.1",
    "total 2126647665",
    "range 100-200-3000",
]);

/// An internet address that belongs to someone.
pub(super) static IP_ADDRESS: Info = Info::new(
    "personal/ip_address",
    "Public IP address",
    Category::Personal,
    Standing::Surrounding,
)
.from(
    "any",
    "RFC 791, RFC 4291; private, documentation and well-known addresses are not findings",
)
.found_in(&[
    "login from 65.173.159.240 ok",
    "2404:ef50:5410:e59b:f360:4573:4f7:c647",
    "host 2a03:2880:f12f:83::25de",
    "src=91.198.174.192:443",
])
.not_in(&[
    "ping 192.0.2.99",
    "10.1.2.3",
    "192.168.0.1",
    "version 65.173.159.240",
    "v4.12.3.1",
    "8.8.8.8",
    "2001:db8::1",
    "::1",
    "fe80::1",
    "std::vec::Vec",
    "10:20:30",
    "1.2.3.4.5",
    "300.1.2.3",
]);

/// The address of a network card.
pub(super) static MAC_ADDRESS: Info = Info::new(
    "personal/mac_address",
    "MAC address",
    Category::Personal,
    Standing::Surrounding,
)
.from("any", "IEEE 802; EUI-48")
.found_in(&["mac 30:d1:7e:18:0a:17", "30-D1-7E-18-0A-17", "wifi AC:DE:48:23:45:67."])
.not_in(&[
    "00:00:00:00:00:00",
    "ff:ff:ff:ff:ff:ff",
    "fingerprint 30:d1:7e:18:0a:17:22:33",
    "00:00:5E:00:53:01",
    "10:20:30:40:50",
]);

/// An `@`: the address around it.
pub(super) fn email(page: &Page<'_>, at: usize, out: &mut Findings) {
    let local = |byte: u8| is(byte, ALNUM) || b"._%+-'!#$&*/=?^`{|}~".contains(&byte);
    let mut start = at;
    while start > 0 && at - start < 65 && local(page.byte(start - 1)) {
        start -= 1;
    }
    while start < at && !is(page.byte(start), ALNUM) {
        start += 1;
    }
    // A key or an opening quote glued to the address: `email=ada@…`, `'ada@…`.
    if let Some(cut) = page
        .slice(start..at)
        .iter()
        .rposition(|byte| b"=/?&{|*`'$".contains(byte))
        .filter(|cut| start + cut + 1 < at)
    {
        let apostrophe = page.byte(start + cut) == b'\'' && cut > 0;
        start += if apostrophe { 0 } else { cut + 1 };
    }
    if follows_line_escape(page.bytes, start + 1) && start + 1 < at {
        start += 1;
    }
    let mut end = at + 1;
    while end < page.bytes.len()
        && end - at < 254
        && (is(page.byte(end), ALNUM) || matches!(page.byte(end), b'.' | b'-'))
    {
        end += 1;
    }
    while end > at + 1 && !is(page.byte(end - 1), ALNUM) {
        end -= 1;
    }
    if start == at || page.before(at) == b'.' {
        return;
    }
    let (name, domain) = (page.text(start..at), page.text(at + 1..end));
    if is_mail_domain(domain) && !is_nobody(name, domain) && page.byte(end) != b'(' {
        out.add(&EMAIL, start..end, Confidence::High);
    }
}

fn is_mail_domain(domain: &str) -> bool {
    const FILES: &[&str] = &[
        "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "tsx", "jsx", "json", "html", "mjs", "cjs",
        "scss", "ico", "pdf", "zip", "gz", "yml", "yaml", "tgz",
    ];
    let Some((rest, top)) = domain.rsplit_once('.') else {
        return false;
    };
    let labels = rest
        .split('.')
        .all(|label| !label.is_empty() && label.len() < 64 && !label.starts_with('-') && !label.ends_with('-'));
    let top_ok = (2..=24).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    labels && top_ok && !FILES.contains(&top.to_ascii_lowercase().as_str())
}

/// Addresses of nobody: reserved names, version control, automatic senders in documentation.
fn is_nobody(name: &str, domain: &str) -> bool {
    const TOPS: &[&str] = &["example", "test", "invalid", "localhost", "local", "localdomain"];
    const DOMAINS: &[&str] = &[
        "example.com",
        "example.org",
        "example.net",
        "example.edu",
        "domain.com",
        "email.com",
        "yourdomain.com",
        "yourcompany.com",
        "company.com",
        "test.com",
        "acme.com",
        "users.noreply.github.com",
        "foo.com",
        "bar.com",
        "mydomain.com",
        "your-domain.com",
        "example.de",
        "example.co.uk",
    ];
    let domain = domain.to_ascii_lowercase();
    let top = domain.rsplit('.').next().unwrap_or("");
    let reserved = TOPS.contains(&top)
        || DOMAINS
            .iter()
            .any(|d| domain == *d || domain.strip_suffix(d).is_some_and(|head| head.ends_with('.')));
    reserved || name.eq_ignore_ascii_case("git") || (name == "hg" || name == "svn") && domain.contains("bitbucket")
}

/// A number that may be dialled.
pub(super) fn phone(page: &Page<'_>, number: &Number, out: &mut Findings) {
    let first = number.start();
    if out
        .0
        .last()
        .is_some_and(|found| std::ptr::eq(found.info, &raw const PHONE) && found.span.end > first)
    {
        return;
    }
    let (start, end, digits) = extent(page, first);
    let count = digits.len();
    if !(7..=15).contains(&count) || distinct(&digits) < 3 && count < 10 || glued(page, start, end) {
        return;
    }
    let mut context = None;
    let mut context = |page| -> (bool, bool) {
        let context = context.get_or_insert_with(|| Context::of(page, start, end));
        let near = context.find(words::PHONE);
        let harmless = context.harmless();
        let leads = near.is_some_and(|near| context.leads_to_value(near));
        (leads && harmless <= near, harmless.is_some())
    };
    let international =
        page.byte(start) == b'+' || digits.starts_with(b"00") && count >= 11 && is(page.byte(start + 2), DIGIT);
    let plain = page.slice(start..end).iter().skip(1).all(|byte| is(*byte, DIGIT));
    let confidence = if international && has_country(&digits) {
        let diff = plain && (start == 0 || page.before(start) == b'\n') && page.byte(start) == b'+';
        let zero = page.byte(start) != b'+';
        let (near, harmless) = context(page);
        (near || !diff && !zero && !harmless && count >= 9 || zero && !plain && !harmless).then_some(Confidence::High)
    } else if page.byte(start) == b'+' {
        None
    } else {
        let national = is_north_american(page, start, end, &digits) || is_grouped_national(page, start, end, &digits);
        let (near, harmless) = context(page);
        match (near, national) {
            (true, true) => Some(Confidence::High),
            (true, false) => (!is_date(page.text(start..end)) && page.byte(end) != b':').then_some(Confidence::Medium),
            (false, true) if !harmless => Some(Confidence::Medium),
            _ => None,
        }
    };
    if let Some(confidence) = confidence {
        out.add(&PHONE, start..end, confidence);
    }
}

/// From the first digit back over `+` and `(`, and on over digits and what may stand between them.
fn extent(page: &Page<'_>, first: usize) -> (usize, usize, Vec<u8>) {
    let mut start = first;
    if page.before(start) == b'(' {
        start -= 1;
    }
    if page.before(start) == b'+' {
        start -= 1;
    }
    let mut digits = Vec::with_capacity(16);
    let mut at = start;
    let mut end = start;
    while at < page.bytes.len() && at - start < 32 && digits.len() < 17 {
        match page.byte(at) {
            byte @ b'0'..=b'9' => {
                digits.push(byte);
                end = at + 1;
            }
            b'+' if at == start => {}
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' if separates(page, at) => {}
            _ => break,
        }
        at += 1;
    }
    (start, end, digits)
}

/// A separator is followed by a digit, or by a bracket and a digit.
fn separates(page: &Page<'_>, at: usize) -> bool {
    let next = page.byte(at + 1);
    is(next, DIGIT)
        || matches!(next, b'(' | b')' | b'-' | b' ')
            && matches!(page.byte(at), b' ' | b')' | b'-' | b'(')
            && is(page.byte(at + 2), DIGIT)
}

fn glued(page: &Page<'_>, start: usize, end: usize) -> bool {
    let before = page.before(start);
    let open = (is(before, ALNUM) || matches!(before, b'_' | b'$' | b'#' | b'.' | b'-' | b'/'))
        && !follows_line_escape(page.bytes, start);
    let after = page.byte(end);
    open || is(after, ALNUM)
        || after == b'_'
        || after == b'%'
        || matches!(after, b'-' | b'/' | b'.' | b',' | b':') && is(page.byte(end + 1), ALNUM) && after != b','
}

/// Country codes of E.164 with plausible lengths of the whole number.
fn has_country(digits: &[u8]) -> bool {
    let digits = digits.strip_prefix(b"00").unwrap_or(digits);
    let one = digits[0];
    let two = (digits[0] - b'0') * 10 + digits[1] - b'0';
    match one {
        b'1' => digits.len() == 11 && digits[1] >= b'2' && digits[4] >= b'2',
        b'7' => digits.len() == 11,
        _ => {
            let short = matches!(two, 20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98);
            let long =
                matches!(two, 21..=26 | 29 | 35 | 37 | 38 | 42 | 50 | 59 | 67..=69 | 80 | 85 | 87 | 88 | 96 | 97 | 99);
            (short || long) && (9..=15).contains(&digits.len())
        }
    }
}

/// Area and exchange rules of the North American plan, written in groups.
fn is_north_american(page: &Page<'_>, start: usize, end: usize, digits: &[u8]) -> bool {
    let local = digits
        .strip_prefix(b"1")
        .filter(|rest| rest.len() == 10)
        .unwrap_or(digits);
    let valid =
        local.len() == 10 && local[0] >= b'2' && local[3] >= b'2' && &local[1..3] != b"11" && &local[4..6] != b"11";
    let groups: Vec<usize> = page
        .slice(start..end)
        .split(|byte| !is(*byte, DIGIT))
        .map(<[u8]>::len)
        .filter(|len| *len > 0)
        .collect();
    valid && matches!(groups[..], [3, 3, 4] | [1, 3, 3, 4])
}

/// Pairs after a leading zero (France), mobile and area forms (United Kingdom).
fn is_grouped_national(page: &Page<'_>, start: usize, end: usize, digits: &[u8]) -> bool {
    let groups: Vec<usize> = page
        .slice(start..end)
        .split(|byte| !is(*byte, DIGIT))
        .map(<[u8]>::len)
        .filter(|len| *len > 0)
        .collect();
    match groups[..] {
        [2, 2, 2, 2, 2] => digits[0] == b'0' && digits[1] != b'0',
        [5, 6] | [5, 3, 3] => digits.starts_with(b"07") || digits.starts_with(b"01"),
        [3, 4, 4] => {
            digits.starts_with(b"020")
                || digits.starts_with(b"090")
                || digits.starts_with(b"080")
                || digits.starts_with(b"010")
        }
        _ => false,
    }
}

fn is_date(text: &str) -> bool {
    let groups: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    let year = |group: &str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    groups.len() >= 3 && (year(groups[0]) || year(groups[2])) && groups[1].len() <= 2
}

/// Four groups with dots between.
pub(super) fn ipv4(page: &Page<'_>, number: &Number, out: &mut Findings) {
    if number.count() < 4 {
        return;
    }
    for first in 0..=number.count() - 4 {
        let (start, end) = (number.group(first).0, number.group(first + 3).1);
        let dotted = (first..first + 3).all(|at| page.byte(number.group(at).1) == b'.');
        let continued =
            first > 0 && page.before(start) == b'.' || page.byte(end) == b'.' && is(page.byte(end + 1), ALNUM);
        let before = page.before(start);
        let glued =
            (is(before, ALNUM) || matches!(before, b'_' | b'-' | b'.')) && !follows_line_escape(page.bytes, start);
        if !dotted || continued || glued || is(page.byte(end), ALNUM) || page.byte(end) == b'_' {
            continue;
        }
        let Ok(address) = page.text(start..end).parse::<Ipv4Addr>() else {
            continue;
        };
        let context = Context::of(page, start, end);
        // Small numbers only are object identifiers, sections and versions more often than addresses.
        let small = address.octets().iter().all(|octet| *octet < 64) && context.find(ADDRESSES).is_none();
        if is_public_v4(address) && !small && !context.close(VERSIONS, 24) {
            out.add(&IP_ADDRESS, start..end, Confidence::High);
        }
    }
}

const ADDRESSES: &[&str] = &[
    "ip",
    "host",
    "address",
    "addr",
    "server",
    "client",
    "from",
    "ping",
    "ssh",
    "src",
    "dst",
    "peer",
    "remote",
    "login",
    "ips",
    "ipv4",
    "adresse",
    "dirección",
];

const VERSIONS: &[&str] = &[
    "version", "ver", "v", "release", "build", "assembly", "firmware", "section", "chapter", "oid", "rev",
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    const KNOWN: [[u8; 4]; 10] = [
        [8, 8, 8, 8],
        [8, 8, 4, 4],
        [1, 1, 1, 1],
        [1, 0, 0, 1],
        [9, 9, 9, 9],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [208, 67, 222, 222],
        [208, 67, 220, 220],
        [168, 63, 129, 16],
    ];
    let octets = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast();
    let shared = octets[0] == 100 && (64..128).contains(&octets[1]) || octets[0] == 198 && matches!(octets[1], 18 | 19);
    !special && !shared && octets[0] != 0 && octets[0] < 224 && octets[2..] != [0, 0] && !KNOWN.contains(&octets)
}

/// A colon between hex digits: a MAC address or the first colon of an IPv6 address.
pub(super) fn colons(page: &Page<'_>, at: usize, out: &mut Findings) {
    let start = run_start(page.bytes, at, HEX, 5);
    if at - start > 4
        || start == at
        || matches!(page.before(start), b':' | b'_')
        || is(page.before(start), ALNUM) && !follows_line_escape(page.bytes, start)
    {
        return;
    }
    let mut end = at;
    while end < page.bytes.len() && end - start < 48 && (is(page.byte(end), HEX) || page.byte(end) == b':') {
        end += 1;
    }
    while end > at && page.byte(end - 1) == b':' && page.byte(end.wrapping_sub(2)) != b':' {
        end -= 1;
    }
    if is(page.byte(end), ALNUM) || page.byte(end) == b'_' {
        return;
    }
    let text = page.text(start..end);
    if text.len() == 17 && at - start == 2 {
        mac(page, start, end, out);
    } else if text.bytes().filter(|byte| *byte == b':').count() >= 3
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && let Ok(address) = text.parse::<Ipv6Addr>()
        && is_public_v6(address)
    {
        out.add(&IP_ADDRESS, start..end, Confidence::High);
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let head = address.segments();
    let documentation = head[0] == 0x2001 && head[1] == 0xdb8 || head[0] == 0x3fff;
    let known = head[..4] == [0x2001, 0x4860, 0x4860, 0] || head[..4] == [0x2606, 0x4700, 0x4700, 0];
    head[0] & 0xe000 == 0x2000 && !documentation && !known
}

/// A token with dashes: `30-D1-7E-18-0A-17`.
pub(super) fn dashed_mac(page: &Page<'_>, token: Token, out: &mut Findings) {
    if token.len() == 17
        && page
            .slice(token.start..token.end)
            .iter()
            .enumerate()
            .all(|(at, byte)| if at % 3 == 2 { *byte == b'-' } else { is(*byte, HEX) })
    {
        mac(page, token.start, token.end, out);
    }
}

fn mac(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    let text = page.slice(start..end);
    let separator = text[2];
    let shaped = text.iter().enumerate().all(|(at, byte)| {
        if at % 3 == 2 {
            *byte == separator
        } else {
            is(*byte, HEX)
        }
    });
    let hex: Vec<u8> = text
        .iter()
        .filter(|byte| is(**byte, HEX))
        .map(u8::to_ascii_lowercase)
        .collect();
    let nobody = distinct(&hex) < 3
        || hex.starts_with(b"00005e0053")
        || hex == b"001122334455"
        || hex == b"aabbccddeeff"
        || hex == b"0123456789ab"
        || hex == b"deadbeefcafe";
    let decimal_time = hex.iter().all(u8::is_ascii_digit)
        && separator == b'-'
        && run_end(&hex, 0, DIGIT, 12) == 12
        && hex.starts_with(b"20");
    if shaped && !nobody && !decimal_time {
        out.add(&MAC_ADDRESS, start..end, Confidence::High);
    }
}
