//! Opening a log, whatever happened to it.
//!
//! Bytes after the last record are cut only if they were never acknowledged: beyond the anchor, and with no later commit
//! behind them (a commit is written only after the one before is durable, so damage before a commit is not a torn
//! write). Everything else is damage: it stays as it is, is located and reported, and the log goes on in a new segment
//! of a new generation, linked to the last good record.

use super::anchor::AnchorSlots;
use super::epochs::{End, Epochs};
use super::reserve::Reserve;
use super::{Current, LastRecord, Log, Sizes, allocate, random, segments};
use crate::disk::{Disk, DiskFile};
use crate::{Clock, OnFull};
use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use weir_audit::{
    Anchor, AnchorFile, Flags, Floor, Frame, GapCount, Kind, Problem, SealKey, Start, Step, Verifier, Walk, What,
};

/// What was found when the log was opened.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    /// Everything that is not as it was written, in the part that opening reads.
    pub(crate) problems: Vec<Problem>,
    /// True when an interrupted write was removed.
    pub(crate) cut: bool,
}

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the log open.
    #[error("the audit log in `{0}` is in use by another process")]
    InUse(PathBuf),
    /// The log was sealed under another key.
    #[error("the audit log in `{0}` was sealed under another key")]
    WrongKey(PathBuf),
    /// The disk failed.
    #[error("could not {what} in `{dir}`")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// Where.
        dir: PathBuf,
        /// As the system said.
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("could not start a thread of the audit store")]
    Thread(#[source] io::Error),
}

/// What opening needs to know.
pub(crate) struct Opening {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) dir: PathBuf,
    pub(crate) key: Arc<SealKey>,
    pub(crate) clock: Clock,
    pub(crate) sizes: Sizes,
    pub(crate) needed: u64,
    pub(crate) on_full: OnFull,
}

impl Log {
    /// Opens the log, repairs what may be repaired, and reports the rest.
    pub(crate) fn open(opening: Opening) -> Result<(Log, Recovery), OpenError> {
        let Opening { disk, dir, .. } = &opening;
        let lock = lock(&**disk, dir)?;
        let bytes = at(dir, "read the anchor", AnchorSlots::read(&**disk, dir))?;
        let anchor_file = AnchorFile::read(&bytes.unwrap_or_default(), Some(&opening.key));
        let mut found = find(&opening, &anchor_file)?;
        let epochs = open_epochs(&opening, &mut found, anchor_file.anchor())?;
        let slots = at(dir, "open the anchor", AnchorSlots::open(&**disk, dir, &anchor_file))?;
        let anchor = anchor_file.anchor().copied();
        let reserve = Reserve::open(&**disk, dir, opening.sizes.segment);
        let (log, recovery) = assemble(opening, found, anchor, (slots, epochs, reserve, lock));
        log.begin(recovery)
    }

    /// The first segment, or the one that goes on past damage, is begun at once if there is space. If not, every append
    /// tries again.
    fn begin(mut self, recovery: Recovery) -> Result<(Log, Recovery), OpenError> {
        if self.current.is_none()
            && let Err(refused) = self.begin_segment()
        {
            let error = self.refuse(&refused, 0);
            tracing::error!(%error, "the audit log could not begin a segment");
        }
        at(&self.dir.clone(), "write the anchor", self.write_anchor_twice())?;
        if let Err(error) = self.remove_below_floor() {
            tracing::warn!(kind = ?error.kind(), "expired segments could not be removed");
        }
        Ok((self, recovery))
    }
}

/// What the segments hold.
#[derive(Default)]
struct Found {
    numbers: Vec<u64>,
    last: Option<Good>,
    /// The last segment's file, where the log may go on in it.
    resume: Option<(u64, u64)>,
    lost_anchor: bool,
    recovery: Recovery,
}

/// An authentic record.
#[derive(Clone, Copy)]
struct Good {
    generation: u32,
    /// The epoch of the record behind it.
    next_epoch: u32,
    record: LastRecord,
    commit: bool,
    start: u64,
}

