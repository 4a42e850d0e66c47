//! Devices.

use crate::detectors::numbers::{Alone, Kind, valid};
use crate::registry::{Info, Standing};
use weir_model::Category;

pub(super) static KINDS: &[Kind] = &[Kind {
    info: Info::new(
        "personal/imei",
        "Mobile device identity",
        Category::Personal,
        Standing::Checked,
    )
    .from("any", "3GPP TS 23.003; Luhn")
    .found_in(&[
        "IMEI 353952588360623",
        "imei: 35-395258-836062-3",
        "{\"imei\": \"358843664150027\"}",
        "name,imei\nAda Weir,354500660016628",
        "the stolen phone has IMEI 35-635842-845150-6, block it",
        "INSERT INTO people (id, imei) VALUES (7, '351794217303471');",
    ])
    .not_in(&[
        "IMEI 353952588360624",
        "353952588360623",
        "order 353952588360623",
        "order 359371107400279",
        "rows: 358392729277250",
        "IMEI1 missing, tracking number 352033822219890",
        "IMEI 35280380959895735287193",
    ]),
    layouts: &[&[15], &[2, 6, 6, 1], &[8, 6, 1], &[6, 2, 6, 1]],
    check: valid::imei,
    words: &["imei", "imei1", "imei2", "imei number", "equipment identity"],
    checked: true,
    alone: Alone::Never,
}];
