//! The data-flow picture: how data left, and where to. One SVG, without scripts, styles or fonts of others, that says in words
//! what it shows.

use super::flows::Flows;
use std::collections::BTreeMap;
use std::fmt::Write;
use weir_model::{Channel, Level};

/// A channel's way to a service.
#[derive(Default)]
struct Way {
    left: u64,
    kept: u64,
    /// The highest level that left.
    level: Option<Level>,
}

const WIDTH: u32 = 960;
const TOP: u32 = 96;
const ROW: u32 = 44;
const BOX: u32 = 32;
const LEFT_EDGE: u32 = 200;
const RIGHT_EDGE: u32 = 640;
/// Services with a row of their own; the others share one.
const SERVICES: usize = 20;
const LONGEST_NAME: usize = 34;
const LEVELS: [Level; 4] = [Level::Public, Level::Internal, Level::Confidential, Level::Restricted];
const INK: &str = "#1b1f24";
const QUIET: &str = "#57606a";

/// Draws what went where.
#[must_use]
pub fn picture(flows: &Flows) -> String {
    let (ways, services) = ways(flows);
    let mut channels: Vec<Channel> = ways.keys().map(|(channel, _)| *channel).collect();
    channels.dedup();
    let rows = channels.len().max(services.len()).max(1);
    let height = TOP + u32::try_from(rows).unwrap_or(u32::MAX / 100).saturating_mul(ROW) + 72;
    let mut svg = String::new();
    head(&mut svg, flows, height, &said(&ways));
    if ways.is_empty() {
        let _ = writeln!(
            svg,
            "<text x=\"24\" y=\"{}\" fill=\"{INK}\">Nothing was sent.</text>",
            TOP + 24
        );
    }
    let most = ways.values().map(|way| way.left + way.kept).max().unwrap_or(1);
    for ((channel, service), way) in &ways {
        let (Some(one), Some(other)) = (row(&channels, channel), row(&services, service)) else {
            continue;
        };
        line(
            &mut svg,
            (one + BOX / 2, other + BOX / 2),
            breadth(way.left + way.kept, most),
            way,
            &sentence(*channel, service, way),
        );
    }
    for (at, channel) in channels.iter().enumerate() {
        let of_channel = ways.iter().filter(|((one, _), _)| one == channel);
        node(
            &mut svg,
            (24, LEFT_EDGE),
            at,
            channel.as_str(),
            &sums(of_channel.map(|(_, way)| way)),
        );
    }
    for (at, service) in services.iter().enumerate() {
        let of_service = ways.iter().filter(|((_, one), _)| one == service);
        node(
            &mut svg,
            (RIGHT_EDGE, WIDTH - 24),
            at,
            service,
            &sums(of_service.map(|(_, way)| way)),
        );
    }
    legend(&mut svg, height - 28);
    svg.push_str("</svg>\n");
    svg
}

/// What it is, for those who see it and those who hear it read.
fn head(svg: &mut String, flows: &Flows, height: u32, said: &str) {
    let (from, to) = (day(flows.since), day(flows.until));
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title desc\" font-family=\"system-ui, sans-serif\" font-size=\"14\">\n\
         <title id=\"title\">Where data went, {from} to {to}</title>\n<desc id=\"desc\">{said}</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"24\" y=\"36\" font-size=\"20\" font-weight=\"600\" fill=\"{INK}\">Where data went</text>\n\
         <text x=\"24\" y=\"60\" fill=\"{QUIET}\">{from} to {to}, UTC. Numbers are messages that left, and that were kept.</text>\n"
    );
}

/// From the height of one row to that of the other.
fn line(svg: &mut String, (one, other): (u32, u32), breadth: f64, way: &Way, sentence: &str) {
    let middle = u32::midpoint(LEFT_EDGE, RIGHT_EDGE);
    // What nothing left by is dashed: colour alone says nothing.
    let dashes = match way.left {
        0 => " stroke-dasharray=\"6 5\"",
        _ => "",
    };
    let _ = writeln!(
        svg,
        "<path d=\"M{LEFT_EDGE} {one} C{middle} {one} {middle} {other} {RIGHT_EDGE} {other}\" fill=\"none\" stroke=\"{}\" \
         stroke-width=\"{breadth:.1}\" stroke-opacity=\"0.75\"{dashes}><title>{}</title></path>",
        colour(way.level),
        escaped(sentence)
    );
}