fn lock(disk: &dyn Disk, dir: &Path) -> Result<Box<dyn Any + Send + Sync>, OpenError> {
    at(dir, "create the directory", disk.create_dirs(dir))?;
    disk.lock(&dir.join("lock")).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => OpenError::InUse(dir.to_owned()),
        _ => OpenError::Disk {
            what: "take the lock",
            dir: dir.to_owned(),
            source: error,
        },
    })
}

fn find(opening: &Opening, anchor_file: &AnchorFile) -> Result<Found, OpenError> {
    let Opening { disk, dir, .. } = opening;
    let mut found = Found {
        numbers: at(dir, "list the segments", segments::numbers(&**disk, dir))?,
        ..Found::default()
    };
    let anchor = anchor_file.anchor();
    if sealed_by_another(opening, anchor_file, &found.numbers)? {
        return Err(OpenError::WrongKey(dir.clone()));
    }
    read_end(opening, anchor, &mut found)?;
    match anchor_file {
        AnchorFile::Valid { whole: true, .. } => {}
        // A log that begins: its first segment was made, and nothing was ever acknowledged.
        AnchorFile::Absent | AnchorFile::Forged
            if found.last.is_none_or(|last| last.record.seq == 0) && found.numbers.len() <= 1 => {}
        AnchorFile::Valid { whole: false, .. } => found.problem(What::ForgedAnchor),
        AnchorFile::Absent => found.lose_anchor(What::MissingAnchor),
        AnchorFile::Forged | AnchorFile::OtherKey(_) => found.lose_anchor(What::ForgedAnchor),
    }
    Ok(found)
}

impl Found {
    fn lose_anchor(&mut self, what: What) {
        self.problem(what);
        self.lost_anchor = true;
        self.resume = None;
    }

    fn problem(&mut self, what: What) {
        self.recovery.problems.push(Problem {
            what,
            segment: 0,
            offset: 0,
            seq: 0,
            count: 0,
        });
    }

    /// The first number that was never used.
    fn next_seq(&self, anchor: Option<&Anchor>) -> u64 {
        let read = self.last.map(|last| last.record.seq);
        let known = anchor.map(|anchor| anchor.seq);
        read.max(known).map_or(0, |seq| seq + 1)
    }

    fn last_record(&self, anchor: Option<&Anchor>) -> Option<LastRecord> {
        let read = self.last.map(|last| last.record);
        read.or_else(|| anchor.map(from_anchor))
    }

    /// One more where the log goes on past damage.
    fn generation(&self, anchor: Option<&Anchor>, damaged: bool) -> u32 {
        let read = self.last.map(|last| last.generation);
        let known = anchor.map(|anchor| anchor.generation);
        read.max(known).map_or(1, |generation| generation + u32::from(damaged))
    }

    /// The first number of a segment that was never used.
    fn next_number(&self, anchor: Option<&Anchor>) -> u64 {
        let read = self.numbers.last().copied();
        let known = anchor.map(|anchor| anchor.segment);
        read.max(known).map_or(1, |number| number + 1)
    }

    /// The last segment, where the log goes on in it.
    fn current(&self, disk: &dyn Disk, dir: &Path) -> Option<Current> {
        let ((number, allocated), last) = self.resume.zip(self.last)?;
        let file = disk.open(&segments::path(dir, number)).ok()?;
        Some(Current {
            number,
            file,
            at: last.record.end,
            allocated,
        })
    }
}

/// Anchor or segments name another key, and nothing names ours.
fn sealed_by_another(opening: &Opening, anchor: &AnchorFile, numbers: &[u64]) -> Result<bool, OpenError> {
    if anchor.anchor().is_some() {
        return Ok(false);
    }
    let mut other = matches!(anchor, AnchorFile::OtherKey(_));
    for &number in numbers.iter().rev() {
        let bytes = read_segment(opening, number)?;
        let first = Walk::new(&bytes).find_map(|step| match step {
            Step::Frame { frame, .. } if frame.header().kind == Kind::Segment => Some(frame.header().bundle),
            _ => None,
        });
        if let Some(id) = first {
            other = id != opening.key.id();
            break;
        }
    }
    Ok(other)
}

