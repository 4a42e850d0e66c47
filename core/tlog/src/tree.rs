use aws_lc_rs::digest::{Context, SHA256};

/// A SHA-256: of an entry, of two hashes, of a whole tree.
pub type Hash = [u8; 32];

/// The root of a tree without entries: SHA-256 of nothing.
pub const EMPTY: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The hash of an entry. A byte before it keeps entries and nodes apart (RFC 6962, 2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    hash(&[&[0], entry])
}

/// The hash of two subtrees.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = EMPTY;
    // A SHA-256 has 32 bytes.
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The root of a tree over these leaf hashes, as RFC 6962 defines it.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// A complete subtree: `2^height` leaves, from leaf `index * 2^height` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 for a leaf.
    pub height: u8,
    /// Counting from the left among those of its height.
    pub index: u64,
}

/// The right edge of a tree: its largest complete subtrees, from the left. It is all that appending needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// One for each bit of the size that is set, the highest first.
    hashes: Vec<Hash>,
}

/// What was kept is not the edge of a tree of this size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not the edge of a tree of {0} entries")]
pub struct EdgeError(u64);

impl Edge {
    /// From what [`to_bytes`](Self::to_bytes) gave for a tree of this size.
    ///
    /// # Errors
    /// Another number of hashes.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, EdgeError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        match rest.is_empty() && hashes.len() == size.count_ones() as usize {
            true => Ok(Self {
                size,
                hashes: hashes.to_vec(),
            }),
            false => Err(EdgeError(size)),
        }
    }

    /// To be kept: 32 bytes for each complete subtree.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }

    /// Number of entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf, and shows `each` every node that became complete, the leaf first. None of them ever changes.
    pub fn push(&mut self, leaf: Hash, mut each: impl FnMut(Node, &Hash)) {
        let mut hash = leaf;
        let mut node = Node {
            height: 0,
            index: self.size,
        };
        each(node, &hash);
        // A set bit is a complete subtree of this height to the left: together they are one that is higher.
        while node.index & 1 == 1
            && let Some(left) = self.hashes.pop()
        {
            hash = node_hash(&left, &hash);
            node = Node {
                height: node.height + 1,
                index: node.index >> 1,
            };
            each(node, &hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.hashes)
    }
}

/// Complete subtrees, the highest first, as one.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    let right_to_left = hashes.iter().rev().copied();
    right_to_left
        .reduce(|right, left| node_hash(&left, &right))
        .unwrap_or(EMPTY)
}

#[cfg(test)]
mod tests {
    use super::{EMPTY, Edge, EdgeError, leaf_hash, root_of};
    use proptest::prelude::*;

    /// The reference implementation's own (google/certificate-transparency, `merkletree`), for the tree of RFC 6962.
    const ENTRIES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_reference() {
        assert_eq!(root_of(&[]), EMPTY);
        let mut edge = Edge::default();
        let mut leaves = Vec::new();
        for (entry, root) in ENTRIES.iter().zip(ROOTS) {
            let leaf = leaf_hash(&hex::decode(entry).unwrap());
            leaves.push(leaf);
            edge.push(leaf, |_, _| {});
            assert_eq!(hex::encode(root_of(&leaves)), root);
            assert_eq!(hex::encode(edge.root()), root);
        }
    }

    proptest! {
        #[test]
        fn an_edge_is_the_tree_and_survives_its_bytes(size in 0..700_usize, cut in any::<prop::sample::Index>()) {
            let leaves: Vec<_> = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
            let mut edge = Edge::default();
            let mut kept = std::collections::BTreeMap::new();
            for (number, leaf) in leaves.iter().enumerate() {
                if number == cut.index(size.max(1)) {
                    edge = Edge::from_bytes(edge.size(), &edge.to_bytes()).unwrap();
                }
                edge.push(*leaf, |node, hash| assert!(kept.insert(node, *hash).is_none()));
            }
            prop_assert_eq!(edge.size(), size as u64);
            prop_assert_eq!(edge.root(), root_of(&leaves));
            for (node, hash) in kept {
                let first = (node.index << node.height) as usize;
                prop_assert_eq!(hash, root_of(&leaves[first..first + (1 << node.height)]));
            }
            let bytes = edge.to_bytes();
            prop_assert_eq!(Edge::from_bytes(edge.size() * 2 + 1, &bytes), Err(EdgeError(edge.size() * 2 + 1)));
        }
    }
}
