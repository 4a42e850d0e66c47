//! What is copied: judged like a message, without a wire around it.
//!
//! The clipboard goes nowhere by itself. What is done about a copy is said by `clipboard-guard`; where no pack has one, people
//! are told of what is Restricted, and nothing is taken away.

use weir_model::{
    Action, Channel, Closed, Destination, EventId, FileEntry, FileState, Kind, Level, Place, Role, Segment, Sensitive,
    Tier, Timestamp,
};
use weir_policy::{Decision, Draw, Facts, Policy};

use crate::findings::{self, Found};
use crate::scanned::Reader;
use crate::uploads;
use crate::{FingerprintKey, InForce, Origin, Plan, ScannedTexts, Unread, Verdict};

/// Something that was copied. Holds content: no `Debug`.
pub struct Copy<'a> {
    /// What it says, in each form it has; the first is what stays where values are taken out.
    pub texts: &'a [Sensitive<String>],
    /// Files and pictures in it, of which nothing is known but this.
    pub files: &'a [CopiedFile],
    /// What is not shown.
    pub unread: Option<Unread>,
    /// Texts that these detectors have read before.
    pub scanned: &'a ScannedTexts,
    /// Whose values are counted.
    pub fingerprints: &'a FingerprintKey,
    /// Whose clipboard it is; the program is that which it was copied from.
    pub origin: Origin<'a>,
    /// Names the decision.
    pub event: EventId,
}

/// A file or a picture that was copied. Holds its name: no `Debug`.
pub struct CopiedFile {
    /// Its name without the folders; empty for a picture.
    pub name: Sensitive<String>,
    /// Media type, where it is known.
    pub mime: Option<String>,
    /// In bytes, where it is known.
    pub size: Option<u64>,
}

/// What follows from a copy.
pub struct JudgedCopy {
    /// The engine's answer. Its plan releases: what is on the clipboard has not left.
    pub verdict: Verdict,
    /// What is done: nothing (allow), a word to the employee (warn), the cleaned text in its place (redact), or nothing
    /// left on the clipboard (block).
    pub done: Action,
    /// Its first text without what must not stay; there where `done` is redact.
    pub cleaned: Option<Sensitive<String>>,
}

/// What records call the destination of a copy.
pub const CLIPBOARD: &str = "clipboard";

/// Judges something that was copied.
#[must_use]
pub fn judge_copy(copy: &Copy<'_>, in_force: &InForce, now: Timestamp) -> JudgedCopy {
    let policy = &in_force.policy;
    let segments = segments(copy);
    let mut reader = Reader::new(&in_force.scanner, copy.fingerprints, copy.scanned);
    let found = findings::find(&segments, &[], in_force, &mut reader);
    let scanned = reader.fresh;
    let level = policy.message_level(&found.findings);
    let (destination, files) = (nowhere(), entries(copy, &found));
    let facts = Facts {
        findings: &found.findings,
        level,
        files: &files,
        ..nothing_found(copy, &destination, now)
    };
    let decision = policy.decide(&facts);
    let reasons = decision.reasons.iter();
    let told = reasons.map(|reason| policy.text(reason, &facts)).collect();
    let cleaned = cleaned(&segments, &found, &decision, policy).filter(|_| !copy.texts.is_empty());
    let done = match done(&decision, level, policy) {
        // What cannot be taken out of it cannot stay in it.
        Action::Redact if cleaned.is_none() => Action::Block,
        done => done,
    };
    let parts = segments
        .iter()
        .map(|segment| (segment.place.role.as_str(), segment.text.expose().as_str()));
    let verdict = Verdict {
        event: copy.event,
        channel: Channel::Clipboard,
        kind: Kind::Prompt,
        selection: None,
        route: None,
        level,
        unscannable: copy.unread.map(Unread::as_str),
        editable: true,
        only_asks: false,
        account: None,
        labels: Vec::new(),
        file: None,
        attachments: u32::try_from(copy.files.len()).unwrap_or(u32::MAX),
        upload: None,
        answer_guard: policy.answer_guard(&facts),
        is_message: !found.findings.is_empty() || copy.unread.is_some() || decision.action != Action::Allow,
        digest: copy.fingerprints.content(Kind::Prompt, parts),
        decision,
        told,
        plan: Plan::Forward,
        minted: Vec::new(),
        stand_ins: std::collections::BTreeSet::new(),
        texts: Vec::new(),
        scanned,
        conversation: None,
        drift: None,
        draw: Draw::default(),
        closed: Closed::default(),
        stale: false,
        exception: None,
        exception_for: None,
        answer: None,
        copied_from: None,
        findings: found.findings,
        files,
        destination,
    };
    JudgedCopy {
        verdict,
        done,
        cleaned: cleaned.filter(|_| done == Action::Redact),
    }
}