/// Reads segments from the last backwards to one that holds a record.
fn read_end(opening: &Opening, anchor: Option<&Anchor>, found: &mut Found) -> Result<(), OpenError> {
    for number in found.numbers.clone().into_iter().rev() {
        let bytes = read_segment(opening, number)?;
        let goods = good_records(&bytes, number, &opening.key);
        if goods.is_empty() && anchor.is_none_or(|anchor| number > anchor.segment) && !was_written(&bytes) {
            // A segment that was being begun: nothing in it was ever acknowledged.
            at(
                &opening.dir,
                "remove an empty segment",
                opening.disk.remove(&segments::path(&opening.dir, number)),
            )?;
            found.numbers.retain(|&kept| kept != number);
            continue;
        }
        let cut = cut_at(&bytes, &goods, anchor);
        let end = cut.unwrap_or(bytes.len());
        let mut verifier = Verifier::within(anchor.copied(), Some(&opening.key));
        verifier.segment(number, &bytes[..end]);
        let report = verifier.finish();
        found.last = goods.iter().rfind(|good| good.record.end <= end as u64).copied();
        found.recovery.problems.extend(report.problems);
        if found.last.is_none() {
            continue;
        }
        let file = make_durable(opening, number)?;
        if found.recovery.problems.is_empty() {
            found.recovery.cut = cut.is_some();
            resume(opening, found, &bytes, &*file)?;
        }
        return Ok(());
    }
    lost_everything(anchor, found);
    Ok(())
}

/// No segment holds a record any more; the anchor may know that there were some.
fn lost_everything(anchor: Option<&Anchor>, found: &mut Found) {
    if let Some(anchor) = anchor {
        let (segment, seq) = (anchor.segment, anchor.floor.seq);
        let count = (anchor.seq + 1).saturating_sub(seq);
        found.recovery.problems.push(Problem {
            what: What::Truncated,
            segment,
            offset: 0,
            seq,
            count,
        });
    }
}

/// True when the segment holds more than the traces of its first, interrupted write.
fn was_written(bytes: &[u8]) -> bool {
    bytes.get(4096..).is_some_and(|rest| rest.iter().any(|&byte| byte != 0))
}

/// The log goes on after the last record: what follows it becomes zeros again.
fn resume(opening: &Opening, found: &mut Found, bytes: &[u8], file: &dyn DiskFile) -> Result<(), OpenError> {
    let Some(last) = found.last else { return Ok(()) };
    let (number, end) = (last.record.segment, last.record.end);
    if bytes[end as usize..].iter().any(|&byte| byte != 0) {
        at(
            &opening.dir,
            "remove an interrupted write",
            allocate(file, end, bytes.len() as u64),
        )?;
    }
    found.resume = Some((number, bytes.len() as u64));
    Ok(())
}

/// What was read may be in memory alone, of a process that was killed before it was durable: the server is told of it from here
/// on, and the key of an epoch is forgotten for it.
fn make_durable(opening: &Opening, number: u64) -> Result<Box<dyn DiskFile>, OpenError> {
    let path = segments::path(&opening.dir, number);
    let file = at(&opening.dir, "open a segment", opening.disk.open(&path))?;
    at(&opening.dir, "make a segment durable", file.sync())?;
    Ok(file)
}

/// All authentic records of a segment.
fn good_records(bytes: &[u8], segment: u64, key: &SealKey) -> Vec<Good> {
    let good = |offset: usize, frame: &Frame<'_>| Good {
        generation: frame.header().generation,
        next_epoch: frame
            .header()
            .epoch
            .saturating_add(u32::from(frame.header().kind == Kind::Seal)),
        record: LastRecord {
            seq: frame.header().seq,
            head: frame.head(),
            segment,
            end: (offset + frame.len()) as u64,
        },
        commit: frame.header().flags.has(Flags::COMMIT),
        start: offset as u64,
    };
    let authentic = |step| match step {
        Step::Frame { offset, frame } if frame.open(key).is_ok() => Some(good(offset, &frame)),
        _ => None,
    };
    Walk::new(bytes).filter_map(authentic).collect()
}

