//! Numbers of patients, doctors and insurances.

use super::ids::with_luhn;
use crate::generate::draft::Value;
use crate::generate::rng::Rng;

pub(super) fn make(name: &str, rng: &mut Rng) -> Option<Value> {
    Some(match name {
        "us_npi" => {
            // The check digit counts the prefix of US health cards with it.
            let whole = with_luhn(&("80840".to_owned() + &rng.text("12", 1) + &rng.digits(8)));
            Value::new("us_npi", &whole[5..])
        }
        "us_dea" => {
            let digits = rng.digits(6);
            let at = |place: usize| super::ids::digit(&digits, place);
            let check = (at(0) + at(2) + at(4) + 2 * (at(1) + at(3) + at(5))) % 10;
            Value::new(
                "us_dea",
                format!(
                    "{}{}{digits}{check}",
                    rng.text("ABFGM", 1),
                    rng.text("ABCDEFGHKLMPRSTW", 1)
                ),
            )
        }
        "us_mbi" => Value::new("us_mbi", mbi(rng)),
        "mrn" => {
            let shape = *rng.pick(&[
                "MRN#######",
                "MRN-########",
                "########",
                "#######",
                "MR######",
                "H########",
                "##-##-##-##",
            ]);
            Value::new("mrn", rng.shape(shape))
        }
        _ => return None,
    })
}

fn mbi(rng: &mut Rng) -> String {
    const LETTERS: &str = "ACDEFGHJKMNPQRTUVWXY";
    const BOTH: &str = "0123456789ACDEFGHJKMNPQRTUVWXY";
    let parts: Vec<String> = [
        "123456789",
        LETTERS,
        BOTH,
        "0123456789",
        LETTERS,
        BOTH,
        "0123456789",
        LETTERS,
        LETTERS,
        "0123456789",
        "0123456789",
    ]
    .iter()
    .map(|alphabet| rng.text(alphabet, 1))
    .collect();
    let whole = parts.concat();
    if rng.chance(40) {
        format!("{}-{}-{}", &whole[..4], &whole[4..7], &whole[7..])
    } else {
        whole
    }
}
