//! The log itself: segments, anchor, reserve. One owner, no threads: `writer` drives it.
//!
//! ```text
//!   audit/  anchor            two slots: where the durable log ends and begins (authenticated)
//!           lock              one process only
//!           epoch             two slots: the key that the present epoch will be sealed with
//!           reserve-0, -1     zeros for the day the disk is full
//!           0000000000000001.seg ...   4 MB each, preallocated in steps of 256 KB
//! ```
//! Must not know: the index, queries, what records mean.

mod anchor;
mod epochs;
mod recover;
mod reserve;
pub(crate) mod segments;
mod slots;

use crate::disk::{Disk, DiskFile};
use crate::follow::Position;
use crate::{AppendError, Clock, OnFull, Receipt};
use anchor::AnchorSlots;
use epochs::Epochs;
pub(crate) use epochs::read as read_epoch;
pub use recover::OpenError;
pub(crate) use recover::{Opening, Recovery};
use reserve::Reserve;
use segments::First;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use weir_audit::{
    Anchor, EpochKey, EpochSeal, Flags, Floor, GapCount, GapRecord, Head, Header, Kind, Payload, Record, SealError,
    SealKey, SegmentRecord, Start, sealed_len,
};
use weir_model::{Action, Channel, EventId, Level, Timestamp};

/// Sizes of the log's files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) segment: u64,
    pub(crate) step: u64,
    /// Of all segments together.
    pub(crate) quota: u64,
}

impl Sizes {
    /// Segments there may be. Fewer than two hold no log: one is written to.
    const fn most_segments(&self) -> usize {
        let most = self.quota / self.segment;
        if most < 2 { 2 } else { most as usize }
    }
}

/// What one append asks for.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) time: Timestamp,
    pub(crate) id: EventId,
    pub(crate) payload: Payload,
    /// What is known of its content without opening it. `None` when it came sealed in its form.
    pub(crate) facts: Option<Facts>,
}

/// What conditions ask of a decision. Nothing for other records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) action: Option<Action>,
    pub(crate) level: Option<Level>,
    pub(crate) channel: Option<Channel>,
    pub(crate) service: Option<String>,
}

impl Facts {
    pub(crate) fn of(record: &Record) -> Facts {
        match record {
            Record::Decision(decision) => Facts {
                action: Some(decision.decision.action),
                level: Some(decision.level),
                channel: Some(decision.channel),
                service: decision.destination.service.clone(),
            },
            _ => Facts::default(),
        }
    }
}

pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    key: Arc<SealKey>,
    clock: Clock,
    sizes: Sizes,
    /// From this record on none is removed.
    needed: u64,
    on_full: OnFull,
    reserve: Reserve,
    slots: AnchorSlots,
    epochs: Epochs,
    /// The segment written to. `None` until the first is begun, and after a write that failed.
    current: Option<Current>,
    /// Why the next segment is begun.
    next_start: Start,
    numbers: Vec<u64>,
    next_number: u64,
    generation: u32,
    next_seq: u64,
    /// The last durable record: its number, its head, its segment and where it ends.
    last: Option<LastRecord>,
    floor: Floor,
    gap: GapCount,
    _lock: Box<dyn std::any::Any + Send + Sync>,
}

#[derive(Clone, Copy)]
pub(crate) struct LastRecord {
    pub(crate) seq: u64,
    pub(crate) head: Head,
    pub(crate) segment: u64,
    pub(crate) end: u64,
}

impl LastRecord {
    /// Where it ends.
    pub(crate) const fn position(&self) -> Position {
        Position {
            segment: self.segment,
            offset: self.end,
        }
    }
}

struct Current {
    number: u64,
    file: Box<dyn DiskFile>,
    at: u64,
    allocated: u64,
}

/// Where the durable log stands, for readers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extent {
    pub(crate) numbers: Vec<u64>,
    /// Segment and byte where the last durable record ends.
    pub(crate) end: (u64, u64),
}

/// Frames ready to be written.
struct Sealed {
    bytes: Vec<u8>,
    /// Where each ends in `bytes`, and the head after it.
    heads: Vec<(u64, Head)>,
}

/// A write that did not happen.
enum Refused {
    /// No space, and no reserve left.
    Full,
    /// As large as it may be, and all of it is needed.
    Quota,
    /// The disk failed.
    Failed(io::ErrorKind),
}

