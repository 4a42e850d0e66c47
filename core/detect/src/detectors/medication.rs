//! Medicines with their dose, where a text speaks of a patient: on their own they are pharmacology.

use super::diagnoses::speaks_of_patient;
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, is, run_end};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::skip_blanks;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Medication;

static MEDICATION: Info = Info::new(
    "medical/medication",
    "Medicine of a patient",
    Category::Medical,
    Standing::Contextual,
)
.from(
    "any",
    "international non-proprietary names (WHO) that are prescribed most, with a dose, in a text about a patient",
)
.found_in(&[
    "Patient: Ada Weir, DOB 03.06.1973\nMedication: metformin 850 mg twice daily",
    "MRN: 4829137, started on sertraline 50mg",
    "Patientin Ada Weir erhält Ramipril 5 mg",
    "Le patient prend de l'amoxicilline 1 g par jour",
    "{\"patient\": \"Ada Weir\", \"rx\": \"Atorvastatin 20 mg\"}",
])
.not_in(&[
    "metformin 850 mg is a common dose",
    "the patient asks about metformin",
    "patient, insulin resistance index 4.2",
    "patient of the month: 50 mg of gold",
    "sertraline in 50 patients",
]);

#[rustfmt::skip]
const NAMES: [&str; 48] = [
    "metformin", "sertraline", "sertralin", "ramipril", "amoxicillin", "atorvastatin", "simvastatin", "lisinopril",
    "levothyrox", "amlodipin", "metoprolol", "bisoprolol", "omeprazol", "pantoprazol", "losartan", "furosemid",
    "gabapentin", "pregabalin", "citalopram", "escitalopram", "fluoxetin", "venlafaxin", "duloxetin", "quetiapin",
    "olanzapin", "risperidon", "lorazepam", "diazepam", "zolpidem", "tramadol", "oxycodon", "morphin", "fentanyl",
    "ibuprofen", "paracetamol", "warfarin", "apixaban", "rivaroxaban", "clopidogrel", "prednison", "dexamethason",
    "salbutamol", "albuterol", "insulin", "methotrexat", "tamoxifen", "lithium", "azithromycin",
];

impl Family for Medication {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&MEDICATION]
    }

    fn words(&self) -> Vec<Word> {
        NAMES.into_iter().map(Word::any_case).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        // Names end differently from language to language: `amoxicilline`, `sertralina`.
        let name = run_end(page.bytes, hit.end, LETTER | HIGH, 4);
        if let Some(end) = dose_end(page, name).filter(|_| speaks_of_patient(page, hit.start)) {
            out.add(&MEDICATION, hit.start..end, Confidence::Medium);
        }
    }
}

/// A number and its unit: `850 mg`, `0.5mg`, `1 g`.
fn dose_end(page: &Page<'_>, from: usize) -> Option<usize> {
    const UNITS: [&str; 9] = ["mg", "mcg", "µg", "g", "ml", "IU", "IE", "UI", "units"];
    let start = skip_blanks(page.bytes, from);
    let mut end = run_end(page.bytes, start, DIGIT, 5);
    if matches!(page.byte(end), b'.' | b',') {
        end = run_end(page.bytes, end + 1, DIGIT, 3);
    }
    let unit = skip_blanks(page.bytes, end);
    let known = UNITS.iter().find(|known| page.has(unit, known))?;
    let end_of_unit = unit + known.len();
    (start > from && end > start && !is(page.byte(end_of_unit), ALNUM)).then_some(end_of_unit)
}
