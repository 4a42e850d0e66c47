//! Files that take several messages: announced in one, sent in another, often to another host, and referred to by id in
//! prompts that follow. The bytes are judged where they pass; what was decided is remembered by the names that the
//! service gives the file, so that a later message which uses one of them is judged by it.
//!
//! Names are kept as keyed digests. Of the file itself its own name is kept, for the record of its bytes, and nothing
//! else: no content, no digest of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use weir_content::{Attachment, Gives, Inspected, Reference};
use weir_model::{EventId, FileEntry, FileState, Fingerprint, Kind, Sensitive, Timestamp};

use crate::findings::Found;
use crate::{FingerprintKey, Message};

/// Files listed of one message; the record says how many there are.
pub(crate) const LISTED: usize = 20;
/// Names remembered of one file.
const MOST_NAMES: usize = 8;
/// Longer names of files are not recorded whole.
const LONGEST_NAME: usize = 255;

/// The files of one user, as far as they are remembered.
#[derive(Clone, Default)]
pub struct Uploads {
    /// By number, in the order in which they were first seen.
    files: BTreeMap<u64, Upload>,
    known: HashMap<Fingerprint, u64>,
    next: u64,
}

#[derive(Clone)]
struct Upload {
    name: Option<Sensitive<String>>,
    mime: Option<String>,
    size: Option<u64>,
    state: FileState,
    event: EventId,
    seen: Timestamp,
    names: Vec<Fingerprint>,
}

/// What one message does for a file. No `Debug`: it holds the file's name.
pub struct UploadStep {
    /// What its service calls the file already.
    known_by: Vec<Fingerprint>,
    name: Option<Sensitive<String>>,
    mime: Option<String>,
    size: Option<u64>,
    /// The message holds bytes of the file.
    carries: bool,
    /// The company whose names these are.
    provider: String,
    /// What its answer calls the file.
    pub gives: Option<Arc<Gives>>,
}

impl Uploads {
    /// Remembers a step that was decided and recorded. The number of the file, for the names its answer gives; `None`
    /// where nothing is left to remember: an announcement that was refused.
    pub fn take(&mut self, step: &UploadStep, released: bool, event: EventId, now: Timestamp) -> Option<u64> {
        let known = self.find(&step.known_by).map(|(number, _)| number);
        let state = match (step.carries, released) {
            (true, true) => FileState::Released,
            (true, false) => FileState::Blocked,
            (false, true) => FileState::Announced,
            (false, false) => return known,
        };
        let number = known.unwrap_or(self.next);
        self.next = self.next.max(number + 1);
        let file = self.files.entry(number).or_insert_with(|| Upload {
            name: None,
            mime: None,
            size: None,
            state: FileState::Announced,
            event,
            seen: now,
            names: Vec::new(),
        });
        if step.carries {
            file.event = event;
        }
        // Of a file in parts one part that did not leave is enough.
        file.state = file.state.max(state);
        file.seen = now;
        file.name = file.name.take().or_else(|| step.name.clone());
        file.mime = file.mime.take().or_else(|| step.mime.clone());
        file.size = file.size.take().or(step.size);
        self.call(number, step.known_by.clone());
        Some(number)
    }

    /// Remembers what a service calls a file.
    pub fn call(&mut self, number: u64, names: Vec<Fingerprint>) {
        let Some(file) = self.files.get_mut(&number) else {
            return;
        };
        for name in names {
            if file.names.contains(&name) || file.names.len() >= MOST_NAMES {
                continue;
            }
            // A name that is given again belongs to the file it was given to last.
            self.known.insert(name.clone(), number);
            file.names.push(name);
        }
    }

    /// Forgets files not spoken of since then, and the oldest of too many.
    pub fn forget(&mut self, before: Timestamp, most: usize) {
        let stale: Vec<u64> = self
            .files
            .iter()
            .filter(|(_, file)| file.seen < before)
            .map(|(number, _)| *number)
            .collect();
        let surplus = self.files.len().saturating_sub(stale.len()).saturating_sub(most);
        for number in stale {
            self.drop_file(number);
        }
        for _ in 0..surplus {
            let Some(oldest) = self.files.keys().next().copied() else {
                return;
            };
            self.drop_file(oldest);
        }
    }

    /// True when some file was not spoken of since then.
    #[must_use]
    pub fn has_stale(&self, before: Timestamp) -> bool {
        self.files.values().any(|file| file.seen < before)
    }