impl Log {
    /// Writes all items, makes them durable with one sync (one more at a segment's end), and says for each what became
    /// of it, in order. Fails closed: an error means that no receipt exists.
    pub(crate) fn commit(&mut self, items: &[Item]) -> Vec<Result<Receipt, AppendError>> {
        let mut outcomes = Vec::with_capacity(items.len());
        self.commit_gap();
        while outcomes.len() < items.len() {
            let rest = &items[outcomes.len()..];
            if let Some(refused) = too_large(&rest[0], self.sizes) {
                outcomes.push(Err(refused));
                continue;
            }
            match self.commit_some(rest) {
                Ok(receipts) => outcomes.extend(receipts.into_iter().map(Ok)),
                Err(refused) => {
                    let error = self.refuse(&refused, rest.len() as u64);
                    outcomes.resize_with(items.len(), || Err(error.clone()));
                }
            }
        }
        outcomes
    }

    /// Ends the epoch, if there are records in it: writes its seal, winds the key on, and forgets the one before.
    pub(crate) fn seal_epoch(&mut self) -> Result<(), AppendError> {
        if self.epochs.unsealed() == 0 {
            return Ok(());
        }
        let now = (self.clock)();
        // Room first: a segment that is begun for it is sealed as well.
        let longest = EpochSeal::longest(now);
        let sealed = self.room_for(&[seal_item(longest)]).and_then(|_| {
            let head = self.last.map_or(self.floor.prev, |last| last.head);
            self.commit_some(&[seal_item(self.epochs.seal(now, head))])
        });
        match sealed {
            Ok(_) => {
                if let Err(error) = self.epochs.advance(self.next_seq) {
                    // The seal is there; the key that made it stays on the disk until the next one.
                    tracing::error!(kind = ?error.kind(), "the key of an epoch of the audit log could not be replaced");
                }
                Ok(())
            }
            Err(Refused::Full) => Err(AppendError::Full),
            Err(Refused::Quota) => Err(AppendError::Quota),
            Err(Refused::Failed(kind)) => Err(AppendError::Write(kind)),
        }
    }

    /// Records that no seal covers yet.
    pub(crate) const fn unsealed(&self) -> u64 {
        self.epochs.unsealed()
    }

    /// The key that the present epoch will be sealed with.
    pub(crate) const fn epoch_key(&self) -> &EpochKey {
        self.epochs.key()
    }

    /// Makes the anchor durable. Called when there is time: until then a power cut may leave an older anchor.
    pub(crate) fn sync_anchor(&mut self) {
        self.slots.sync();
    }

    /// True when the anchor was written since it was last made durable.
    pub(crate) const fn anchor_is_dirty(&self) -> bool {
        self.slots.is_dirty()
    }

    /// Brings the reserve back when there is space again.
    pub(crate) fn refill_reserve(&mut self) {
        self.reserve.refill(&*self.disk, &self.dir, self.sizes.segment);
    }

    /// From this record on none is removed.
    pub(crate) const fn still_needed(&mut self, from: u64) {
        self.needed = from;
    }

    /// Removes whole segments whose records are all older than `before`, and not needed any more.
    pub(crate) fn retain(&mut self, before: Timestamp) -> io::Result<usize> {
        let floor = self.new_floor(self.numbers.len(), |first| first.time < before)?;
        floor.map_or(Ok(0), |floor| self.raise_floor(floor))
    }

    /// The floor is made durable first: a segment that is missing without it was not removed by us.
    fn raise_floor(&mut self, floor: Floor) -> io::Result<usize> {
        self.floor = floor;
        self.write_anchor_twice()?;
        self.remove_below_floor()
    }

    /// Removes the oldest segments that nobody needs any more, until there may be one more. False where they are needed.
    fn make_way(&mut self) -> io::Result<bool> {
        let over = (self.numbers.len() + 1).saturating_sub(self.sizes.most_segments());
        if over > 0
            && let Some(floor) = self.new_floor(over, |_| true)?
        {
            let removed = self.raise_floor(floor)?;
            tracing::warn!(removed, "the audit log has its quota: its oldest segments were removed");
        }
        Ok(self.numbers.len() < self.sizes.most_segments())
    }

