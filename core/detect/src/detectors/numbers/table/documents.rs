//! Documents whose numbers have no check digit: their name must lead to them.

use crate::detectors::numbers::{Alone, Kind, valid};
use crate::detectors::words;
use crate::registry::{Info, Standing};
use weir_model::Category;

pub(super) static KINDS: &[Kind] = &[
    Kind {
        info: Info::new(
            "governmental/passport",
            "Passport number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("any", "ICAO 9303, beside its name"),
        layouts: &[&[7], &[8], &[9], &[10], &[2, 7], &[4, 6], &[3, 3, 3], &[2, 2, 6]],
        check: valid::plain,
        words: words::PASSPORT,
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/driver_licence",
            "Driving licence number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("any", "issuers of the United States and Europe, beside its name"),
        layouts: &[
            &[7],
            &[8],
            &[9],
            &[10],
            &[11],
            &[12],
            &[3, 3, 3],
            &[4, 4],
            &[2, 2, 6],
            &[4, 6],
            &[2, 2, 6, 2],
            &[3, 3, 3, 3],
        ],
        check: valid::plain,
        words: words::LICENCE,
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/mrn",
            "Medical record number",
            Category::Medical,
            Standing::Contextual,
        )
        .from("any", "beside its name"),
        layouts: &[
            &[7],
            &[8],
            &[9],
            &[10],
            &[3, 3, 3],
            &[3, 4],
            &[4, 4],
            &[2, 2, 3],
            &[3, 3, 4],
            &[2, 2, 2, 2],
        ],
        check: valid::plain,
        words: words::RECORD,
        checked: false,
        alone: Alone::Never,
    },
];
