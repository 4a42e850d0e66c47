mod epochs;

use crate::{Anchor, AnchorFile, Flags, Floor, Frame, Head, Kind, Record, SealKey, Start, Step, UnsealError, Walk};
use epochs::{Epochs, Sealing, Stand};
pub use epochs::{EpochsKnown, SealedTo};
use std::collections::VecDeque;

/// Verifies a whole log: its segments in order of their numbers, and the bytes of its anchor file. With the key every
/// record is opened as well; without, only checksums, order and chain are checked, and the anchor is believed.
#[must_use]
pub fn verify<'a>(
    segments: impl IntoIterator<Item = (u64, &'a [u8])>,
    anchor: &AnchorFile,
    key: Option<&SealKey>,
) -> Report {
    let mut verifier = Verifier::new(anchor, key);
    for (number, bytes) in segments {
        verifier.segment(number, bytes);
    }
    verifier.finish()
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segments read.
    pub segments: u64,
    /// Whole records, the segments' first frames included.
    pub records: u64,
    /// Sequence number of the first whole record.
    pub first_seq: Option<u64>,
    /// Sequence number of the last.
    pub last_seq: Option<u64>,
    /// Head after the last.
    pub head: Option<Head>,
    /// Everything that is not as it was written, in the order of the log.
    pub problems: Vec<Problem>,
    /// Bytes after the last acknowledged record that are no record: a write that was interrupted. Nobody was told it
    /// had happened; the store removes it when it opens.
    pub tail: Option<Tail>,
    /// Up to where the log is sealed; `None` where no epoch has ended yet.
    pub sealed: Option<SealedTo>,
    /// Records behind that: whoever has the key of their epoch could still write others.
    pub unsealed: u64,
}

impl Report {
    /// True when nothing was changed, removed, reordered or cut off.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Where an interrupted write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Segment number.
    pub segment: u64,
    /// Byte in the segment.
    pub offset: u64,
}

/// Something that is not as it was written, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub what: What,
    /// Segment number; 0 where no segment is concerned.
    pub segment: u64,
    /// Byte in the segment.
    pub offset: u64,
    /// Sequence number of the first record concerned.
    pub seq: u64,
    /// How many records are concerned, as far as that can be told.
    pub count: u64,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Bytes that are no record where records must be.
    Damaged,
    /// Records that must be there are not.
    Missing,
    /// A record or segment stands where it was not written, or twice.
    Reordered,
    /// The log ends before its anchor.
    Truncated,
    /// A record is not the one that was sealed, or does not link to the one before.
    Altered,
    /// The payload was erased, and nothing permits it.
    Erased,
    /// Sealed under another key.
    WrongKey,
    /// There is no anchor: nothing says where the log ends.
    MissingAnchor,
    /// The anchor, or a part of it, is not authentic.
    ForgedAnchor,
    /// The log has another record where its anchor points.
    AnchorMismatch,
    /// Records that belong to an epoch whose seal is not there.
    SealMissing,
    /// A seal that was not made for this epoch of this log.
    ForgedSeal,
    /// The log ends before the epoch whose key is on the machine, or there is no key.
    OtherEpoch,
}

impl What {
    /// The name used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            What::Damaged => "damaged",
            What::Missing => "missing",
            What::Reordered => "reordered",
            What::Truncated => "truncated",
            What::Altered => "altered",
            What::Erased => "erased",
            What::WrongKey => "wrong key",
            What::MissingAnchor => "anchor missing",
            What::ForgedAnchor => "anchor forged",
            What::AnchorMismatch => "anchor mismatch",
            What::SealMissing => "seal missing",
            What::ForgedSeal => "seal forged",
            What::OtherEpoch => "epoch key of another epoch",
        }
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem {
            what,
            segment,
            offset,
            seq,
            count,
        } = self;
        write!(f, "{what}: segment {segment}, byte {offset}, record {seq}")?;
        if *count > 1 {
            write!(f, " and {} more", count - 1)
        } else {
            Ok(())
        }
    }
}

/// More than two segments of the smallest records: a failed write, and a failed attempt to go on after it.
const MAX_HEADS: usize = 1 << 16;

