//! The tables `tree`, `tree_entries` and `tree_nodes`.

use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row};
use weir_audit::Head;
use weir_fleet::{DeviceId, LogEntry};
use weir_model::Timestamp;
use weir_tlog::{Edge, Hash, TILE_HEIGHT, Tile, leaf_hash};

/// How the tree stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// An accepted batch and its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Which of the device's logs.
    pub timeline: u32,
    /// The batch's last record.
    pub last: u64,
    /// The head behind it.
    pub head: Head,
    /// When it came, by the server's clock.
    pub received: Timestamp,
    /// Number of its entry.
    pub leaf: u64,
}

/// What is asked of the three tables.
#[async_trait::async_trait]
pub trait TreeTable: Send + Sync {
    /// How the tree stands.
    async fn tree(&self) -> Result<TreeHead, RepoError>;
    /// The hashes of a tile. An error where the tree does not have all of them.
    async fn tile(&self, tile: Tile) -> Result<Vec<Hash>, RepoError>;
    /// Entries from number `first` on, at most `most`.
    async fn entries(&self, first: u64, most: u64) -> Result<Vec<Vec<u8>>, RepoError>;
    /// The batch that brought a record, of the device's newest log that has it; `None` where none did, or where it came
    /// before there was a tree, or is kept no more.
    async fn acceptance(&self, device: DeviceId, seq: u64) -> Result<Option<Acceptance>, RepoError>;
}

const TREE: &str = "SELECT size, edge FROM tree";
/// Whoever has moved the size is the only one who appends, on all nodes, until the transaction ends.
const TAKE: &str = "UPDATE tree SET size = size + $1 RETURNING size, edge";
const EDGE: &str = "UPDATE tree SET edge = $1";
const NODE: &str = "INSERT INTO tree_nodes (level, number, hash) VALUES ($1, $2, $3)";
const ENTRIES: &str = "SELECT entry FROM tree_entries WHERE number >= $1 AND number < $2 ORDER BY number";
const NODES: &str = "SELECT hash FROM tree_nodes WHERE level = $3 AND number >= $1 AND number < $2 ORDER BY number";
const ACCEPTANCE: &str = "SELECT l.timeline, b.last, b.head, b.received, b.leaf FROM logs l JOIN batches b ON b.log = l.id \
     WHERE l.device = $1 AND b.first <= $2 AND b.leaf IS NOT NULL \
     AND b.last = (SELECT min(n.last) FROM batches n WHERE n.log = l.id AND n.last >= $2) \
     ORDER BY l.timeline DESC LIMIT 1";

/// What an append adds.
struct Grown {
    edge: Edge,
    /// Subtrees that became complete at the heights of tiles: level, number, hash.
    nodes: Vec<(u8, u64, Hash)>,
}

fn grow(mut edge: Edge, entries: &[Vec<u8>]) -> Grown {
    let mut nodes = Vec::new();
    for entry in entries {
        edge.push(leaf_hash(entry), |node, hash| {
            if node.height > 0 && node.height % TILE_HEIGHT == 0 {
                nodes.push((node.height / TILE_HEIGHT, node.index, *hash));
            }
        });
    }
    Grown { edge, nodes }
}

fn head_of(edge: &Edge) -> TreeHead {
    TreeHead {
        size: edge.size(),
        root: edge.root(),
    }
}

/// Our numbers stay below 2⁶³, as the database counts.
fn signed(number: u64) -> Result<i64, RepoError> {
    i64::try_from(number).map_err(|_| RepoError::Row("tree"))
}

/// The edge of the row, before `added` entries were counted to its size.
macro_rules! edge_of {
    ($row:expr, $added:expr) => {{
        let size = $row.try_get::<i64, _>("size")?.cast_unsigned();
        let before = size.checked_sub($added).ok_or(RepoError::Row("tree"))?;
        Edge::from_bytes(before, $row.try_get("edge")?).map_err(|_| RepoError::Row("tree"))?
    }};
}

