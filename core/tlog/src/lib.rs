//! A transparency log: a Merkle tree over entries that are only ever appended, and proofs about it.
//!
//! ```text
//!   entry --leaf_hash--> Edge::push --> nodes to keep, root --> Checkpoint, signed --> Cosignature of a witness
//!                                          |
//!   inclusion, consistency --Spans--> tiles of nodes --> proof --> verify_inclusion, verify_consistency
//! ```
//!
//! Trees and proofs are those of RFC 6962 (verification as in RFC 9162), tiles, checkpoints and cosignatures those of C2SP
//! (<https://c2sp.org/tlog-tiles>, <https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>,
//! <https://c2sp.org/tlog-cosignature>): other programs can read the log.
//!
//! Neighbours: the server appends and answers, devices verify. It must not know what an entry means, nor where nodes are
//! kept: what is needed for a proof is planned here ([`Span`]), and read by the caller.

mod cosign;
mod note;
mod proof;
mod tile;
mod tree;

pub use cosign::{Cosignature, WitnessKey};
pub use note::{Checkpoint, KeyName, NoteError, OriginError, VerifierKeyError};
pub use proof::{ProofError, Span, consistency, inclusion, verify_consistency, verify_inclusion};
pub use tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TilePathError, paths};
pub use tree::{EMPTY, Edge, EdgeError, Hash, Node, leaf_hash, node_hash, root_of};

/// For fuzzing: any bytes as everything that is parsed here. What is understood says the same when it is written again.
#[doc(hidden)]
pub fn fuzz_tlog(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return fuzz_proof(bytes);
    };
    if let Ok(tile) = Tile::parse(text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok(key) = text.parse::<KeyName>() {
        assert_eq!(key.to_string(), text);
        assert!(key.open(text).is_err());
    }
    if let Some((key, note)) = text.split_once('\n')
        && let Ok(key) = key.parse::<KeyName>()
        && let Ok(checkpoint) = key.open(note)
    {
        assert!(note.starts_with(checkpoint.origin.as_str()));
    }
    // A key, and a note that it and others may have cosigned.
    if let Some((key, note)) = text.split_once('\n')
        && let Ok(witness) = key.parse::<WitnessKey>()
    {
        assert_eq!(witness.to_string(), key);
        for line in note.lines() {
            if let Some(cosignature) = witness.read(line) {
                assert_eq!(witness.read(&witness.line(&cosignature)), Some(cosignature));
            }
        }
        if let Ok(Some(_)) = witness.cosigned(note) {
            assert!(note.lines().any(|line| witness.read(line).is_some()));
        }
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(Checkpoint::parse(&checkpoint.text()).is_ok_and(|again| again == checkpoint));
    }
    fuzz_proof(bytes);
}

/// Any sizes and any hashes: proofs that were not made by us end, and prove nothing about a root that is not theirs.
fn fuzz_proof(bytes: &[u8]) {
    let Some((numbers, rest)) = bytes.split_first_chunk::<16>() else {
        return;
    };
    let (first, second) = numbers.split_at(8);
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let (first, second) = (number(first), number(second));
    let hashes: Vec<Hash> = rest.as_chunks::<32>().0.to_vec();
    let root = [0x5a; 32];
    let leaf = leaf_hash(rest);
    assert!(verify_inclusion(&leaf, first, second, &hashes, &root).is_err());
    assert!(first == second || verify_consistency((first, &leaf), (second, &root), &hashes).is_err());
}
