//! Classification sheets: which columns they give, and which levels.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use weir_model::{Confidence, DataType, Level};
use weir_policy::{Compiled, Source, Space, compile};

const SHEET: &str = "\
database,schema,table,column,type,level,reason,AI-safe
crm,public,customers,id,bigint,public,,yes
crm,public,customers,email,text,Confidential,contact data,no
crm,public,customers,Plan Name,text,internal,,yes
crm,old,users,email,text,internal,,
crm,public,users,email,text,restricted,,
,,,risk_score,,restricted,,
";

fn compiled(more: &str, sheet: &'static str) -> Compiled {
    let text = format!("pack: {{name: a}}\nclassification: {{sheets: [sheet.csv]{more}}}\n");
    let library = |name: &str| (name == "sheet.csv").then(|| Source::new("/somewhere/sheet.csv", sheet));
    compile(&Source::new("a.yaml", text), &library, &support::catalogue()).unwrap_or_else(|error| panic!("{error}"))
}

fn level(compiled: &Compiled, data_type: &str) -> Level {
    compiled
        .policy
        .level_of(&DataType::custom(data_type.to_owned()), Confidence::High)
}

#[test]
fn each_row_is_a_data_type_with_a_level() {
    let compiled = compiled("", SHEET);
    let columns: Vec<String> = compiled
        .sheet_columns()
        .iter()
        .map(|column| format!("{} {} {}", column.data_type, column.is_looked_for, column.place))
        .collect();
    assert_eq!(
        columns,
        [
            "column/customers.id false sheet.csv:2",
            "column/customers.email true sheet.csv:3",
            "column/customers.plan_name false sheet.csv:4",
            "column/old.users.email true sheet.csv:5",
            "column/public.users.email true sheet.csv:6",
            "column/risk_score true sheet.csv:7",
        ]
    );
    assert_eq!(level(&compiled, "column/customers.email"), Level::Confidential);
    assert_eq!(level(&compiled, "column/public.users.email"), Level::Restricted);
    assert_eq!(level(&compiled, "column/customers.plan_name"), Level::Public);
    assert_eq!(compiled.sheet_columns()[1].reason.as_deref(), Some("contact data"));
}

#[test]
fn the_pack_counts_more_than_a_sheet_for_one_type_and_less_for_many() {
    let exact = compiled(", detectors: {column/customers.email: restricted}", SHEET);
    assert_eq!(level(&exact, "column/customers.email"), Level::Restricted);
    let many = compiled(", detectors: {\"column/*\": internal}", SHEET);
    assert_eq!(level(&many, "column/customers.email"), Level::Confidential);
    assert_eq!(level(&many, "column/of.another"), Level::Internal);
}

#[test]
fn a_sheet_is_part_of_what_names_a_policy_and_its_detectors() {
    const OTHER: &str = "column,level\nrisk_score,restricted\n";
    let (one, other) = (compiled("", SHEET), compiled("", OTHER));
    assert_ne!(one.policy.bundle().digest, other.policy.bundle().digest);
    assert_ne!(one.policy.detectors(), other.policy.detectors());
}

#[test]
fn a_large_sheet_adds_one_situation_for_each_level() {
    let plain = compiled("", "column,level\nx,confidential\ny,restricted\nz,internal\n");
    let rows: String = (0..900)
        .map(|number| format!("c{number},{}\n", ["internal", "restricted", "confidential"][number % 3]))
        .collect();
    let sheet: &'static str = format!("column,level\n{rows}").leak();
    let large = compiled("", sheet);
    assert_eq!(Space::of(&[&plain.policy]).len(), Space::of(&[&large.policy]).len());
}
