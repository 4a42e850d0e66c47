//! Columns of classification sheets in pasted tables, statements and objects.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use weir_detect::{Columns, Recogniser};
use weir_model::{Confidence, DataType, SheetColumn};

fn column(table: Option<&str>, name: &str, is_looked_for: bool) -> SheetColumn {
    let data_type = match table {
        Some(table) => format!("column/{table}.{name}"),
        None => format!("column/{name}"),
    };
    SheetColumn {
        data_type: DataType::custom(data_type),
        table: table.map(str::to_owned),
        column: name.to_owned(),
        is_looked_for,
        place: "sheet.csv:2".to_owned(),
        reason: Some("contact data".to_owned()),
    }
}

fn columns() -> Columns {
    Columns::new(vec![
        column(Some("customers"), "id", false),
        column(Some("customers"), "email", true),
        column(Some("customers"), "plan_name", true),
        column(Some("orders"), "id", false),
        column(Some("orders"), "note", true),
        column(Some("orders"), "email", true),
        column(None, "risk_score", true),
    ])
    .unwrap()
}

/// What is found with at least medium confidence: `type=value`.
fn sure(text: &str) -> Vec<String> {
    let mut found = columns().recognise(text);
    found.sort_by_key(|found| found.span.start);
    let sure = found.into_iter().filter(|found| found.confidence > Confidence::Low);
    sure.map(|found| format!("{}={}", found.data_type.name(), &text[found.span]))
        .collect()
}

#[test]
fn values_under_a_column_are_found_in_every_kind_of_table() {
    let both = ["customers.email=a@b.example", "customers.plan_name=gold"];
    for text in [
        "id,email,plan_name\n7,a@b.example,gold\n",
        "id\temail\tplan name\n7\ta@b.example\tgold\n",
        "id;Email;PLAN_NAME\r\n7;\"a@b.example\";gold\r\n",
        "| id | email | planName |\n|----|-------|------|\n| 7 | a@b.example | gold |\n",
        " id | email       | plan_name\n----+-------------+-----------\n  7 | a@b.example | gold\n(1 row)\n",
        "+----+-------------+-----------+\n| id | email       | plan_name |\n+----+-------------+-----------+\n|  7 | a@b.example | gold      |\n+----+-------------+-----------+\n",
        "INSERT INTO crm.customers (id, email, plan_name) VALUES (7, 'a@b.example', 'gold');",
        "insert into \"customers\"(\"email\",\"plan_name\") values ('a@b.example','gold')",
        "{\"customers\": [{\"id\": 7, \"email\": \"a@b.example\", \"plan_name\": \"gold\"}]}",
        "[{\"id\": 7, \"email\": \"a@b.example\", \"planName\": \"gold\"}]",
        "<table><tr><th>id</th><th>email</th><th>plan_name</th></tr><tr><td>7</td><td>a@b.example</td><td>gold</td></tr></table>",
    ] {
        assert_eq!(sure(text), both, "{text}");
    }
}

#[test]
fn the_table_may_be_named_by_the_heading_and_by_the_words_before() {
    for text in [
        "customers.email,x,y,z,u\na@b.example,1,2,3,4\n",
        "customers_email,x,y,z,u\na@b.example,1,2,3,4\n",
        "SELECT email, x, y, z, u FROM customers;\nemail,x,y,z,u\na@b.example,1,2,3,4\n",
        "## customers\n\n| email | x | y | z | u |\n|---|---|---|---|---|\n| a@b.example | 1 | 2 | 3 | 4 |\n",
        "{\"customers\": {\"7\": {\"email\": \"a@b.example\", \"x\": 1, \"y\": 2, \"z\": 3}}}",
    ] {
        assert_eq!(sure(text), ["customers.email=a@b.example"], "{text}");
    }
}

#[test]
fn a_column_of_another_table_or_of_an_unknown_one_is_left_alone() {
    for text in [
        "email,x,y,z,u\na@b.example,1,2,3,4\n",
        "INSERT INTO suppliers (email, x, y, z) VALUES ('a@b.example', 1, 2, 3)",
        "{\"email\": \"a@b.example\", \"x\": 1, \"y\": 2, \"z\": 3}",
        "write to the email of the customers, plan_name gold",
        "id,total\n7,12\n",
        "customers.id,x\n7,1\n",
    ] {
        assert_eq!(sure(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(sure("orders.email,x\na@b.example,1\n"), ["orders.email=a@b.example"]);
}

#[test]
fn a_column_of_any_table_needs_no_table() {
    assert_eq!(sure("x,risk_score\n1,77\n2,NULL\n3,\n"), ["risk_score=77"]);
    assert_eq!(sure("{\"riskScore\": 0.4}"), ["risk_score=0.4"]);
}

#[test]
fn every_row_is_read_and_what_is_doubtful_is_told_a_few_times() {
    let rows: String = (0..5000)
        .map(|number| format!("u{number}@b.example,1,2,3,4\n"))
        .collect();
    let named = format!("customers:\nemail,x,y,z,u\n{rows}");
    assert_eq!(sure(&named).len(), 5000);
    let doubtful = columns().recognise(&format!("email,x,y,z,u\n{rows}"));
    assert!(!doubtful.is_empty() && doubtful.len() <= 32, "{}", doubtful.len());
    assert!(doubtful.iter().all(|found| found.confidence == Confidence::Low));
}

#[test]
fn an_explanation_names_the_row_of_the_sheet_and_its_reason() {
    let why = columns().why(&DataType::builtin("column/customers.email")).unwrap();
    assert_eq!(why, "column `email` of `customers`, sheet.csv:2: contact data");
    assert_eq!(columns().why(&DataType::builtin("personal/email")), None);
}

#[test]
fn sheets_with_nothing_to_look_for_make_no_detector() {
    assert!(Columns::new(vec![column(None, "id", false)]).is_none());
    assert!(Columns::new(Vec::new()).is_none());
}

proptest::proptest! {
    #[test]
    fn spans_lie_on_characters(text in "(email|id|customers|[,|\t;\"'{}\\[\\]:ä\n 1]|<th>|<tr>|values|insert into t\\(){0,60}") {
        for found in columns().recognise(&text) {
            proptest::prop_assert!(text.get(found.span).is_some_and(|value| !value.is_empty()));
        }
    }
}