    pub(crate) fn extent(&self) -> Extent {
        Extent {
            numbers: self.numbers.clone(),
            end: self.last.map_or((0, 0), |last| (last.segment, last.end)),
        }
    }

    /// The last durable record.
    pub(crate) const fn last(&self) -> Option<LastRecord> {
        self.last
    }

    pub(crate) fn anchor(&self) -> Option<Anchor> {
        let last = self.last?;
        Some(Anchor {
            generation: self.generation,
            segment: last.segment,
            end: last.end,
            seq: last.seq,
            head: last.head,
            floor: self.floor,
            gap: self.gap,
        })
    }

    pub(crate) const fn gap(&self) -> GapCount {
        self.gap
    }

    pub(crate) fn reserves(&self) -> usize {
        self.reserve.count()
    }

    /// What could not be recorded is written down before anything else.
    fn commit_gap(&mut self) {
        if self.gap.count == 0 {
            return;
        }
        let now = (self.clock)();
        let record = Record::Gap(GapRecord {
            from: Timestamp::from_millis(self.gap.since),
            to: now,
            count: self.gap.count,
            reason: "disk_full".to_owned(),
        });
        let item = Item {
            kind: Kind::Gap,
            time: now,
            id: fresh_id(now),
            payload: record.to_payload(),
            facts: Some(Facts::default()),
        };
        let before = std::mem::take(&mut self.gap);
        if self.commit_some(&[item]).is_err() {
            self.gap = before;
        }
    }

    /// Commits as many items as fit the current segment, at least one.
    fn commit_some(&mut self, items: &[Item]) -> Result<Vec<Receipt>, Refused> {
        let fit = self.room_for(items)?;
        let sealed = self
            .frames(&items[..fit])
            .map_err(|_| Refused::Failed(io::ErrorKind::InvalidData))?;
        let receipts = self.write(&sealed)?;
        for (item, receipt) in items.iter().zip(&receipts) {
            self.epochs.note(item, receipt.seq);
        }
        Ok(receipts)
    }

    /// Makes sure that the first `n` items fit what is allocated of the current segment, and gives `n`, at least 1.
    fn room_for(&mut self, items: &[Item]) -> Result<usize, Refused> {
        loop {
            let fit = self.fitting(items);
            let len = items[..fit]
                .iter()
                .map(|item| sealed_len(item.payload.bytes.len()) as u64)
                .sum();
            match &mut self.current {
                Some(current) if fit > 0 => match current.make_room(len, self.sizes) {
                    Ok(()) => return Ok(fit),
                    Err(error) if is_full(&error) => self.begin_reserved_segment()?,
                    Err(error) => return Err(refused(&error)),
                },
                // An empty segment holds every item that is not too large.
                _ => self.begin_segment()?,
            }
        }
    }

    fn fitting(&self, items: &[Item]) -> usize {
        let Some(current) = &self.current else { return 0 };
        let mut room = self.sizes.segment.max(current.allocated).saturating_sub(current.at);
        let fits = |item: &&Item| {
            let len = sealed_len(item.payload.bytes.len()) as u64;
            let fits = len <= room;
            room = room.saturating_sub(len);
            fits
        };
        items.iter().take_while(fits).count()
    }

    fn frames(&self, items: &[Item]) -> Result<Sealed, SealError> {
        let mut bytes = Vec::new();
        let mut heads = Vec::with_capacity(items.len());
        let mut prev = self.last.map_or(self.floor.prev, |last| last.head);
        // At once: the generator costs by the call.
        let mut salts = vec![[0; 16]; items.len()];
        fill(salts.as_flattened_mut());
        for ((item, seq), salt) in items.iter().zip(self.next_seq..).zip(salts) {
            let flags = if heads.is_empty() { Flags::COMMIT } else { Flags::NONE };
            let header = self.header(item.kind, flags, seq, item.time, item.id, item.payload.bundle);
            prev = weir_audit::seal(&self.key, &header, &prev, salt, &item.payload.bytes, &mut bytes)?;
            heads.push((bytes.len() as u64, prev));
        }
        Ok(Sealed { bytes, heads })
    }