/// Verifies segment after segment, so that the whole log need not be in memory.
pub struct Verifier<'k> {
    key: Option<&'k SealKey>,
    anchor: Option<Anchor>,
    floor: Option<Floor>,
    report: Report,
    last: Option<Last>,
    /// Heads a new generation may link to, and how the epochs stood there: the latest, over segments.
    heads: VecDeque<(Head, Stand)>,
    epochs: Epochs,
    damage: Option<Damage>,
    key_fits: bool,
}

#[derive(Clone, Copy)]
struct Last {
    seq: u64,
    generation: u32,
    head: Head,
    /// False when the head cannot be trusted as the next record's link.
    sound: bool,
    segment: u64,
    offset: u64,
}

#[derive(Clone, Copy)]
struct Damage {
    segment: u64,
    offset: u64,
}

/// What came of opening a record.
enum Opened {
    /// It is authentic.
    Payload(Vec<u8>),
    /// It is not.
    Altered,
    /// Nothing can tell: there is no key that fits, or it was erased.
    Closed,
}

/// A frame and where it stands.
struct Placed<'f, 'a> {
    segment: u64,
    offset: u64,
    frame: &'f Frame<'a>,
}

impl<'k> Verifier<'k> {
    /// For a whole log, from the floor its anchor states.
    #[must_use]
    pub fn new(anchor: &AnchorFile, key: Option<&'k SealKey>) -> Self {
        let floor = anchor.anchor().map_or_else(Floor::default, |anchor| anchor.floor);
        let mut verifier = Self::start(Some(floor), anchor.anchor().copied(), key);
        match anchor {
            AnchorFile::Absent => verifier.problem(What::MissingAnchor, 0, 0, 0, 0),
            AnchorFile::Forged | AnchorFile::Valid { whole: false, .. } => {
                verifier.problem(What::ForgedAnchor, 0, 0, 0, 0);
            }
            AnchorFile::OtherKey(_) => verifier.problem(What::WrongKey, 0, 0, 0, 0),
            AnchorFile::Valid { .. } => {}
        }
        verifier
    }

    /// For the last segments of a log: nothing is said about what was before them.
    #[must_use]
    pub fn within(anchor: Option<Anchor>, key: Option<&'k SealKey>) -> Self {
        Self::start(None, anchor, key)
    }

    fn start(floor: Option<Floor>, anchor: Option<Anchor>, key: Option<&'k SealKey>) -> Self {
        Self {
            key,
            anchor,
            floor,
            report: Report::default(),
            last: None,
            heads: VecDeque::new(),
            epochs: Epochs::default(),
            damage: None,
            key_fits: true,
        }
    }

    /// Verifies seals by what is known of their keys as well.
    #[must_use]
    pub fn with_epochs(mut self, known: EpochsKnown) -> Self {
        self.epochs = Epochs::new(known);
        self
    }

    /// Takes the next segment. Segments below the floor are leftovers of retention and are passed over.
    pub fn segment(&mut self, number: u64, bytes: &[u8]) {
        if self.floor.is_some_and(|floor| number < floor.segment) {
            return;
        }
        self.report.segments += 1;
        let mut frames = 0u64;
        for step in Walk::new(bytes) {
            match step {
                Step::Damage { offset, .. } => self.damaged(number, offset),
                Step::Frame { offset, frame } => {
                    frames += 1;
                    self.frame(&Placed {
                        segment: number,
                        offset: offset as u64,
                        frame: &frame,
                    });
                }
            }
        }
        if frames == 0 && self.damage.is_none() {
            // A segment of zeros: emptied, or cut to nothing. The next frame or the anchor tells what it held.
            self.damaged(number, 0);
        }
    }

