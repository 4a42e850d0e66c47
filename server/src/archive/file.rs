//! The files: one of records, and one of the batches they came in, whose heads link the devices' logs.

use crate::ingest::{Accepted, Columns};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tempfile::NamedTempFile;
use weir_model::EventId;

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk.
    #[error("the disk")]
    Disk(#[from] io::Error),
    /// The library.
    #[error("Parquet")]
    Parquet(#[from] ParquetError),
}

const RECORDS: &str = "message record {
    required binary device (UTF8);
    required int32 timeline;
    required int64 seq;
    required int64 time (TIMESTAMP(MILLIS, true));
    required int64 received (TIMESTAMP(MILLIS, true));
    required binary kind (UTF8);
    required binary event (UTF8);
    optional binary channel (UTF8);
    optional binary level (UTF8);
    optional binary action (UTF8);
    optional binary service (UTF8);
    optional binary provider (UTF8);
    optional binary person (UTF8);
    required binary record (JSON);
}";
const BATCHES: &str = "message batch {
    required binary device (UTF8);
    required int32 timeline;
    required int64 first;
    required int64 last;
    required int64 received (TIMESTAMP(MILLIS, true));
    required binary head (UTF8);
}";
/// Rows that are held in memory.
const GROUP: usize = 20_000;
/// Bytes of their texts: a device may have written a megabyte into each.
const ROOM: usize = 64 << 20;

/// A column of the rows that are held.
enum Column {
    Text(Vec<ByteArray>),
    /// With which rows have one.
    Perhaps(Vec<ByteArray>, Vec<i16>),
    Int(Vec<i32>),
    Long(Vec<i64>),
}

impl Column {
    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, File>) -> Result<(), ParquetError> {
        let Some(mut column) = group.next_column()? else {
            return Err(ParquetError::General("a column is missing in the schema".to_owned()));
        };
        match self {
            Self::Text(values) => {
                column.typed::<ByteArrayType>().write_batch(values, None, None)?;
                values.clear();
            }
            Self::Perhaps(values, there) => {
                column.typed::<ByteArrayType>().write_batch(values, Some(there), None)?;
                values.clear();
                there.clear();
            }
            Self::Int(values) => {
                column.typed::<Int32Type>().write_batch(values, None, None)?;
                values.clear();
            }
            Self::Long(values) => {
                column.typed::<Int64Type>().write_batch(values, None, None)?;
                values.clear();
            }
        }
        column.close()
    }
}

/// What stands in one column of one row.
enum Value {
    Text(String),
    Bytes(Vec<u8>),
    Perhaps(Option<String>),
    Int(i32),
    Long(i64),
}

impl Value {
    /// Bytes of its text.
    fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Perhaps(Some(text)) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Perhaps(None) | Self::Int(_) | Self::Long(_) => 0,
        }
    }
}

/// A table on its way into a file.
struct Table {
    file: NamedTempFile,
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    held: usize,
    /// Bytes of the texts that are held.
    bytes: usize,
    rows: u64,
}

impl Table {
    fn begin(dir: &Path, schema: &str) -> Result<Self, FileError> {
        let file = tempfile::Builder::new().prefix("archive-").tempfile_in(dir)?;
        let schema = Arc::new(parse_message_type(schema)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(6)?))
            .build();
        let writer = SerializedFileWriter::new(file.reopen()?, schema, Arc::new(properties))?;
        Ok(Self {
            file,
            writer,
            columns: Vec::new(),
            held: 0,
            bytes: 0,
            rows: 0,
        })
    }

    fn row(&mut self, values: Vec<Value>) -> Result<(), FileError> {
        if self.columns.is_empty() {
            self.columns = values.iter().map(empty).collect();
        }
        for (column, value) in self.columns.iter_mut().zip(values) {
            self.bytes += value.len();
            match (column, value) {
                (Column::Text(texts), Value::Text(text)) => texts.push(text.into_bytes().into()),
                (Column::Text(texts), Value::Bytes(bytes)) => texts.push(bytes.into()),
                (Column::Perhaps(texts, there), Value::Perhaps(text)) => {
                    there.push(i16::from(text.is_some()));
                    texts.extend(text.map(|text| ByteArray::from(text.into_bytes())));
                }
                (Column::Int(numbers), Value::Int(number)) => numbers.push(number),
                (Column::Long(numbers), Value::Long(number)) => numbers.push(number),
                // Each table makes its rows in one place, all alike.
                _ => {}
            }
        }
        self.held += 1;
        self.rows += 1;
        if self.held == GROUP || self.bytes >= ROOM {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), FileError> {
        if self.held == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            column.write(&mut group)?;
        }
        group.close()?;
        (self.held, self.bytes) = (0, 0);
        Ok(())
    }

    fn finish(mut self) -> Result<(NamedTempFile, u64), FileError> {
        self.flush()?;
        self.writer.close()?;
        Ok((self.file, self.rows))
    }
}

fn empty(value: &Value) -> Column {
    match value {
        Value::Text(_) | Value::Bytes(_) => Column::Text(Vec::new()),
        Value::Perhaps(_) => Column::Perhaps(Vec::new(), Vec::new()),
        Value::Int(_) => Column::Int(Vec::new()),
        Value::Long(_) => Column::Long(Vec::new()),
    }
}

/// The file of records.
pub(super) struct Records(Table);

impl Records {
    pub(super) fn begin(dir: &Path) -> Result<Self, FileError> {
        Table::begin(dir, RECORDS).map(Self)
    }

    /// All records of a batch.
    pub(super) fn add(&mut self, batch: &Accepted) -> Result<(), FileError> {
        for entry in &batch.records {
            let columns = Columns::read(entry.kind, &entry.body);
            let word = |word: Option<&'static str>| Value::Perhaps(word.map(str::to_owned));
            self.0.row(vec![
                Value::Text(batch.device.to_string()),
                Value::Int(batch.timeline.cast_signed()),
                Value::Long(entry.seq.cast_signed()),
                Value::Long(entry.time.as_millis()),
                Value::Long(batch.received.as_millis()),
                Value::Text(entry.kind.as_str().to_owned()),
                Value::Text(EventId::to_string(&entry.event)),
                word(columns.channel.map(|channel| channel.as_str())),
                word(columns.level.map(|level| level.as_str())),
                word(columns.action.map(|action| action.as_str())),
                Value::Perhaps(columns.service),
                Value::Perhaps(columns.provider),
                Value::Perhaps(columns.person),
                Value::Bytes(entry.body.to_vec()),
            ])?;
        }
        Ok(())
    }

    /// Gives how many there are, too.
    pub(super) fn finish(self) -> Result<(NamedTempFile, u64), FileError> {
        self.0.finish()
    }
}

/// The file of batches.
pub(super) struct Batches(Table);

impl Batches {
    pub(super) fn begin(dir: &Path) -> Result<Self, FileError> {
        Table::begin(dir, BATCHES).map(Self)
    }

    pub(super) fn add(&mut self, batch: &Accepted) -> Result<(), FileError> {
        self.0.row(vec![
            Value::Text(batch.device.to_string()),
            Value::Int(batch.timeline.cast_signed()),
            Value::Long(batch.first.cast_signed()),
            Value::Long(batch.last.cast_signed()),
            Value::Long(batch.received.as_millis()),
            Value::Text(hex::encode(batch.head)),
        ])
    }

    pub(super) fn finish(self) -> Result<NamedTempFile, FileError> {
        self.0.finish().map(|(file, _)| file)
    }
}