    fn write(&mut self, Sealed { bytes, heads }: &Sealed) -> Result<Vec<Receipt>, Refused> {
        let first = self.next_seq;
        // Used up even when the write fails: its frames may have reached the disk.
        self.next_seq += heads.len() as u64;
        let Some(current) = &mut self.current else {
            return Err(Refused::Failed(io::ErrorKind::NotFound));
        };
        let written = current
            .file
            .write_at(current.at, bytes)
            .and_then(|()| current.file.sync());
        if let Err(error) = written {
            // After a failed sync nothing is known about this file, and asking again proves nothing: leave it.
            self.abandon();
            return Err(refused(&error));
        }
        let begin = current.at;
        current.at += bytes.len() as u64;
        let (segment, end) = (current.number, current.at);
        let receipts: Vec<_> = heads
            .iter()
            .zip(first..)
            .scan(begin, |offset, ((frame_end, head), seq)| {
                let receipt = Receipt {
                    seq,
                    head: *head,
                    segment,
                    offset: *offset,
                };
                *offset = begin + frame_end;
                Some(receipt)
            })
            .collect();
        if let Some(receipt) = receipts.last() {
            self.last = Some(LastRecord {
                seq: receipt.seq,
                head: receipt.head,
                segment,
                end,
            });
        }
        self.write_anchor();
        Ok(receipts)
    }

    fn abandon(&mut self) {
        self.current = None;
        self.next_start = Start::WriteFailed;
        self.generation += 1;
    }

    fn begin_segment(&mut self) -> Result<(), Refused> {
        if !self.make_way().map_err(|error| refused(&error))? {
            return Err(Refused::Quota);
        }
        let path = segments::path(&self.dir, self.next_number);
        let made = self.disk.create(&path).and_then(|file| {
            allocate(&*file, 0, self.sizes.step)?;
            // Before any record in it: the anchor must never point into a file that a power cut takes away.
            self.disk.sync_dir(&self.dir)?;
            Ok(file)
        });
        match made {
            Ok(file) => self.begin_in(file, self.sizes.step),
            Err(error) => {
                // Half a file of zeros helps nobody on a full disk.
                let _ = self.disk.remove(&path);
                if is_full(&error) {
                    self.begin_reserved_segment()
                } else {
                    Err(Refused::Failed(error.kind()))
                }
            }
        }
    }