/// Where an interrupted write begins, if that is what the end of the segment looks like.
fn cut_at(bytes: &[u8], goods: &[Good], anchor: Option<&Anchor>) -> Option<usize> {
    let anchor = anchor?;
    let mut end = 0;
    let mut good = goods.iter();
    loop {
        let next = good.next();
        let intact = next.is_some_and(|next| next.start == end);
        if !intact {
            break;
        }
        end = next.map_or(end, |next| next.record.end);
    }
    let before = goods.iter().rfind(|good| good.record.end <= end);
    let acknowledged = before.is_none_or(|before| before.record.seq < anchor.seq);
    let later_commit = goods.iter().any(|good| good.start >= end && good.commit);
    let written = bytes[end as usize..].iter().any(|&byte| byte != 0);
    (written && !acknowledged && !later_commit).then_some(end as usize)
}

fn assemble(
    opening: Opening,
    found: Found,
    anchor: Option<Anchor>,
    parts: (AnchorSlots, Epochs, Reserve, Box<dyn Any + Send + Sync>),
) -> (Log, Recovery) {
    let Opening {
        disk,
        dir,
        key,
        clock,
        sizes,
        needed,
        on_full,
    } = opening;
    let damaged = found.resume.is_none() && (found.last.is_some() || anchor.is_some());
    let current = found.current(&*disk, &dir);
    let (slots, epochs, reserve, lock) = parts;
    let log = Log {
        disk,
        dir,
        key,
        clock,
        sizes,
        needed,
        on_full,
        reserve,
        slots,
        epochs,
        next_start: match () {
            () if found.lost_anchor => Start::AnchorLost,
            () if damaged => Start::Damage,
            () if current.is_some() => Start::Full,
            () => Start::First,
        },
        current,
        next_number: found.next_number(anchor.as_ref()),
        generation: found.generation(anchor.as_ref(), damaged),
        next_seq: found.next_seq(anchor.as_ref()),
        last: found.last_record(anchor.as_ref()),
        numbers: found.numbers,
        floor: anchor.map_or_else(Floor::default, |anchor| anchor.floor),
        gap: anchor.map_or_else(GapCount::default, |anchor| anchor.gap),
        _lock: lock,
    };
    (log, found.recovery)
}

fn open_epochs(opening: &Opening, found: &mut Found, anchor: Option<&Anchor>) -> Result<Epochs, OpenError> {
    let end = End {
        segments: &found.numbers,
        key: &opening.key,
        epoch: found.last.map_or(0, |last| last.next_epoch),
        next: found.next_seq(anchor),
        head: found.last_record(anchor).map(|last| last.head),
    };
    let opened = Epochs::open(opening.disk.clone(), &opening.dir, &end, random());
    let (epochs, wrong) = at(&opening.dir, "open the key of the epoch", opened)?;
    if let Some(what) = wrong {
        found.problem(what);
    }
    Ok(epochs)
}

fn from_anchor(anchor: &Anchor) -> LastRecord {
    LastRecord {
        seq: anchor.seq,
        head: anchor.head,
        segment: anchor.segment,
        end: anchor.end,
    }
}

fn read_segment(opening: &Opening, number: u64) -> Result<Vec<u8>, OpenError> {
    at(
        &opening.dir,
        "read a segment",
        segments::read(&*opening.disk, &opening.dir, number, None),
    )
}

fn at<T>(dir: &Path, what: &'static str, result: io::Result<T>) -> Result<T, OpenError> {
    result.map_err(|source| OpenError::Disk {
        what,
        dir: dir.to_owned(),
        source,
    })
}
