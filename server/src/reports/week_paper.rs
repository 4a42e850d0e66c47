//! The week as a paper.

use super::coverage::{Gap, GapKind};
use super::week::{AlertOfWeek, BundleOfWeek, Counted, ExceptionOfWeek, RunningNow, SilentDevice, Week};
use crate::paper::{Bars, Block, Column, Paper, Table};
use weir_model::Timestamp;

/// Rows of a list: a paper is read, and who needs all of them asks for JSON.
const ROWS: usize = 40;

/// Writes a week down.
#[must_use]
pub fn week_paper(week: &Week, now: Timestamp) -> Paper {
    let all = week.sent + week.rewritten + week.kept;
    let mut blocks = vec![Block::Figures(vec![
        ("Messages".to_owned(), whole(all)),
        ("Left as they were".to_owned(), whole(week.sent)),
        ("Left changed".to_owned(), whole(week.rewritten)),
        ("Kept".to_owned(), whole(week.kept)),
        ("Alerts".to_owned(), whole(week.alerts.len() as u64)),
        ("Devices".to_owned(), whole(week.devices.served)),
    ])];
    blocks.extend(decisions(week));
    blocks.extend(people(week));
    blocks.extend(fleet(week));
    blocks.extend(gaps(&week.gaps));
    Paper {
        title: "Weir: the week".to_owned(),
        subtitle: format!(
            "{} to {} UTC, by the devices' clocks. It names neither people who sent something nor what they sent.",
            time(week.since),
            time(week.until)
        ),
        foot: format!("Weir, week to {}, made {} UTC", day(week.until), time(now.as_millis())),
        made: now,
        blocks,
    }
}

fn decisions(week: &Week) -> Vec<Block> {
    let bar = |day: &Counted| (day.name.clone(), day.sent + day.rewritten, day.kept);
    let bars: Vec<(String, u64, u64)> = week.days.iter().map(bar).collect();
    let said = bars
        .iter()
        .map(|(day, left, kept)| format!("{day}: {left} left, {kept} kept."));
    let said = format!("Messages by day. {}", said.collect::<Vec<_>>().join(" "));
    vec![
        heading("Decisions"),
        Block::Bars(Bars {
            parts: ["left".to_owned(), "kept".to_owned()],
            bars,
            said,
        }),
        counted("Level", &week.levels),
        counted("Decided", &week.actions),
        heading("Where to"),
        counted("Provider", &week.providers),
        heading("Rules that asked for more than to allow"),
        counted("Rule", &week.rules),
    ]
}

fn counted(name: &str, rows: &[Counted]) -> Block {
    let row = |one: &Counted| {
        let numbers = [one.messages(), one.sent, one.rewritten, one.kept];
        [one.name.clone()].into_iter().chain(numbers.map(whole)).collect()
    };
    let columns = vec![
        Column::words(name, 4.0),
        Column::number("Messages", 1.0),
        Column::number("Left as they were", 1.4),
        Column::number("Left changed", 1.2),
        Column::number("Kept", 1.0),
    ];
    Block::Table(Table {
        columns,
        rows: rows.iter().map(row).collect(),
        none: "None.".to_owned(),
    })
}

fn people(week: &Week) -> Vec<Block> {
    [alerts(week), exceptions(week)].concat()
}

fn alerts(week: &Week) -> Vec<Block> {
    let columns = vec![
        Column::number("Urgency", 0.9),
        Column::words("Alert", 2.0),
        Column::words("About", 3.0),
        Column::number("Signs", 0.9),
        Column::words("Raised", 1.8),
        Column::words("State", 1.6),
    ];
    let row = |alert: &AlertOfWeek| {
        let state = match alert.overdue {
            true => format!("{}, overdue", alert.state),
            false => alert.state.to_owned(),
        };
        vec![
            alert.urgency.to_string(),
            alert.rule.clone(),
            alert.device_name.as_ref().unwrap_or(&alert.subject).clone(),
            whole(alert.count),
            time(alert.raised),
            state,
        ]
    };
    let mut blocks = vec![heading("Alerts and incidents")];
    blocks.extend(listed(columns, &week.alerts, row, "No alert was raised."));
    blocks
}

fn exceptions(week: &Week) -> Vec<Block> {
    let columns = vec![
        Column::words("To", 2.4),
        Column::words("Level", 1.4),
        Column::words("Granted by", 2.4),
        Column::words("Granted", 1.8),
        Column::words("Until", 1.8),
    ];
    let row = |one: &ExceptionOfWeek| {
        let until = one.until.map_or_else(String::new, time);
        vec![
            one.destination.clone(),
            one.level.to_string(),
            one.by.join(", "),
            time(one.granted),
            if one.revoked { "taken back".to_owned() } else { until },
        ]
    };
    let mut blocks = vec![heading("Exceptions that were granted")];
    blocks.extend(listed(columns, &week.exceptions, row, "None was granted."));
    blocks
}

