//! What people copy: judged for their session, which carries out what is said here, and remembered so that a later prompt
//! can be linked to where its words came from.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use weir_audit::{Disposition, Process, Record};
use weir_engine::{CopiedFile, CopiedTexts, Copy, FingerprintKey, JudgedCopy, Origin, Unread, judge_copy};
use weir_model::{Action, CopiedFrom, Sensitive, Timestamp};
use weir_store::AppendError;
use weir_wire::{Application, ClipboardAction, ClipboardAsk, ClipboardVerdict};

use crate::clock;
use crate::enforce::Enforcer;
use crate::os;
use crate::record::{self, Circumstances};

/// Names of programs are kept up to here.
const LONGEST_NAME: usize = 1024;

/// What each user copied, by numeric id. Losing it does no harm: a prompt is then linked to nothing.
#[derive(Default)]
pub(crate) struct Copies {
    of: Mutex<HashMap<Option<u32>, Arc<CopiedTexts>>>,
}

impl Copies {
    /// What to judge with.
    pub(crate) fn snapshot(&self, user: Option<u32>, now: Timestamp) -> Arc<CopiedTexts> {
        let mut of = self.of.lock();
        let Some(copied) = of.get_mut(&user) else {
            return Arc::default();
        };
        Arc::make_mut(copied).forget(now);
        let snapshot = Arc::clone(copied);
        if snapshot.is_empty() {
            of.remove(&user);
        }
        snapshot
    }

    fn of(&self, user: Option<u32>, key: &FingerprintKey, remember: impl FnOnce(&mut CopiedTexts)) {
        let mut of = self.of.lock();
        let copied = of.entry(user).or_insert_with(|| Arc::new(CopiedTexts::new(key)));
        remember(Arc::make_mut(copied));
    }
}

impl Enforcer {
    /// Judges what a user copied, records it where something was found, and waits until that is durable.
    ///
    /// # Errors
    /// It could not be recorded. What is on the clipboard has not left: the session leaves it there.
    pub(crate) fn judge_copied(&self, ask: ClipboardAsk, user: Option<u32>) -> Result<ClipboardVerdict, AppendError> {
        let (started, time) = (Instant::now(), clock::now());
        let in_force = self.in_force.load_full();
        let account = user.and_then(os::user_name);
        let (only_asks, source) = (ask.only_asks, ask.source.as_ref().map(process));
        let copied = Copied::read(ask);
        let fingerprints = self.fingerprints.load_full();
        let mut judged = judge_copy(
            &Copy {
                texts: &copied.texts,
                files: &copied.files,
                unread: copied.unread,
                scanned: &self.scanned.snapshot(&in_force.scanner),
                fingerprints: &fingerprints,
                origin: Origin {
                    user: account.as_deref(),
                    process: source.as_ref().map(|process| process.executable.as_str()),
                    environment: self.environment,
                },
                event: clock::event_id(time),
            },
            &in_force,
            time,
        );
        self.scanned
            .remember(&in_force.scanner, std::mem::take(&mut judged.verdict.scanned));
        let is_recorded = judged.verdict.is_message && !only_asks;
        if is_recorded {
            let circumstances = Circumstances {
                time,
                device: self.device.as_deref(),
                user: account.as_deref(),
                process: source.clone(),
                environment: self.environment,
                policy: &in_force.policy,
                search_key: fingerprints.searched(),
                message_bytes: copied.bytes,
                latency_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            };
            let mut record = record::of_verdict(&judged.verdict, circumstances);
            record.disposition = disposition(judged.done);
            let record = Record::Decision(Box::new(record));
            self.store.append_and_wait(time, judged.verdict.event, &record)?;
        }
        if !only_asks {
            let from = CopiedFrom {
                time,
                event: is_recorded.then_some(judged.verdict.event),
                application: source.map(|process| process.executable),
            };
            let findings = &judged.verdict.findings;
            self.copies.of(user, &fingerprints, |copies| {
                copies.remember(&copied.texts, findings, from);
            });
        }
        Ok(told(judged, is_recorded))
    }
}

/// What was copied, as texts.
struct Copied {
    texts: Vec<Sensitive<String>>,
    files: Vec<CopiedFile>,
    unread: Option<Unread>,
    bytes: usize,
}

impl Copied {
    /// What the HTML says is judged where it says more than the text beside it.
    fn read(ask: ClipboardAsk) -> Self {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let bytes = length(&ask.text) + length(&ask.html);
        let mut texts: Vec<String> = ask.text.into_iter().collect();
        for piece in ask.html.iter().flat_map(|html| words_of(html)) {
            if !texts.iter().any(|text| text.trim() == piece.trim()) {
                texts.push(piece);
            }
        }
        let files = ask.files.into_iter().map(|file| CopiedFile {
            name: Sensitive::new(file.name),
            mime: file.mime,
            size: file.size,
        });
        Self {
            texts: texts.into_iter().map(Sensitive::new).collect(),
            files: files.collect(),
            unread: ask.cut.then_some(Unread::TooLarge),
            bytes,
        }
    }
}

/// The text of HTML as a reader sees it. What is no HTML is read as it stands.
fn words_of(html: &str) -> Vec<String> {
    let read = weir_files::read(html.as_bytes(), Some("copied.html"), Some("text/html"));
    let pieces = read.into_iter().flat_map(|read| read.pieces);
    let shown: Vec<String> = pieces
        .filter(|piece| piece.place != weir_files::SOURCE)
        .map(|piece| piece.text.into_exposed())
        .collect();
    if shown.is_empty() {
        vec![html.to_owned()]
    } else {
        vec![shown.join("\n")]
    }
}

/// The session says it, and its user could say anything: it is bounded, and is about their own records alone.
fn process(application: &Application) -> Process {
    let plain = application.executable.chars().filter(|sign| !sign.is_control());
    Process {
        executable: plain.take(LONGEST_NAME).collect(),
        pid: application.pid,
    }
}

/// What happens to the clipboard: the session carries it out.
const fn disposition(done: Action) -> Disposition {
    match done {
        Action::Allow | Action::Warn => Disposition::Observed,
        Action::Pseudonymise | Action::Redact => Disposition::Rewritten,
        Action::Block => Disposition::Blocked,
    }
}

fn told(judged: JudgedCopy, is_recorded: bool) -> ClipboardVerdict {
    let verdict = judged.verdict;
    let mut found = BTreeMap::new();
    for finding in &verdict.findings {
        *found.entry(finding.data_type.clone()).or_insert(0) += finding.count;
    }
    let main = verdict.decision.main_reason();
    let place = main.and_then(|main| verdict.decision.reasons.iter().position(|reason| reason == main));
    ClipboardVerdict {
        event: is_recorded.then_some(verdict.event),
        action: match judged.done {
            Action::Allow => ClipboardAction::Log,
            Action::Warn => ClipboardAction::Notify,
            Action::Pseudonymise | Action::Redact => ClipboardAction::Clean,
            Action::Block => ClipboardAction::Clear,
        },
        level: verdict.level,
        rule: main.map_or_else(String::new, |reason| reason.rule.clone()),
        why: place.and_then(|at| verdict.told.get(at)).cloned().unwrap_or_default(),
        found,
        cleaned: judged.cleaned.map(Sensitive::into_exposed),
    }
}