macro_rules! tree_table {
    ($repo:ty, $row:ty, $connection:ty) => {
        impl $repo {
            /// Appends entries as a part of a transaction; gives the number of the first, and how the tree stands behind the
            /// last. Comes as late in the transaction as it can: others wait from here on.
            pub(crate) async fn append(
                db: &mut $connection,
                entries: &[LogEntry],
            ) -> Result<(u64, TreeHead), RepoError> {
                if entries.is_empty() {
                    let row: $row = sqlx::query(TREE).fetch_one(&mut *db).await?;
                    let edge = edge_of!(row, 0);
                    return Ok((edge.size(), head_of(&edge)));
                }
                let entries: Vec<Vec<u8>> = entries.iter().map(LogEntry::to_bytes).collect();
                let count = entries.len() as u64;
                let row: $row = sqlx::query(TAKE).bind(signed(count)?).fetch_one(&mut *db).await?;
                let edge = edge_of!(row, count);
                let first = edge.size();
                let Grown { edge, nodes } = grow(edge, &entries);
                Self::add_entries(db, first, &entries).await?;
                for (level, number, hash) in nodes {
                    sqlx::query(NODE)
                        .bind(i64::from(level))
                        .bind(signed(number)?)
                        .bind(&hash[..])
                        .execute(&mut *db)
                        .await?;
                }
                sqlx::query(EDGE).bind(edge.to_bytes()).execute(&mut *db).await?;
                Ok((first, head_of(&edge)))
            }
        }

        #[async_trait::async_trait]
        impl TreeTable for $repo {
            async fn tree(&self) -> Result<TreeHead, RepoError> {
                let row: $row = sqlx::query(TREE).fetch_one(&self.read).await?;
                Ok(head_of(&edge_of!(row, 0)))
            }

            async fn tile(&self, tile: Tile) -> Result<Vec<Hash>, RepoError> {
                let hashes = if tile.level() == 0 {
                    let entries = self.entries(tile.first(), u64::from(tile.width())).await?;
                    entries.iter().map(|entry| leaf_hash(entry)).collect()
                } else {
                    let rows: Vec<$row> = sqlx::query(NODES)
                        .bind(signed(tile.first())?)
                        .bind(signed(tile.first() + u64::from(tile.width()))?)
                        .bind(i64::from(tile.level()))
                        .fetch_all(&self.read)
                        .await?;
                    let hashes = rows.iter().map(|row| array(row.try_get("hash")?, "tree_nodes"));
                    hashes.collect::<Result<Vec<Hash>, RepoError>>()?
                };
                match hashes.len() == usize::from(tile.width()) {
                    true => Ok(hashes),
                    false => Err(RepoError::Row("tree_nodes")),
                }
            }

            async fn entries(&self, first: u64, most: u64) -> Result<Vec<Vec<u8>>, RepoError> {
                let rows: Vec<$row> = sqlx::query(ENTRIES)
                    .bind(signed(first)?)
                    .bind(signed(first.saturating_add(most))?)
                    .fetch_all(&self.read)
                    .await?;
                rows.iter().map(|row| Ok(row.try_get("entry")?)).collect()
            }

            async fn acceptance(&self, device: DeviceId, seq: u64) -> Result<Option<Acceptance>, RepoError> {
                let row: Option<$row> = sqlx::query(ACCEPTANCE)
                    .bind(&device.as_bytes()[..])
                    .bind(signed(seq)?)
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| {
                    Ok(Acceptance {
                        timeline: u32::try_from(row.try_get::<i64, _>("timeline")?)
                            .map_err(|_| RepoError::Row("logs"))?,
                        last: row.try_get::<i64, _>("last")?.cast_unsigned(),
                        head: array(row.try_get("head")?, "batches")?,
                        received: Timestamp::from_millis(row.try_get("received")?),
                        leaf: row.try_get::<i64, _>("leaf")?.cast_unsigned(),
                    })
                })
                .transpose()
            }
        }
    };
}

tree_table!(Sqlite, SqliteRow, SqliteConnection);
tree_table!(Postgres, PgRow, PgConnection);

/// Rows of one statement of SQLite.
const ROWS: usize = 1000;

impl Sqlite {
    async fn add_entries(db: &mut SqliteConnection, first: u64, entries: &[Vec<u8>]) -> Result<(), RepoError> {
        let mut number = signed(first)?;
        for entries in entries.chunks(ROWS) {
            // Where it fails, its transaction does: see `ingest::sqlite`.
            let mut insert = QueryBuilder::new("INSERT OR FAIL INTO tree_entries (number, entry) ");
            insert.push_values(entries, |mut values, entry| {
                values.push_bind(number).push_bind(&entry[..]);
                number += 1;
            });
            insert.build().execute(&mut *db).await?;
        }
        Ok(())
    }
}

impl Postgres {
    async fn add_entries(db: &mut PgConnection, first: u64, entries: &[Vec<u8>]) -> Result<(), RepoError> {
        const ADD: &str = "INSERT INTO tree_entries (number, entry) \
                           SELECT $1 + u.place - 1, u.entry FROM unnest($2::bytea[]) WITH ORDINALITY AS u (entry, place)";
        sqlx::query(ADD)
            .bind(signed(first)?)
            .bind(entries)
            .execute(&mut *db)
            .await?;
        Ok(())
    }
}