    /// How many files are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True when none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn drop_file(&mut self, number: u64) {
        let Some(file) = self.files.remove(&number) else {
            return;
        };
        for name in file.names {
            if self.known.get(&name) == Some(&number) {
                self.known.remove(&name);
            }
        }
    }

    fn find(&self, names: &[Fingerprint]) -> Option<(u64, &Upload)> {
        let number = *names.iter().find_map(|name| self.known.get(name))?;
        Some((number, self.files.get(&number)?))
    }
}

impl UploadStep {
    /// The digests of what an answer calls the file.
    #[must_use]
    pub fn digests(&self, key: &FingerprintKey, names: &[Sensitive<String>]) -> Vec<Fingerprint> {
        digests(key, &self.provider, names)
    }
}

/// What is known of the files of one message.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) entries: Vec<FileEntry>,
    /// The worst of those that are referred to, where it is bad.
    pub(crate) worst: Option<FileState>,
    pub(crate) step: Option<UploadStep>,
}

pub(crate) fn look(message: &Message<'_>, inspected: &Inspected, found: &Found, provider: Option<&str>) -> Files {
    if inspected.attachments.is_empty() && inspected.references.is_empty() && inspected.upload.is_none() {
        return Files::default();
    }
    let look = Look {
        uploads: message.uploads,
        key: message.fingerprints,
        provider: provider.unwrap_or(message.request.host),
        inspected,
        telling: found.places.iter().map(|place| place.segment).collect(),
    };
    look.files()
}

struct Look<'a> {
    uploads: &'a Uploads,
    key: &'a FingerprintKey,
    provider: &'a str,
    inspected: &'a Inspected,
    /// Segments in which something was found. A message may have as many files as findings, so they are looked up.
    telling: HashSet<usize>,
}

impl Look<'_> {
    fn files(&self) -> Files {
        let step = self.step();
        let known = step.as_ref().and_then(|step| self.uploads.find(&step.known_by));
        let known = known.map(|(_, file)| file);
        let (of_files, only_named): (Vec<&Reference>, Vec<&Reference>) = self
            .inspected
            .references
            .iter()
            .partition(|reference| reference.attachment.is_some());
        // The first reference to a file counts.
        let of_files: HashMap<usize, &Reference> = of_files
            .into_iter()
            .rev()
            .filter_map(|reference| Some((reference.attachment?, reference)))
            .collect();
        let described = self.inspected.attachments.iter().enumerate();
        let described = described.map(|(at, file)| self.described(file, of_files.get(&at).copied(), known));
        let mut entries: Vec<FileEntry> = described.collect();
        entries.extend(only_named.into_iter().map(|reference| entry(self.referred(reference))));
        let worst = entries.iter().map(|file| file.state).max();
        entries.truncate(LISTED);
        Files {
            entries,
            worst: worst.filter(|state| matches!(state, FileState::Blocked | FileState::Unseen)),
            step,
        }
    }

    /// A file that the message itself tells of.
    fn described(&self, file: &Attachment, reference: Option<&Reference>, known: Option<&Upload>) -> FileEntry {
        let earlier = match reference {
            Some(reference) => self.referred(reference),
            None => known,
        };
        let state = match (file.inline, reference.is_some(), earlier) {
            (true, ..) => FileState::Inline,
            (false, _, Some(earlier)) => earlier.state,
            (false, true, None) => FileState::Unseen,
            (false, false, None) if self.inspected.kind == Kind::UploadInit => FileState::Announced,
            (false, false, None) => FileState::Named,
        };
        let before = entry(earlier);
        let own = self.name(file).map(|name| shown(&name));
        FileEntry {
            // A step that carries bytes calls them `blob`, or nothing.
            name: match reference {
                Some(_) => own.or(before.name),
                None => before.name.or(own),
            },
            mime: file.mime.clone().or(before.mime),
            size: file.size.or(before.size),
            state,
            event: before.event,
        }
    }

    fn referred(&self, reference: &Reference) -> Option<&Upload> {
        let names = digests(self.key, self.provider, std::slice::from_ref(&reference.id));
        self.uploads.find(&names).map(|(_, file)| file)
    }

    /// The sender writes the file's name: data hidden there must not reach the record through it.
    fn name(&self, file: &Attachment) -> Option<String> {
        let tells = file.name_segment.is_some_and(|segment| self.telling.contains(&segment));
        let name = file.name.as_ref().filter(|_| !tells)?;
        Some(name.expose().clone())
    }

    fn step(&self) -> Option<UploadStep> {
        let step = self.inspected.upload.as_ref()?;
        let file = self.inspected.attachments.first();
        Some(UploadStep {
            known_by: digests(self.key, self.provider, &step.known_by),
            name: file.and_then(|file| self.name(file)).map(Sensitive::new),
            mime: file.and_then(|file| file.mime.clone()),
            size: file.and_then(|file| file.size),
            carries: self.inspected.attachments.iter().any(|file| file.inline) || self.inspected.kind == Kind::Upload,
            provider: self.provider.to_owned(),
            gives: step.gives.clone(),
        })
    }
}

