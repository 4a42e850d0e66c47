//! Puts a pack together, a line at a time.

use super::{
    BATCHES, FORMAT, JOURNAL, Listed, MANIFEST, MOST_LINE, MOST_PACK_BYTES, Manifest, NAMES, PackOf, PackedBatch,
    PackedCosigned, PackedJournal, PackedRecord, PackedRow, RECORDS, ROOM, SIGNATURE, signed, tar,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::io::{self, Seek, Write};
use weir_bundle::SigningKey;

/// Writes a pack into something that is empty: all batches, then all rows of the journal, then all records.
pub struct PackWriter<W> {
    tar: tar::Writer<W>,
    /// The files that are complete.
    listed: Vec<Listed>,
    most: u64,
}

/// There is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackWriteError {
    /// More than [`MOST_PACK_BYTES`].
    #[error("a pack of more than {MOST_PACK_BYTES} bytes; ask for a shorter time")]
    TooLarge,
    /// A line that is longer than anybody reads.
    #[error("a line of `{0}` is longer than {MOST_LINE} bytes")]
    Line(&'static str),
    /// A batch, row or record that belongs before what is written already.
    #[error("`{0}` was complete before all of it came")]
    Order(&'static str),
    /// What it is written into.
    #[error("the pack cannot be written")]
    Write(#[from] io::Error),
}

impl<W: Write + Seek> PackWriter<W> {
    /// Begins with where the server's log stands.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(out: W, checkpoint: &str) -> Result<Self, PackWriteError> {
        Self::up_to(MOST_PACK_BYTES, out, checkpoint)
    }

    /// As [`begin`](Self::begin), of at most so many bytes.
    pub(super) fn up_to(most: u64, out: W, checkpoint: &str) -> Result<Self, PackWriteError> {
        let mut tar = tar::Writer::new(out);
        tar.open()?;
        tar.write(checkpoint.as_bytes())?;
        let listed = Vec::new();
        Ok(Self { tar, listed, most })
    }

    /// Batches come by device, timeline and number.
    ///
    /// # Errors
    /// The pack is full, or cannot be written.
    pub fn batch(&mut self, batch: &PackedBatch) -> Result<(), PackWriteError> {
        self.line(BATCHES, batch)
    }

    /// Rows of the journal come by number, none left out.
    ///
    /// # Errors
    /// The pack is full, or cannot be written.
    pub fn row(&mut self, row: &PackedRow) -> Result<(), PackWriteError> {
        self.line(JOURNAL, row)
    }

    /// Records come by device, timeline and number.
    ///
    /// # Errors
    /// The pack is full, or cannot be written.
    pub fn record(&mut self, record: &PackedRecord) -> Result<(), PackWriteError> {
        self.line(RECORDS, record)
    }

    /// Signs the pack; gives what it was written into, and how many bytes that are.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(
        mut self,
        of: PackOf,
        (journal, cosigned): (PackedJournal, Option<PackedCosigned>),
        key: &SigningKey,
    ) -> Result<(W, u64), PackWriteError> {
        self.go_on_to(RECORDS)?;
        self.close()?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            of,
            journal,
            cosigned,
            files: self.listed,
        };
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(io::Error::from)?;
        let signature = STANDARD.encode(key.sign(&signed(&manifest)));
        for (name, bytes) in [(MANIFEST, &manifest[..]), (SIGNATURE, signature.as_bytes())] {
            self.tar.open()?;
            self.tar.write(bytes)?;
            self.tar.close(name)?;
        }
        Ok(self.tar.end()?)
    }

    fn line(&mut self, file: usize, line: &impl Serialize) -> Result<(), PackWriteError> {
        self.go_on_to(file)?;
        let mut text = serde_json::to_vec(line).map_err(io::Error::from)?;
        text.push(b'\n');
        if text.len() > MOST_LINE {
            return Err(PackWriteError::Line(NAMES[file]));
        }
        if self.tar.at() + (text.len() + ROOM) as u64 > self.most {
            return Err(PackWriteError::TooLarge);
        }
        Ok(self.tar.write(&text)?)
    }

    /// Completes the files before this one.
    fn go_on_to(&mut self, file: usize) -> Result<(), PackWriteError> {
        if self.listed.len() > file {
            return Err(PackWriteError::Order(NAMES[file]));
        }
        while self.listed.len() < file {
            self.close()?;
            self.tar.open()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), PackWriteError> {
        let name = NAMES[self.listed.len()];
        let sum = self.tar.close(name)?;
        self.listed.push(Listed::of(name, sum));
        Ok(())
    }
}
