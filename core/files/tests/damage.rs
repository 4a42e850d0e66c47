//! Whatever happens to a file on its way, reading it returns, within its limits.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use proptest::prelude::*;
use weir_files::fuzz;

macro_rules! golden {
    ($($name:literal),*) => {
        &[$(include_bytes!(concat!("../../../tests/golden/files/", $name)).as_slice()),*]
    };
}

const FILES: &[&[u8]] = golden!(
    "python-docx.docx",
    "openpyxl.xlsx",
    "xlsxwriter.xlsx",
    "libreoffice.odt",
    "libreoffice.rtf",
    "reportlab.pdf",
    "object-streams.pdf",
    "owner-password.pdf",
    "libreoffice.pdf",
    "customer.txt.xz"
);

/// Cuts in all places of a long file take long and teach nothing new.
const CUTS: usize = 150;

#[test]
fn a_file_cut_anywhere_is_read_or_refused() {
    for file in FILES {
        let step = (file.len() / CUTS).max(1);
        for end in (0..file.len()).step_by(step) {
            fuzz(&file[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_file_with_flipped_bytes_is_read_or_refused(file in 0..FILES.len(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = FILES[file].to_vec();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fuzz(&bytes);
    }

    #[test]
    fn a_file_with_a_part_of_another_is_read_or_refused(one in 0..FILES.len(), two in 0..FILES.len(), at in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), size in 1_usize..400) {
        let (mut bytes, other) = (FILES[one].to_vec(), FILES[two]);
        let (at, from) = (at.index(bytes.len()), from.index(other.len()));
        let part = &other[from..(from + size).min(other.len())];
        bytes.splice(at..at, part.iter().copied());
        fuzz(&bytes);
    }
}