fn entry(earlier: Option<&Upload>) -> FileEntry {
    FileEntry {
        name: earlier
            .and_then(|file| file.name.as_ref())
            .map(|name| shown(name.expose())),
        mime: earlier.and_then(|file| file.mime.clone()),
        size: earlier.and_then(|file| file.size),
        state: earlier.map_or(FileState::Unseen, |file| file.state),
        event: earlier.map(|file| file.event),
    }
}

fn digests(key: &FingerprintKey, provider: &str, names: &[Sensitive<String>]) -> Vec<Fingerprint> {
    names.iter().map(|name| key.name(provider, name.expose())).collect()
}

/// A name as a record may hold it: no signs that move the cursor or turn the line around, and not without end.
pub(crate) fn shown(name: &str) -> String {
    let plain = name.chars().filter(|sign| !sign.is_control() && !is_direction(*sign));
    plain.take(LONGEST_NAME).collect()
}

fn is_direction(sign: char) -> bool {
    matches!(sign, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{UploadStep, Uploads};
    use weir_model::{EventId, FileState, Fingerprint, Sensitive, Timestamp};

    fn name(number: u8) -> Fingerprint {
        Fingerprint::from_digest([number; 16])
    }

    fn step(known_by: &[u8], carries: bool) -> UploadStep {
        UploadStep {
            known_by: known_by.iter().map(|number| name(*number)).collect(),
            name: (!carries).then(|| Sensitive::new("plan.txt".to_owned())),
            mime: None,
            size: None,
            carries,
            provider: "acme".to_owned(),
            gives: None,
        }
    }

    const EVENT: EventId = EventId::from_bytes([1; 16]);

    #[test]
    fn steps_find_each_other_by_what_answers_gave() {
        let mut uploads = Uploads::default();
        let now = Timestamp::from_millis(5);
        let announced = uploads.take(&step(&[], false), true, EVENT, now).unwrap();
        uploads.call(announced, vec![name(1), name(2)]);
        let sent = uploads.take(&step(&[2], true), false, EventId::from_bytes([2; 16]), now);
        assert_eq!(sent, Some(announced));
        let (_, file) = uploads.find(&[name(9), name(1)]).unwrap();
        assert_eq!(file.state, FileState::Blocked);
        assert_eq!(file.event, EventId::from_bytes([2; 16]));
        assert!(file.name.as_ref().is_some_and(|name| name.expose() == "plan.txt"));
        uploads.take(&step(&[2], true), true, EVENT, now);
        let (_, file) = uploads.find(&[name(1)]).unwrap();
        assert_eq!(file.state, FileState::Blocked, "one part that did not leave is enough");
        assert!(uploads.find(&[name(3)]).is_none());
        assert_eq!(uploads.take(&step(&[], false), false, EVENT, now), None);
    }

    #[test]
    fn files_are_forgotten_with_all_their_names() {
        let mut uploads = Uploads::default();
        for number in 0..10u8 {
            let file = uploads.take(&step(&[], true), true, EVENT, Timestamp::from_millis(i64::from(number)));
            uploads.call(file.unwrap(), vec![name(number)]);
        }
        uploads.forget(Timestamp::from_millis(3), 5);
        assert_eq!(uploads.len(), 5);
        assert!(uploads.find(&[name(4)]).is_none() && uploads.find(&[name(5)]).is_some());
        assert_eq!(uploads.known.len(), 5);
        uploads.forget(Timestamp::from_millis(100), 5);
        assert!(uploads.is_empty() && uploads.known.is_empty());
    }
}