    /// Compares the end with the anchor.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let reached = self.last.map_or(0, |last| last.seq + 1);
        let wanted = self.anchor.map_or(reached, |anchor| anchor.seq + 1);
        let lost = wanted.saturating_sub(reached);
        let known = self.anchor.is_some();
        match self.damage.take() {
            Some(Damage { segment, offset }) if lost > 0 || !known => {
                self.problem(What::Damaged, segment, offset, reached, lost);
            }
            Some(Damage { segment, offset }) => self.report.tail = Some(Tail { segment, offset }),
            None if lost > 0 => {
                let (segment, offset) = self.last.map_or((0, 0), |last| (last.segment, last.offset));
                self.problem(What::Truncated, segment, offset, reached, lost);
            }
            None => {}
        }
        let (sealed, unsealed, wrong) = self.epochs.finish();
        (self.report.sealed, self.report.unsealed) = (sealed, unsealed);
        // Where the end is missing anyway, the seal is among what is missing.
        if let Some(what) = wrong.filter(|_| lost == 0) {
            let (segment, offset) = self.last.map_or((0, 0), |last| (last.segment, last.offset));
            self.problem(what, segment, offset, reached, 0);
        }
        self.report.last_seq = self.last.map(|last| last.seq);
        self.report.head = self.last.map(|last| last.head);
        self.report
    }

    fn damaged(&mut self, segment: u64, offset: usize) {
        self.settle_damage(None);
        self.damage = Some(Damage {
            segment,
            offset: offset as u64,
        });
    }

    fn frame(&mut self, at: &Placed<'_, '_>) {
        self.report.records += 1;
        let header = *at.frame.header();
        self.report.first_seq.get_or_insert(header.seq);
        let is_first = at.offset == 0;
        if (header.kind == Kind::Segment) != is_first && self.damage.is_none() {
            self.problem(What::Reordered, at.segment, at.offset, header.seq, 1);
        }
        let in_order = self.order(at);
        let opened = self.open(at);
        if in_order {
            self.epoch(at, &opened);
            self.follow(at, !matches!(opened, Opened::Altered));
        }
    }

    fn epoch(&mut self, at: &Placed<'_, '_>, opened: &Opened) {
        let header = at.frame.header();
        let sealing = match opened {
            Opened::Payload(payload) if header.kind == Kind::Seal => match Record::from_payload(header.kind, payload) {
                Ok(Record::Seal(seal)) => Sealing::Seal(seal),
                _ => Sealing::Other,
            },
            _ => Sealing::Closed,
        };
        if let Some(what) = self.epochs.take(header, &at.frame.prev(), &sealing) {
            self.problem(what, at.segment, at.offset, header.seq, 1);
        }
    }

    /// Checks sequence, generation and link. False when the record does not belong here.
    fn order(&mut self, at: &Placed<'_, '_>) -> bool {
        let header = at.frame.header();
        let Some(last) = self.last else {
            return self.first(at);
        };
        let fresh = header.kind == Kind::Segment && at.offset == 0 && header.generation > last.generation;
        if header.seq <= last.seq || !(fresh || header.generation == last.generation) {
            self.settle_damage(None);
            self.problem(What::Reordered, at.segment, at.offset, header.seq, 1);
            return false;
        }
        if fresh {
            self.new_generation(at, last);
        } else {
            self.next_in_line(at, last);
        }
        true
    }

    /// The first record of all must stand where the floor says.
    fn first(&mut self, at: &Placed<'_, '_>) -> bool {
        let header = at.frame.header();
        let floor = self.floor;
        self.settle_damage(Some(header.seq));
        let Some(floor) = floor else { return true };
        if floor.seq == 0 && header.epoch != 0 {
            // Nothing was ever removed: the first record of a log is of the first epoch.
            self.problem(What::SealMissing, at.segment, at.offset, header.seq, 1);
        }
        if header.seq > floor.seq
            && self
                .report
                .problems
                .last()
                .is_none_or(|problem| problem.what != What::Damaged)
        {
            self.problem(What::Missing, at.segment, at.offset, floor.seq, header.seq - floor.seq);
        } else if header.seq < floor.seq {
            self.problem(What::Reordered, at.segment, at.offset, header.seq, 1);
        } else if header.seq == floor.seq && (at.frame.prev() != floor.prev || at.segment != floor.segment) {
            self.problem(What::Altered, at.segment, at.offset, header.seq, 1);
        }
        true
    }

    fn next_in_line(&mut self, at: &Placed<'_, '_>, last: Last) {
        let seq = at.frame.header().seq;
        if self.settle_damage(Some(seq)) {
            return;
        }
        if seq > last.seq + 1 {
            self.epochs.lose();
            self.problem(What::Missing, at.segment, at.offset, last.seq + 1, seq - last.seq - 1);
        } else if last.sound && at.frame.prev() != last.head {
            // With the key the seal tells which of the two is not authentic; without, it is the one whose hash is off.
            match self.key {
                Some(_) => self.problem(What::Altered, at.segment, at.offset, seq, 1),
                None => self.problem(What::Altered, last.segment, last.offset, last.seq, 1),
            }
        }
    }

    /// A generation goes on from the last good record. What follows that record was lost, or never acknowledged.
    fn new_generation(&mut self, at: &Placed<'_, '_>, last: Last) {
        let header = at.frame.header();
        let prev = at.frame.prev();
        let left = self.heads.iter().rfind(|(head, _)| *head == prev);
        if let Some((_, stand)) = left.filter(|_| header.flags.has(Flags::ABANDONS)) {
            let stand = stand.clone();
            self.damage = None;
            if let Some(what) = self.epochs.back_to(stand) {
                self.problem(what, at.segment, at.offset, header.seq, 1);
            }
            return;
        }
        let located = self.settle_damage(Some(header.seq));
        if header.seq > last.seq + 1 && !located {
            self.epochs.lose();
            self.problem(
                What::Missing,
                at.segment,
                at.offset,
                last.seq + 1,
                header.seq - last.seq - 1,
            );
        } else if prev != last.head && last.sound {
            self.problem(What::Altered, at.segment, at.offset, header.seq, 1);
        }
    }

    /// Opens the record, where there is a key.
    fn open(&mut self, at: &Placed<'_, '_>) -> Opened {
        let header = at.frame.header();
        if at.frame.is_erased() {
            self.problem(What::Erased, at.segment, at.offset, header.seq, 1);
            return Opened::Closed;
        }
        let Some(key) = self.key else { return Opened::Closed };
        if header.kind == Kind::Segment {
            self.key_fits = header.bundle == key.id();
            if !self.key_fits {
                self.problem(What::WrongKey, at.segment, at.offset, header.seq, 0);
            }
        }
        if !self.key_fits {
            return Opened::Closed;
        }
        match at.frame.open(key) {
            Ok(payload) => {
                self.own_segment(at, &payload);
                Opened::Payload(payload)
            }
            Err(UnsealError::Erased | UnsealError::Altered) => {
                self.problem(What::Altered, at.segment, at.offset, header.seq, 1);
                Opened::Altered
            }
        }
    }

    /// A segment's first frame names its segment, so that a renamed file is found.
    fn own_segment(&mut self, at: &Placed<'_, '_>, payload: &[u8]) {
        let header = at.frame.header();
        if header.kind != Kind::Segment {
            return;
        }
        match Record::from_payload(header.kind, payload) {
            Ok(Record::Segment(record)) if record.segment == at.segment => {
                if record.start == Start::AnchorLost {
                    self.problem(What::MissingAnchor, at.segment, at.offset, header.seq, 0);
                }
            }
            _ => self.problem(What::Reordered, at.segment, at.offset, header.seq, 1),
        }
    }

    fn follow(&mut self, at: &Placed<'_, '_>, authentic: bool) {
        let header = at.frame.header();
        let head = at.frame.head();
        if self
            .anchor
            .is_some_and(|anchor| anchor.seq == header.seq && anchor.head != head)
        {
            self.problem(What::AnchorMismatch, at.segment, at.offset, header.seq, 1);
        }
        self.heads.push_back((head, self.epochs.stand()));
        if self.heads.len() > MAX_HEADS {
            self.heads.pop_front();
        }
        self.last = Some(Last {
            seq: header.seq,
            generation: header.generation,
            head,
            sound: authentic,
            segment: at.segment,
            offset: at.offset,
        });
    }

    /// Reports damage passed since the last record, now that the next one tells how many records it swallowed. True
    /// when there was damage: what follows it cannot be linked.
    fn settle_damage(&mut self, next_seq: Option<u64>) -> bool {
        let Some(Damage { segment, offset }) = self.damage.take() else {
            return false;
        };
        let first = match self.last {
            Some(last) => last.seq + 1,
            None => self.floor.map_or(0, |floor| floor.seq),
        };
        let count = next_seq.map_or(0, |next| next.saturating_sub(first));
        self.epochs.lose();
        self.problem(What::Damaged, segment, offset, first, count);
        true
    }

    fn problem(&mut self, what: What, segment: u64, offset: u64, seq: u64, count: u64) {
        self.report.problems.push(Problem {
            what,
            segment,
            offset,
            seq,
            count,
        });
    }
}
