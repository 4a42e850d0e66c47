use crate::tree::{EMPTY, Hash, Node, fold, node_hash};

/// Leaves that follow on one another and hang together in a tree: what one hash of a proof stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u64,
    end: u64,
}

impl Span {
    const fn new(start: u64, end: u64) -> Self {
        Self { start, end }
    }

    /// The complete subtrees it is made of, the highest first.
    #[must_use]
    pub fn nodes(self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let height = (self.end - start).ilog2();
            nodes.push(Node {
                // Of 64 bits.
                height: height as u8,
                index: start >> height,
            });
            start += 1 << height;
        }
        nodes
    }

    /// Its hash, from those of [`nodes`](Self::nodes) in the same order.
    #[must_use]
    pub fn hash(self, nodes: &[Hash]) -> Hash {
        fold(nodes)
    }

    const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Where RFC 6962 divides it: at the largest power of two below its length, which is at least 2.
    const fn halves(self) -> (Self, Self) {
        let middle = self.start + (1 << (self.len() - 1).ilog2());
        (Self::new(self.start, middle), Self::new(middle, self.end))
    }
}

/// Whose hashes prove that the entry at `index` is in the tree of `size` entries (RFC 6962, 2.1.1). `None` where there is no
/// such entry.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let mut spans = Vec::new();
    let mut whole = Span::new(0, size);
    while whole.len() > 1 {
        let (left, right) = whole.halves();
        let (other, with) = if index < left.end { (right, left) } else { (left, right) };
        spans.push(other);
        whole = with;
    }
    spans.reverse();
    Some(spans)
}

/// Whose hashes prove that the tree of `new` entries goes on from the one of `old` (RFC 6962, 2.1.2). `None` where it is
/// smaller.
#[must_use]
pub fn consistency(old: u64, new: u64) -> Option<Vec<Span>> {
    if old > new {
        return None;
    }
    let mut spans = Vec::new();
    if old == 0 {
        return Some(spans);
    }
    let mut whole = Span::new(0, new);
    // Down to the subtree in which the old tree ends.
    while whole.end != old {
        let (left, right) = whole.halves();
        let (other, with) = if old <= left.end { (right, left) } else { (left, right) };
        spans.push(other);
        whole = with;
    }
    // The old root itself is known to who asks.
    if whole.start != 0 {
        spans.push(whole);
    }
    spans.reverse();
    Some(spans)
}

/// What was to be proved is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no entry of that number, or the tree became smaller.
    #[error("the tree is too small for that")]
    Size,
    /// It has too many hashes or too few.
    #[error("the proof has another length than it must have")]
    Length,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Verifies that a leaf is the one at `index` of the tree with this size and root (RFC 9162, 2.1.3.2).
///
/// # Errors
/// It is not, or that is not what the hashes prove.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Size);
    }
    let mut way = Way::new(index, size - 1);
    let mut hash = *leaf;
    for other in proof {
        match way.step()? {
            Side::Left => hash = node_hash(other, &hash),
            Side::Right => hash = node_hash(&hash, other),
        }
    }
    way.end()?;
    equal(&hash, root)
}

/// Verifies that a tree goes on from an older one, both given as size and root (RFC 9162, 2.1.4.2).
///
/// # Errors
/// It does not, or that is not what the hashes prove.
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> Result<(), ProofError> {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old > new {
        return Err(ProofError::Size);
    }
    if old == new || old == 0 {
        let expected = if old == 0 { &EMPTY } else { new_root };
        return match proof.is_empty() {
            true => equal(old_root, expected),
            false => Err(ProofError::Length),
        };
    }
    // A complete old tree is its own first hash.
    let (first, rest) = match old.is_power_of_two() {
        true => (old_root, proof),
        false => proof.split_first().ok_or(ProofError::Length)?,
    };
    let mut way = Way::new(old - 1, new - 1);
    way.skip_right();
    let (mut of_old, mut of_new) = (*first, *first);
    for other in rest {
        match way.step()? {
            Side::Left => {
                of_old = node_hash(other, &of_old);
                of_new = node_hash(other, &of_new);
            }
            Side::Right => of_new = node_hash(&of_new, other),
        }
    }
    way.end()?;
    equal(&of_old, old_root)?;
    equal(&of_new, new_root)
}

fn equal(found: &Hash, expected: &Hash) -> Result<(), ProofError> {
    match found == expected {
        true => Ok(()),
        false => Err(ProofError::Root),
    }
}

/// The way from a leaf to the root: its number and that of the last leaf, halved with each step.
struct Way {
    at: u64,
    last: u64,
}

enum Side {
    Left,
    Right,
}

impl Way {
    const fn new(at: u64, last: u64) -> Self {
        Self { at, last }
    }

    /// While it is the right of two, its left is in the old tree as well.
    fn skip_right(&mut self) {
        while self.at & 1 == 1 {
            self.up();
        }
    }

