//! Codes of diagnoses, where a text speaks of a patient: on their own they are statistics, and in code they are anything.

use super::labelled::value_start;
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, UPPER, is, run_end};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::stands_alone;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Diagnoses;

static ICD10: Info = Info::new(
    "medical/icd10",
    "Diagnosis of a patient",
    Category::Medical,
    Standing::Contextual,
)
.from("any", "ICD-10, beside its name in a text about a patient")
.found_in(&[
    "Patient: Ada Weir, DOB 03.06.1973\nDiagnosis: E11.9",
    "MRN: 4829137, ICD-10: F32.1, follow-up in May",
    "Patientin Ada Weir, Diagnose: M54.5",
    "{\"patient\": \"Ada Weir\", \"icd10\": \"C50.9\"}",
    "Le patient est suivi, diagnostic : I10.0",
    "Paciente: Ada Weir. Diagnóstico: J45.0",
])
.not_in(&[
    "Diagnosis: E11.9",
    "the patient was seen, no diagnosis yet",
    "error[E0425]: diagnosis of the compiler, patient as ever",
    "patient zero of the outage; diagnosis: v1.2",
    "patient, icd-10 chapter IX is about the heart",
    "the codes E11.9 and F32.1 are frequent in patients",
]);

const WORDS: &[&str] = &[
    "diagnosis",
    "diagnoses",
    "diagnose",
    "diagnosen",
    "diagnostic",
    "diagnóstico",
    "diagnosi",
    "diagnoza",
    "rozpoznanie",
    "icd-10",
    "icd10",
    "icd_10",
    "icd code",
    "icd_code",
    "диагноз",
    "诊断",
    "診断",
    "진단",
];
const PATIENT: &[&str] = &[
    "patient",
    "mrn",
    "nhs",
    "dob",
    "paciente",
    "paziente",
    "patiënt",
    "pacjent",
    "пациент",
    "患者",
    "환자",
    "病人",
    "hasta",
];

impl Family for Diagnoses {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&ICD10]
    }

    fn words(&self) -> Vec<Word> {
        WORDS.iter().map(|text| Word::any_case(text)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if is(page.byte(hit.end), ALNUM) {
            return;
        }
        let Some(start) = value_start(page, hit.end) else {
            return;
        };
        if let Some(end) = code_end(page, start).filter(|_| speaks_of_patient(page, start)) {
            out.add(&ICD10, start..end, Confidence::Medium);
        }
    }
}

/// A letter, two characters, a dot and one to four more: `E11.9`.
fn code_end(page: &Page<'_>, start: usize) -> Option<usize> {
    let dot = start + 3;
    let end = run_end(page.bytes, dot + 1, ALNUM, 5);
    let category = is(page.byte(start), UPPER) && is(page.byte(start + 1), DIGIT) && is(page.byte(start + 2), DIGIT);
    let built =
        category && page.byte(dot) == b'.' && (1..=4).contains(&(end - dot - 1)) && is(page.byte(dot + 1), DIGIT);
    (built && stands_alone(page.bytes, start, end)).then_some(end)
}

pub(super) fn speaks_of_patient(page: &Page<'_>, at: usize) -> bool {
    const REACH: usize = 240;
    let around = page.slice(at.saturating_sub(REACH)..at + REACH).to_ascii_lowercase();
    PATIENT
        .iter()
        .any(|word| memchr::memmem::find(&around, word.as_bytes()).is_some())
}