/// By channel and service, and the services, the busiest first.
fn ways(flows: &Flows) -> (BTreeMap<(Channel, String), Way>, Vec<String>) {
    let mut busy: BTreeMap<&str, u64> = BTreeMap::new();
    for flow in &flows.flows {
        *busy.entry(&flow.service).or_default() += flow.messages();
    }
    let mut services: Vec<(&str, u64)> = busy.into_iter().collect();
    services.sort_by_key(|(name, messages)| (std::cmp::Reverse(*messages), *name));
    let others = format!("{} others", services.len().saturating_sub(SERVICES));
    let named: Vec<&str> = services.iter().take(SERVICES).map(|(name, _)| *name).collect();
    let mut ways: BTreeMap<(Channel, String), Way> = BTreeMap::new();
    for flow in &flows.flows {
        let service = match named.contains(&&*flow.service) {
            true => flow.service.clone(),
            false => others.clone(),
        };
        let way = ways.entry((flow.channel, service)).or_default();
        way.kept += flow.kept;
        if flow.sent + flow.rewritten > 0 {
            way.left += flow.sent + flow.rewritten;
            way.level = way.level.max(Some(flow.level));
        }
    }
    let mut names: Vec<String> = named.into_iter().map(str::to_owned).collect();
    if services.len() > SERVICES {
        names.push(others);
    }
    (ways, names)
}

fn row<T: PartialEq>(rows: &[T], one: &T) -> Option<u32> {
    let at = u32::try_from(rows.iter().position(|other| other == one)?).ok()?;
    Some(TOP + at * ROW)
}

fn node(svg: &mut String, (left, right): (u32, u32), at: usize, name: &str, numbers: &str) {
    let top = TOP + u32::try_from(at).unwrap_or_default() * ROW;
    let mut name: String = name.to_owned();
    if name.chars().count() > LONGEST_NAME {
        name = name.chars().take(LONGEST_NAME - 1).chain(['…']).collect();
    }
    let _ = writeln!(
        svg,
        "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{BOX}\" rx=\"4\" fill=\"#f6f8fa\" stroke=\"#6e7781\"/>\n\
         <text x=\"{}\" y=\"{}\" fill=\"{INK}\">{}</text>\n\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"12\" fill=\"{QUIET}\">{numbers}</text>",
        right - left,
        left + 10,
        top + 21,
        escaped(&name),
        right - 10,
        top + 21,
    );
}

fn sums<'a>(ways: impl Iterator<Item = &'a Way>) -> String {
    let (left, kept) = ways.fold((0, 0), |(left, kept), way| (left + way.left, kept + way.kept));
    format!("{left} / {kept}")
}

fn legend(svg: &mut String, y: u32) {
    let mut x = 24;
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" fill=\"{QUIET}\">Highest level that left:</text>"
    );
    x += 168;
    for level in LEVELS {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{}\" width=\"28\" height=\"8\" fill=\"{}\"/><text x=\"{}\" y=\"{y}\" fill=\"{INK}\">{level}</text>",
            y - 9,
            colour(Some(level)),
            x + 36
        );
        x += 140;
    }
    let _ = writeln!(
        svg,
        "<path d=\"M{x} {0} h28\" stroke=\"{1}\" stroke-width=\"4\" stroke-dasharray=\"6 5\"/>\
         <text x=\"{2}\" y=\"{y}\" fill=\"{INK}\">nothing left</text>",
        y - 5,
        colour(None),
        x + 36
    );
}

/// Each is at least three to one against white.
const fn colour(level: Option<Level>) -> &'static str {
    match level {
        None => "#6e7781",
        Some(Level::Public) => "#1a7f37",
        Some(Level::Internal) => "#0969da",
        Some(Level::Confidential) => "#bc4c00",
        Some(Level::Restricted) => "#a40e26",
    }
}

/// The area grows with the number, and the least can be seen.
fn breadth(messages: u64, most: u64) -> f64 {
    2.0 + 18.0 * (messages as f64 / most.max(1) as f64).sqrt()
}

/// All of it in words.
fn said(ways: &BTreeMap<(Channel, String), Way>) -> String {
    let all: Vec<String> = ways
        .iter()
        .map(|((channel, service), way)| sentence(*channel, service, way))
        .collect();
    match all.is_empty() {
        true => "Nothing was sent.".to_owned(),
        false => escaped(&all.join(" ")),
    }
}

fn sentence(channel: Channel, service: &str, way: &Way) -> String {
    let highest = way.level.map_or_else(String::new, |level| format!(", {level} at most"));
    format!(
        "By {} to {service}: {} left{highest}; {} kept.",
        channel.as_str(),
        way.left,
        way.kept
    )
}

/// Names are a device's word. What XML has no sign for is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => out.push(sign),
        }
    }
    out
}

fn day(millis: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(millis);
    time.map(|time| time.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}
