//! Tiles: 256 hashes in a file that never changes once it is full (<https://c2sp.org/tlog-tiles>).

use crate::tree::{Hash, Node, root_of};
use std::collections::BTreeSet;

/// Heights that one tile takes up.
pub const TILE_HEIGHT: u8 = 8;
/// Hashes of a full tile.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// `width` hashes of complete subtrees of height `8 * level`, from the `256 * number`-th on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    number: u64,
    width: u16,
}

/// The path names no tile.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no tile has this path (expected LEVEL/NUMBER as in `0/x001/x234/067` or `0/x001/x234/067.p/8`)")]
pub struct TilePathError;

/// A tree of 2⁶³ entries has levels to here.
const HIGHEST: u8 = 7;

impl Tile {
    /// The tile in which a node's hashes stand, as wide as the node needs it.
    #[must_use]
    pub const fn of(node: Node) -> Self {
        let within = node.height % TILE_HEIGHT;
        let first = node.index << within;
        Self {
            level: node.height / TILE_HEIGHT,
            number: first / TILE_WIDTH,
            // At most 256.
            width: (first % TILE_WIDTH + (1 << within)) as u16,
        }
    }

    /// As wide as it is in a tree of `size` entries; `None` where that does not have it, or not as wide.
    #[must_use]
    pub fn in_tree(self, size: u64) -> Option<Self> {
        let there = size >> (TILE_HEIGHT * self.level);
        let width = there.saturating_sub(self.first()).min(TILE_WIDTH) as u16;
        (width >= self.width).then_some(Self { width, ..self })
    }

    /// The hash of a node, from those of its tile; `None` where they do not reach.
    #[must_use]
    pub fn hash(self, node: Node, hashes: &[Hash]) -> Option<Hash> {
        let within = node.height % TILE_HEIGHT;
        let first = usize::try_from((node.index << within).checked_sub(self.first())?).ok()?;
        hashes.get(first..first + (1 << within)).map(root_of)
    }

    /// Height of the subtrees, in tiles.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.level
    }

    /// Number of its first hash, among those of its level.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.number * TILE_WIDTH
    }

    /// Its hashes.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.width
    }

    /// A full one is never changed again.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.width as u64 == TILE_WIDTH
    }

    /// Where it is asked for, behind `tile/`: level, number in groups of three digits, and the width where it is not full.
    #[must_use]
    pub fn path(self) -> String {
        let width = if self.is_full() {
            String::new()
        } else {
            format!(".p/{}", self.width)
        };
        format!("{}/{}{width}", self.level, groups(self.number))
    }

    /// The tile of a path.
    ///
    /// # Errors
    /// It is none, or is not written as [`path`](Self::path) writes it.
    pub fn parse(path: &str) -> Result<Self, TilePathError> {
        let (level, rest) = path.split_once('/').ok_or(TilePathError)?;
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().map_err(|_| TilePathError)?),
            None => (rest, TILE_WIDTH as u16),
        };
        let digits: String = groups.chars().filter(char::is_ascii_digit).collect();
        let tile = Self {
            level: level.parse().map_err(|_| TilePathError)?,
            number: digits.parse().map_err(|_| TilePathError)?,
            width,
        };
        let is_possible = tile.level <= HIGHEST
            && tile.number <= u64::MAX / TILE_WIDTH
            && (1..=TILE_WIDTH).contains(&u64::from(width));
        match is_possible && tile.path() == path {
            true => Ok(tile),
            false => Err(TilePathError),
        }
    }
}

fn groups(number: u64) -> String {
    let (before, last) = (number / 1000, number % 1000);
    let mut text = format!("{last:03}");
    let mut rest = before;
    while rest > 0 {
        text = format!("x{:03}/{text}", rest % 1000);
        rest /= 1000;
    }
    text
}

