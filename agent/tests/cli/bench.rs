use crate::harness::{World, example};
use serde_json::{Value, json};

/// Two lines: one holds an address, the other nothing.
fn labelled() -> String {
    let text = format!("write to {}", example("personal/email"));
    let start = text.find('@').unwrap();
    let span = json!({"start": start, "end": start + 1, "type": "email", "level": "confidential"});
    let with = json!({"id": "a", "subset": "main", "text": text, "doc": "confidential", "spans": [span]});
    let without = json!({"id": "b", "subset": "main", "text": "nothing", "doc": "none", "spans": []});
    format!("{with}\n\n{without}\n")
}

#[test]
fn a_labelled_set_is_scored_without_its_texts() {
    let world = World::new();
    world.write("set.jsonl", &labelled());
    let ran = world.run(["bench", "detect", "--json", "set.jsonl"]).exits(0);
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    let all = &shown["report"]["all"];
    assert_eq!(
        (&all["found"], &all["missed"], &all["wrong"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(shown["report"]["documents"]["false_alarms"], json!({"of": 0, "all": 1}));
    assert!(shown["mb_per_second"].as_f64().unwrap() > 0.0);
    let ran = world.run(["bench", "detect", "set.jsonl"]).exits(0);
    assert!(
        ran.stdout.contains("all (micro)") && ran.stdout.contains("2 texts, "),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("write to") && !ran.stdout.contains('@'));
}

#[test]
fn a_line_that_is_wrong_is_named_by_its_place_and_not_quoted() {
    let world = World::new();
    let broken = labelled() + r#"{"id":"c","subset":"main","text":"whisper","doc":"restricted","spans":[]}"#;
    world.write("set.jsonl", &broken);
    let ran = world.run(["bench", "detect", "set.jsonl"]).exits(3);
    assert!(ran.stderr.contains("set.jsonl:4:0: `doc` is not"), "{}", ran.stderr);
    world.write("set.jsonl", r#"{"id":"c","text":whisper"#);
    let ran = world.run(["bench", "detect", "set.jsonl"]).exits(3);
    assert!(ran.stderr.contains("set.jsonl:1:18: expected {"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("whisper"));
    let ran = world.run(["bench", "detect", "nowhere.jsonl"]).exits(3);
    assert!(ran.stderr.contains("cannot read `nowhere.jsonl`"));
}