    fn begin_reserved_segment(&mut self) -> Result<(), Refused> {
        let path = segments::path(&self.dir, self.next_number);
        match self.reserve.take(&*self.disk, &self.dir, &path, self.sizes.segment) {
            Ok(Some(file)) => self.begin_in(file, self.sizes.segment),
            Ok(None) => Err(Refused::Full),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Writes the first frame of a segment: it links to the last durable record.
    fn begin_in(&mut self, file: Box<dyn DiskFile>, allocated: u64) -> Result<(), Refused> {
        let number = self.next_number;
        let now = (self.clock)();
        let flags = match self.next_start {
            Start::WriteFailed => Flags::COMMIT.with(Flags::ABANDONS),
            _ => Flags::COMMIT,
        };
        let record = SegmentRecord::new(number, self.next_start, self.last.map(|last| (last.seq, last.head)));
        let payload = Record::Segment(record).to_payload();
        let header = self.header(Kind::Segment, flags, self.next_seq, now, fresh_id(now), self.key.id());
        let prev = self.last.map_or(self.floor.prev, |last| last.head);
        let mut bytes = Vec::new();
        let head = weir_audit::seal(&self.key, &header, &prev, random(), &payload.bytes, &mut bytes)
            .map_err(|_| Refused::Failed(io::ErrorKind::InvalidData))?;
        self.next_number += 1;
        self.numbers.push(number);
        self.current = Some(Current {
            number,
            file,
            at: 0,
            allocated,
        });
        self.write(&Sealed {
            heads: vec![(bytes.len() as u64, head)],
            bytes,
        })?;
        self.next_start = Start::Full;
        Ok(())
    }

    fn header(&self, kind: Kind, flags: Flags, seq: u64, time: Timestamp, id: EventId, bundle: [u8; 8]) -> Header {
        Header {
            kind,
            flags,
            generation: self.generation,
            epoch: self.epochs.epoch(),
            seq,
            time,
            id,
            bundle,
        }
    }

    fn refuse(&mut self, refused: &Refused, count: u64) -> AppendError {
        match (refused, self.on_full) {
            (Refused::Failed(kind), _) => AppendError::Write(*kind),
            (Refused::Full, OnFull::Refuse) => AppendError::Full,
            (Refused::Quota, OnFull::Refuse) => AppendError::Quota,
            (Refused::Full | Refused::Quota, OnFull::Gap) => {
                if self.gap.count == 0 {
                    self.gap.since = (self.clock)().as_millis();
                }
                self.gap.count += count;
                // The anchor file has its size for ever: it can be written on a full disk.
                self.write_anchor();
                AppendError::Unrecorded
            }
        }
    }

    fn write_anchor(&mut self) {
        let Some(anchor) = self.anchor() else { return };
        if let Err(error) = self.slots.write(&anchor, &self.key) {
            // The log itself is durable; what is weakened is finding a cut at its end.
            tracing::error!(kind = ?error.kind(), "the anchor of the audit log could not be written");
        }
    }

    fn write_anchor_twice(&mut self) -> io::Result<()> {
        let Some(anchor) = self.anchor() else { return Ok(()) };
        self.slots.write_both(&anchor, &self.key)
    }

    /// Behind so many segments at most, as long as the first frame of the next one says that those before it may go.
    fn new_floor(&self, most: usize, may_go: impl Fn(&First) -> bool) -> io::Result<Option<Floor>> {
        let mut floor = None;
        for &number in self.numbers.iter().skip(1).take(most) {
            let Some(first) = segments::first_frame(&*self.disk, &self.dir, number, &self.key)? else {
                break;
            };
            if first.seq > self.needed || !may_go(&first) {
                break;
            }
            floor = Some(Floor {
                segment: number,
                seq: first.seq,
                prev: first.prev,
            });
        }
        Ok(floor)
    }

    fn remove_below_floor(&mut self) -> io::Result<usize> {
        let (old, kept): (Vec<u64>, Vec<u64>) = self.numbers.iter().partition(|&&number| number < self.floor.segment);
        self.numbers = kept;
        for &number in &old {
            self.disk.remove(&segments::path(&self.dir, number))?;
        }
        self.disk.sync_dir(&self.dir)?;
        Ok(old.len())
    }
}

impl Current {
    /// Zeros are written, and durable, before a record is: `fdatasync` of the record then has no inode to journal, and a
    /// full disk shows here, where nothing is half done.
    fn make_room(&mut self, len: u64, sizes: Sizes) -> io::Result<()> {
        if self.at + len <= self.allocated {
            return Ok(());
        }
        let wanted = (self.at + len).next_multiple_of(sizes.step).min(sizes.segment);
        allocate(&*self.file, self.allocated, wanted)?;
        self.allocated = wanted;
        Ok(())
    }
}

/// An id for the store's own records.
pub(crate) fn fresh_id(now: Timestamp) -> EventId {
    EventId::new(now, random())
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out);
    out
}

/// Random bytes. If the system has none, the process must not go on sealing.
#[allow(clippy::expect_used)] // aws-lc aborts or succeeds: its generator has no failure it could return.
fn fill(out: &mut [u8]) {
    aws_lc_rs::rand::fill(out).expect("the random generator of aws-lc does not fail");
}

fn seal_item(seal: EpochSeal) -> Item {
    let time = seal.time;
    Item {
        kind: Kind::Seal,
        time,
        id: fresh_id(time),
        payload: Record::Seal(seal).to_payload(),
        facts: Some(Facts::default()),
    }
}

fn too_large(item: &Item, sizes: Sizes) -> Option<AppendError> {
    let room = sizes.segment.saturating_sub(1024);
    let len = item.payload.bytes.len();
    (len > weir_audit::MAX_PAYLOAD || sealed_len(len) as u64 > room).then_some(AppendError::TooLarge)
}

fn allocate(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    write_zeros(file, from, to)?;
    file.sync()
}

fn write_zeros(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    let mut at = from;
    while at < to {
        let len = (to - at).min(ZEROS.len() as u64);
        file.write_at(at, &ZEROS[..len as usize])?;
        at += len;
    }
    Ok(())
}

fn refused(error: &io::Error) -> Refused {
    if is_full(error) {
        Refused::Full
    } else {
        Refused::Failed(error.kind())
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The bytes of the anchor file, as they are.
pub(crate) fn read_anchor(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Vec<u8>>> {
    AnchorSlots::read(disk, dir)
}

fn join(dir: &Path, name: &str) -> PathBuf {
    dir.join(name)
}