    /// On which side the next hash stands.
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let side = match self.at & 1 == 1 || self.at == self.last {
            true => {
                // At the right edge, levels without a sibling have no hash.
                while self.at & 1 == 0 && self.at != 0 {
                    self.up();
                }
                Side::Left
            }
            false => Side::Right,
        };
        self.up();
        Ok(side)
    }

    const fn up(&mut self) {
        self.at >>= 1;
        self.last >>= 1;
    }

    const fn end(&self) -> Result<(), ProofError> {
        match self.last {
            0 => Ok(()),
            _ => Err(ProofError::Length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ProofError, Span, consistency, inclusion, verify_consistency, verify_inclusion};
    use crate::tree::{Hash, leaf_hash, root_of};
    use proptest::prelude::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    fn hashes(spans: &[Span], leaves: &[Hash]) -> Vec<Hash> {
        let of = |span: &Span| {
            let nodes = span.nodes().into_iter().map(|node| {
                let first = (node.index << node.height) as usize;
                root_of(&leaves[first..first + (1 << node.height)])
            });
            span.hash(&nodes.collect::<Vec<_>>())
        };
        spans.iter().map(of).collect()
    }

    /// The reference implementation's own (google/certificate-transparency).
    #[test]
    fn proofs_are_those_of_the_reference() {
        let entries = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let leaves = entries.map(|entry| leaf_hash(&hex::decode(entry).unwrap()));
        let told = |spans: Option<Vec<Span>>| {
            hashes(&spans.unwrap(), &leaves)
                .iter()
                .map(hex::encode)
                .collect::<Vec<_>>()
        };
        let (one, two) = (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        );
        let (four, six) = (
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        );
        let (five, left) = (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        );
        let first = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        let pair = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
        let last = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
        assert!(told(inclusion(0, 1)).is_empty());
        assert_eq!(told(inclusion(0, 8)), [one, two, four]);
        assert_eq!(told(inclusion(5, 8)), [five, six, left]);
        assert_eq!(told(inclusion(2, 3)), [pair]);
        assert_eq!(told(inclusion(1, 5)), [first, two, five]);
        assert_eq!(told(consistency(1, 8)), [one, two, four]);
        assert_eq!(told(consistency(6, 8)), [last, six, left]);
        assert_eq!(told(consistency(2, 5)), [two, five]);
        assert!(told(consistency(4, 4)).is_empty());
    }

    proptest! {
        #[test]
        fn every_entry_of_every_tree_is_proved_and_no_other(
            size in 1..600_u64, index in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), flip in 0..256_usize,
        ) {
            let index = index.index(size as usize) as u64;
            let leaves = leaves(size);
            let root = root_of(&leaves);
            let leaf = leaves[index as usize];
            let proof = hashes(&inclusion(index, size).unwrap(), &leaves);
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
            // Another place, leaf, root, hash or length.
            let wrong = other.index(size as usize) as u64;
            if wrong != index {
                prop_assert!(verify_inclusion(&leaf, wrong, size, &proof, &root).is_err());
                prop_assert!(verify_inclusion(&leaves[wrong as usize], index, size, &proof, &root).is_err());
            }
            prop_assert_eq!(verify_inclusion(&leaf, size, size, &proof, &root), Err(ProofError::Size));
            let mut changed = root;
            changed[flip / 8] ^= 1 << (flip % 8);
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &changed), Err(ProofError::Root));
            let mut longer = proof.clone();
            longer.push(root);
            prop_assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place][flip / 8] ^= 1 << (flip % 8);
                prop_assert_eq!(verify_inclusion(&leaf, index, size, &changed, &root), Err(ProofError::Root));
                let mut shorter = proof.clone();
                shorter.remove(place);
                prop_assert!(verify_inclusion(&leaf, index, size, &shorter, &root).is_err());
            }
        }

        #[test]
        fn every_tree_goes_on_from_every_smaller_one(
            new in 0..600_u64, old in any::<prop::sample::Index>(), flip in 0..256_usize,
        ) {
            let old = old.index(new as usize + 1) as u64;
            let leaves = leaves(new);
            let (old_root, new_root) = (root_of(&leaves[..old as usize]), root_of(&leaves));
            let proof = hashes(&consistency(old, new).unwrap(), &leaves);
            prop_assert_eq!(verify_consistency((old, &old_root), (new, &new_root), &proof), Ok(()));
            let mut changed = old_root;
            changed[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(verify_consistency((old, &changed), (new, &new_root), &proof).is_err());
            if old > 0 {
                let mut changed = new_root;
                changed[flip / 8] ^= 1 << (flip % 8);
                prop_assert!(verify_consistency((old, &old_root), (new, &changed), &proof).is_err());
            }
            prop_assert_eq!(verify_consistency((new + 1, &old_root), (new, &new_root), &proof), Err(ProofError::Size));
            let mut longer = proof.clone();
            longer.push(new_root);
            prop_assert!(verify_consistency((old, &old_root), (new, &new_root), &longer).is_err());
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place][flip / 8] ^= 1 << (flip % 8);
                prop_assert!(verify_consistency((old, &old_root), (new, &new_root), &changed).is_err());
                let mut shorter = proof.clone();
                shorter.remove(place);
                prop_assert!(verify_consistency((old, &old_root), (new, &new_root), &shorter).is_err());
            }
        }

        #[test]
        fn proofs_of_the_largest_trees_are_planned(old in any::<u64>(), new in any::<u64>()) {
            for spans in [inclusion(old, new), consistency(old, new)].into_iter().flatten() {
                prop_assert!(spans.len() <= 65);
                for span in spans {
                    let leaves: u64 = span.nodes().iter().map(|node| 1 << node.height).sum();
                    prop_assert_eq!(leaves, span.len());
                }
            }
        }

        #[test]
        fn what_is_no_proof_proves_nothing(first in any::<u64>(), second in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let bytes = [&first.to_be_bytes()[..], &second.to_be_bytes(), &bytes].concat();
            crate::fuzz_tlog(&bytes);
        }
    }
}