/// The tiles in which these nodes' hashes stand, each once and as wide as a tree of `size` entries has them. `None` where
/// the tree does not have a node.
#[must_use]
pub fn paths(nodes: impl IntoIterator<Item = Node>, size: u64) -> Option<BTreeSet<Tile>> {
    nodes.into_iter().map(|node| Tile::of(node).in_tree(size)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Tile, TilePathError, paths};
    use crate::proof::{consistency, inclusion, verify_consistency, verify_inclusion};
    use crate::tree::{Edge, Hash, Node, leaf_hash};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn paths_are_those_of_the_specification() {
        for path in [
            "0/000",
            "0/x001/x234/067",
            "0/x001/x234/067.p/8",
            "1/x001/000.p/255",
            "7/x009/223",
        ] {
            assert_eq!(Tile::parse(path).unwrap().path(), path);
        }
        for path in [
            "",
            "0",
            "0/",
            "0/0",
            "0/00",
            "0/0000",
            "00/000",
            "+0/000",
            "8/000",
            "0/x000/001",
            "0/001/x002",
            "0/1000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/08",
            "0/000.p/",
            "0/x001/x234/067/",
            "../0/000",
            "0/-01",
            "0/000.p/+8",
            "0/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::parse(path), Err(TilePathError), "{path}");
        }
    }

    /// A tree as a server keeps it: what becomes complete at the heights of tiles, and nothing else.
    fn kept(size: u64) -> (Edge, BTreeMap<(u8, u64), Hash>, Vec<Hash>) {
        let mut edge = Edge::default();
        let mut nodes = BTreeMap::new();
        let mut roots = vec![edge.root()];
        for number in 0..size {
            edge.push(leaf_hash(&number.to_be_bytes()), |Node { height, index }, hash| {
                if height % super::TILE_HEIGHT == 0 {
                    nodes.insert((height / super::TILE_HEIGHT, index), *hash);
                }
            });
            roots.push(edge.root());
        }
        (edge, nodes, roots)
    }

    fn read(tile: Tile, nodes: &BTreeMap<(u8, u64), Hash>) -> Vec<Hash> {
        let each = (0..u64::from(tile.width())).map(|place| nodes[&(tile.level(), tile.first() + place)]);
        each.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn proofs_are_made_from_tiles(size in 1..70_000_u64, places in prop::collection::vec(any::<prop::sample::Index>(), 8)) {
            let (_, nodes, roots) = kept(size);
            let proof = |spans: Vec<crate::Span>| {
                let needed: Vec<Node> = spans.iter().flat_map(|span| span.nodes()).collect();
                let tiles = paths(needed.iter().copied(), size).unwrap();
                let read: BTreeMap<Tile, Vec<Hash>> = tiles.into_iter().map(|tile| (tile, read(tile, &nodes))).collect();
                let hash = |node: Node| {
                    let tile = Tile::of(node).in_tree(size).unwrap();
                    tile.hash(node, &read[&tile]).unwrap()
                };
                spans.iter().map(|span| span.hash(&span.nodes().into_iter().map(hash).collect::<Vec<_>>())).collect::<Vec<_>>()
            };
            for place in places {
                let index = place.index(size as usize) as u64;
                let hashes = proof(inclusion(index, size).unwrap());
                let leaf = leaf_hash(&index.to_be_bytes());
                prop_assert_eq!(verify_inclusion(&leaf, index, size, &hashes, &roots[size as usize]), Ok(()));
                let old = index + 1;
                let hashes = proof(consistency(old, size).unwrap());
                let (old_root, root) = (&roots[old as usize], &roots[size as usize]);
                prop_assert_eq!(verify_consistency((old, old_root), (size, root), &hashes), Ok(()));
            }
        }

        #[test]
        fn a_smaller_tree_does_not_have_it(index in 0..100_000_u64) {
            let tile = Tile::of(Node { height: 0, index });
            prop_assert_eq!(tile.in_tree(index), None);
            prop_assert_eq!(tile.in_tree(index + 1), Some(tile));
            prop_assert_eq!(Tile::parse(&tile.path()), Ok(tile));
        }
    }
}
