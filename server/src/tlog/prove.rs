//! Proofs, from tiles.

use super::table::TreeTable;
use crate::repo::RepoError;
use std::collections::BTreeMap;
use weir_tlog::{Hash, Node, Span, Tile, paths};

/// There is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The tree does not have that entry, or is smaller.
    #[error("the log is smaller than that")]
    Beyond,
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Proves that the entry `leaf` is in the tree of `size` entries.
///
/// # Errors
/// It is not, or the tree is not yet that large.
pub async fn inclusion(repo: &dyn TreeTable, leaf: u64, size: u64) -> Result<Vec<Hash>, ProveError> {
    let spans = weir_tlog::inclusion(leaf, size).ok_or(ProveError::Beyond)?;
    hashes(repo, &spans, size).await
}

/// Proves that the tree of `new` entries goes on from the one of `old`.
///
/// # Errors
/// It is smaller, or not yet that large.
pub async fn consistency(repo: &dyn TreeTable, old: u64, new: u64) -> Result<Vec<Hash>, ProveError> {
    let spans = weir_tlog::consistency(old, new).ok_or(ProveError::Beyond)?;
    hashes(repo, &spans, new).await
}

async fn hashes(repo: &dyn TreeTable, spans: &[Span], size: u64) -> Result<Vec<Hash>, ProveError> {
    if size > repo.tree().await?.size {
        return Err(ProveError::Beyond);
    }
    let nodes = spans.iter().flat_map(|span| span.nodes());
    let tiles = paths(nodes, size).ok_or(ProveError::Beyond)?;
    let mut read = BTreeMap::new();
    for tile in tiles {
        read.insert(tile, repo.tile(tile).await?);
    }
    let hash = |node: Node| {
        let tile = Tile::of(node).in_tree(size)?;
        tile.hash(node, read.get(&tile)?)
    };
    let hash_of = |span: &Span| {
        let nodes: Option<Vec<Hash>> = span.nodes().into_iter().map(hash).collect();
        nodes.map(|nodes| span.hash(&nodes))
    };
    // All tiles of the nodes were read.
    spans
        .iter()
        .map(hash_of)
        .collect::<Option<_>>()
        .ok_or(ProveError::Beyond)
}