/// What policy is asked about a copy in which there is nothing.
fn nothing_found<'a>(copy: &Copy<'a>, destination: &'a Destination, now: Timestamp) -> Facts<'a> {
    Facts {
        channel: Channel::Clipboard,
        kind: Kind::Prompt,
        destination,
        findings: &[],
        level: Level::default(),
        unscannable: copy.unread.is_some(),
        file: None,
        files: &[],
        editable: true,
        only_asks: false,
        account: None,
        labels: &[],
        over: &[],
        user: copy.origin.user,
        process: copy.origin.process,
        environment: copy.origin.environment,
        closed: Closed::NOTHING,
        stale: false,
        exception: None,
        now,
    }
}

fn nowhere() -> Destination {
    Destination {
        host: CLIPBOARD.to_owned(),
        service: None,
        provider: None,
        tier: Tier::Local,
        region: None,
        model: None,
        target: None,
    }
}

fn segments(copy: &Copy<'_>) -> Vec<Segment> {
    let texts = copy.texts.iter().map(|text| (Role::Prompt, text));
    let names = copy.files.iter().map(|file| (Role::Attachment, &file.name));
    texts
        .chain(names)
        .zip(0..)
        .map(|((role, text), segment)| Segment {
            place: Place {
                role,
                locator: None,
                segment,
            },
            text: Sensitive::new(text.expose().clone()),
        })
        .collect()
}

/// A name in which something was found is not recorded.
fn entries(copy: &Copy<'_>, found: &Found) -> Vec<FileEntry> {
    let first = copy.texts.len();
    let is_plain = |segment: usize| !found.places.iter().any(|place| place.segment == segment);
    let listed = copy.files.iter().enumerate().take(uploads::LISTED);
    listed
        .map(|(number, file)| FileEntry {
            name: Some(file.name.expose())
                .filter(|name| !name.is_empty() && is_plain(first + number))
                .map(|name| uploads::shown(name)),
            mime: file.mime.clone(),
            size: file.size,
            state: FileState::Named,
            event: None,
        })
        .collect()
}

fn done(decision: &Decision, level: Level, policy: &Policy) -> Action {
    match (policy.guards_clipboard(), decision.action) {
        (true, Action::Pseudonymise) => Action::Redact,
        (true, action) => action,
        (false, _) if level == Level::Restricted => Action::Warn,
        (false, _) => Action::Allow,
    }
}

/// The first text with markers in place of what must not stay; `None` where nothing in it must go.
fn cleaned(segments: &[Segment], found: &Found, decision: &Decision, policy: &Policy) -> Option<Sensitive<String>> {
    let text = segments.first()?.text.expose();
    let goes = |finding: usize| decision.per_finding.get(finding).copied().unwrap_or_default() > Action::Warn;
    let mut places: Vec<_> = found
        .places
        .iter()
        .filter(|place| place.segment == 0 && goes(place.finding))
        .collect();
    places.sort_by_key(|place| place.found.span.start);
    if places.is_empty() {
        return None;
    }
    let (mut out, mut written) = (String::with_capacity(text.len()), 0);
    for place in places {
        let span = &place.found.span;
        if span.start >= written {
            out.push_str(&text[written..span.start]);
            out.push_str(&policy.marker(&place.found.data_type));
        }
        written = written.max(span.end);
    }
    out.push_str(&text[written..]);
    Some(Sensitive::new(out))
}