fn fleet(week: &Week) -> Vec<Block> {
    [devices(week), policy(week)].concat()
}

fn devices(week: &Week) -> Vec<Block> {
    let devices = &week.devices;
    let columns = vec![Column::words("Silent device", 3.0), Column::words("Seen last", 2.0)];
    let row = |device: &SilentDevice| vec![device.name.clone(), time(device.seen)];
    let mut blocks = vec![
        heading("Devices"),
        Block::Text(format!(
            "{} are served; {} enrolled in the week, {} were revoked, {} were not seen since it began.",
            whole(devices.served),
            whole(devices.enrolled),
            whole(devices.revoked),
            whole(devices.silent.len() as u64)
        )),
    ];
    let none = "Every device was seen since the week began.";
    blocks.extend(listed(columns, &devices.silent, row, none));
    blocks
}

fn policy(week: &Week) -> Vec<Block> {
    let columns = vec![
        Column::number("Bundle", 0.8),
        Column::words("Pack", 3.0),
        Column::words("Published", 2.0),
    ];
    let row = |one: &BundleOfWeek| vec![one.number.to_string(), one.name.clone(), time(one.published)];
    let mut blocks = vec![heading("Policy")];
    blocks.extend(listed(columns, &week.bundles, row, "No bundle was published."));
    let columns = vec![
        Column::words("Bundle that runs now", 3.0),
        Column::number("Devices", 1.0),
    ];
    let row = |row: &RunningNow| {
        let bundle = match row.bundle {
            0 => "none".to_owned(),
            number => number.to_string(),
        };
        vec![bundle, whole(row.devices)]
    };
    blocks.extend(listed(columns, &week.running, row, "No device runs a bundle."));
    blocks
}

fn gaps(gaps: &[Gap]) -> Vec<Block> {
    let columns = vec![
        Column::words("Device", 2.0),
        Column::words("What", 2.6),
        Column::words("From", 1.8),
        Column::words("Until", 1.8),
        Column::number("Count", 0.9),
    ];
    let row = |gap: &Gap| {
        let device = gap.device.map(|device| device.to_string());
        vec![
            gap.name.clone().or(device).unwrap_or_else(|| "all".to_owned()),
            kind(gap.kind).to_owned(),
            gap.since.map_or_else(String::new, time),
            gap.until.map_or_else(String::new, time),
            gap.count.map_or_else(String::new, whole),
        ]
    };
    let mut blocks = vec![heading("What records do not speak for")];
    let none = "Records speak for every device and the whole week.";
    blocks.extend(listed(columns, gaps, row, none));
    blocks
}

/// A table of the first rows, and how many more there are.
fn listed<T>(columns: Vec<Column>, all: &[T], row: impl Fn(&T) -> Vec<String>, none: &str) -> Vec<Block> {
    let table = Block::Table(Table {
        columns,
        rows: all.iter().take(ROWS).map(row).collect(),
        none: none.to_owned(),
    });
    let more = (all.len() > ROWS).then(|| {
        let more = all.len() - ROWS;
        Block::Text(format!(
            "And {more} more: `weir-server report week --json` has all of them."
        ))
    });
    [table].into_iter().chain(more).collect()
}

const fn kind(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Forgotten => "taken away, kept long enough",
        GapKind::NotEnrolled => "not enrolled yet",
        GapKind::Revoked => "revoked",
        GapKind::NoRecords => "no record has come",
        GapKind::NotArrived => "nothing from the end of the week or later",
        GapKind::Missing => "records are missing",
        GapKind::NotRecorded => "could not be recorded",
        GapKind::BegunAnew => "the log was begun anew",
        GapKind::Alert => "an alert about chain or clock",
        GapKind::Unread => "device newer than the server",
        GapKind::NotRead => "messages not read as a whole",
        GapKind::SealBroken => "records behind a seal that does not fit",
        GapKind::NotListed => "messages whose findings are not all listed",
    }
}

fn heading(title: &str) -> Block {
    Block::Heading(title.to_owned())
}

/// `1,234`.
fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn time(millis: i64) -> String {
    written(millis, "%Y-%m-%d %H:%M")
}

fn day(millis: i64) -> String {
    written(millis, "%Y-%m-%d")
}

fn written(millis: i64, form: &str) -> String {
    let time = jiff::Timestamp::from_millisecond(millis);
    time.map(|time| time.strftime(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn large_numbers_can_be_read() {
        let shown = [0, 7, 999, 1000, 12_345, 1_234_567].map(whole);
        assert_eq!(shown, ["0", "7", "999", "1,000", "12,345", "1,234,567"]);
    }
}
