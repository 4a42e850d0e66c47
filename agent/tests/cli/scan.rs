use crate::harness::{World, example};
use serde_json::json;
use serde_sarif::sarif::Sarif;
use std::path::Path;

const KEY: &str = "security/aws_access_key_id";

#[test]
fn a_secret_is_named_and_placed_and_not_shown() {
    let world = World::new();
    let key = key();
    world.write("notes.txt", &format!("first line\nü key: {key}\n"));
    let ran = world.run(["scan", "notes.txt"]).exits(1);
    assert!(
        ran.stdout.starts_with(&format!("notes.txt:2:8: {KEY}  restricted, ")),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains(&key) && !ran.stderr.contains(&key));
    assert!(!ran.stdout.contains(&key[2..key.len() - 2]) && !ran.stdout.contains(&key[..3]));
    assert_eq!(ran.stderr, "one finding in one text\n");
}

#[test]
fn an_explanation_says_what_spoke_for_it_and_holds_no_value() {
    let world = World::new();
    let key = key();
    world.write("notes.txt", &format!("key: {key}\n"));
    let ran = world.run(["scan", "--explain", "notes.txt"]).exits(1);
    let why = ran.stdout.lines().nth(1).unwrap_or_default();
    assert!(
        why.starts_with("    known by ") && why.contains("a label before it"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains(&key));
    let [line] = <[_; 1]>::try_from(world.run(["scan", "--explain", "--json", "notes.txt"]).json_lines()).unwrap();
    assert!(line["why"].as_str().is_some_and(|said| why.ends_with(said)), "{line}");
    let [plain] = <[_; 1]>::try_from(world.run(["scan", "--json", "notes.txt"]).json_lines()).unwrap();
    assert!(plain.get("why").is_none());
    world.run(["scan", "--explain", "--sarif", "notes.txt"]).exits(2);
}

#[test]
fn a_pack_may_bring_a_model_for_names() {
    let world = World::new();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("ner/tests/model");
    for name in ["model.onnx", "tokenizer.json", "config.json"] {
        let bytes = std::fs::read(model.join(name)).unwrap();
        let path = world.write(&format!("names/{name}"), "");
        std::fs::write(path, bytes).unwrap();
    }
    let pack = "pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}\n";
    world.write("plain.yaml", pack);
    world.write(
        "acme.yaml",
        &format!("{pack}classification: {{name_model: {{directory: names}}}}\n"),
    );
    let text = "please call Zorvina Bulto about the invoice";
    world.pipe(["scan", "--policy", "plain.yaml"], text).exits(0);
    let ran = world.pipe(["scan", "--policy", "acme.yaml"], text).exits(1);
    assert!(ran.stdout.contains(":1:13: personal/person_name"), "{}", ran.stdout);

    world.bundle().exits(0);
    let shown = world
        .run(["policy", "inspect", "1.weirbundle", "--json"])
        .exits(0)
        .json();
    let files = ["names/config.json", "names/model.onnx", "names/tokenizer.json"];
    assert_eq!(shown["files"], serde_json::json!(files));
    std::fs::rename(world.path("names"), world.path("elsewhere")).unwrap();
    world.verify().exits(0);
    std::fs::rename(world.path("elsewhere"), world.path("names")).unwrap();

    world.write(
        "wrong.yaml",
        &format!("{pack}classification: {{name_model: {{directory: ../names}}}}\n"),
    );
    let ran = world.run(["policy", "check", "wrong.yaml"]).exits(1);
    assert!(ran.stdout.contains("lies beside the pack"), "{}", ran.stdout);
    world.write("names/config.json", "{}");
    let ran = world.pipe(["scan", "--policy", "acme.yaml"], text).exits(3);
    assert!(ran.stderr.contains("config.json cannot be read"), "{}", ran.stderr);
}

#[test]
fn harmless_text_is_clean() {
    let world = World::new();
    let ran = world
        .pipe(["scan"], "The meeting is at ten. Bring the 2024 report, page 42.\n")
        .exits(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("", "nothing found in one text\n")
    );
}

#[test]
fn the_bar_of_failing_can_be_raised() {
    let world = World::new();
    let text = "Please write to grace.hopper@navy-yard.net today.";
    assert!(world.pipe(["scan"], text).exits(1).stdout.contains("personal/email"));
    world.pipe(["scan", "--fail-on", "confidential"], text).exits(1);
    world.pipe(["scan", "--fail-on", "restricted"], text).exits(0);
}

#[test]
fn redacting_changes_the_value_and_nothing_else() {
    let world = World::new();
    let key = key();
    let ran = world
        .pipe(["scan", "--redact"], &format!("\tü key: {key}\r\nend"))
        .exits(1);
    assert_eq!(ran.stdout, "\tü key: [REDACTED:AWS_ACCESS_KEY_ID]\r\nend");
    world.pipe(["scan", "--redact"], &ran.stdout).exits(0);
    world.run(["scan", "--redact", "a", "b"]).exits(2);
}

#[test]
fn json_places_are_bytes_of_the_text() {
    let world = World::new();
    let text = format!("ü key: {}\n", key());
    let ran = world.pipe(["scan", "--json"], &text).exits(1);
    let found = &ran.json_lines()[0];
    let number = |name: &str| usize::try_from(found[name].as_u64().unwrap()).unwrap();
    assert_eq!(&text[number("start")..number("end")], key());
    assert_eq!((number("line"), number("column")), (1, 8));
    assert_eq!((&found["type"], &found["level"]), (&json!(KEY), &json!("restricted")));
}

#[test]
fn sarif_is_valid_and_holds_no_text() {
    let world = World::new();
    world.write("a dir/notes.txt", &format!("key: {}\n", key()));
    let ran = world.run(["scan", "--sarif", "a dir"]).exits(1);
    let report: Sarif = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report.version, "2.1.0");
    let run = &report.runs[0];
    let result = &run.results.as_ref().unwrap()[0];
    let index = usize::try_from(result.rule_index.unwrap()).unwrap();
    let rules = run.tool.driver.rules.as_ref().unwrap();
    assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
    let place = result.locations.as_ref().unwrap()[0]
        .physical_location
        .as_ref()
        .unwrap();
    assert_eq!(
        place.artifact_location.as_ref().unwrap().uri.as_deref(),
        Some("a%20dir/notes.txt")
    );
    let region = place.region.as_ref().unwrap();
    assert_eq!((region.start_line, region.start_column), (Some(1), Some(6)));
    assert!(region.snippet.is_none() && !ran.stdout.contains(&key()[2..10]));
    let empty: Sarif = serde_json::from_str(&world.pipe(["scan", "--sarif"], "nothing").exits(0).stdout).unwrap();
    assert_eq!(
        empty.runs[0].results.as_ref().map(Vec::len),
        Some(0),
        "tools expect an empty list, not none"
    );
}

#[test]
fn lines_come_back_in_order_with_their_ids_and_places() {
    let world = World::new();
    let text = format!("ü key: {}", key());
    let lines = format!(
        "{}\n\n{}\n",
        json!({ "id": "a", "text": text, "spans": [] }),
        json!({ "id": 7, "text": "nothing" })
    );
    let ran = world.pipe(["scan", "--findings-jsonl", "-"], &lines).exits(1);
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 2);
    let finding = &answers[0]["findings"][0];
    assert_eq!(finding["type"], "aws_access_key_id");
    assert_eq!(
        (finding["start"].as_u64(), finding["end"].as_u64()),
        (Some(8), Some(text.len() as u64))
    );
    assert!((0.0..=1.0).contains(&finding["score"].as_f64().unwrap()));
    assert_eq!(answers[1], json!({ "id": 7, "findings": [] }));
    let same = world.write("lines.jsonl", &lines);
    assert_eq!(
        world
            .command(["scan", "--findings-jsonl"])
            .arg(same)
            .output()
            .unwrap()
            .stdout,
        ran.stdout.as_bytes()
    );
}

#[test]
fn lines_hold_what_counts_and_guesses_only_when_asked() {
    let world = World::new();
    let text = "the list ends with 8797 0168 7731 today";
    let line = json!({ "id": 1, "text": text }).to_string();
    let guesses = world.pipe(["scan", "--all", "--json"], text).json_lines();
    assert!(
        guesses.iter().any(|found| found["level"] == "public"),
        "this text must hold a guess: {guesses:?}"
    );
    let answers = world.pipe(["scan", "--findings-jsonl"], &line).exits(0).json_lines();
    assert_eq!(answers[0]["findings"], json!([]));
    let answers = world.pipe(["scan", "--findings-jsonl", "--all"], &line).json_lines();
    assert_eq!(answers[0]["findings"].as_array().unwrap().len(), guesses.len());
}

#[test]
fn a_line_that_cannot_be_read_is_named_without_its_text() {
    let world = World::new();
    let ran = world
        .pipe(
            ["scan", "--findings-jsonl"],
            &json!({ "id": 1, "text": { "deep": key() } }).to_string(),
        )
        .exits(3);
    assert!(
        ran.stderr.contains("-:1:") && !ran.stderr.contains(&key()),
        "{}",
        ran.stderr
    );
}

#[test]
fn documents_are_read_and_findings_have_places_instead_of_lines() {
    let world = World::new();
    golden(&world, "python-docx.docx", "plan.docx");
    // The name lies: the bytes say OpenDocument.
    golden(&world, "libreoffice.odt", "plan.txt");
    let ran = world.run(["scan", "plan.docx", "plan.txt"]).exits(1);
    assert!(
        ran.stdout.contains("plan.docx: comments: personal/phone"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("plan.txt: document aside: personal/phone"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.ends_with("in 2 texts\n"), "{}", ran.stderr);

    let ran = world.run(["scan", "--json", "plan.docx"]).exits(1);
    let found = ran.json_lines();
    let phone = found.iter().find(|found| found["type"] == "personal/phone").unwrap();
    assert_eq!(phone["place"], json!("comments"));
    assert!(found.iter().all(|found| found.get("line").is_none()));

    let sarif: Sarif = serde_json::from_str(&world.run(["scan", "--sarif", "plan.docx"]).exits(1).stdout).unwrap();
    let results = sarif.runs[0].results.as_ref().unwrap();
    assert!(results.iter().any(|result| {
        let physical = result
            .locations
            .as_ref()
            .and_then(|all| all[0].physical_location.as_ref());
        let message = result.message.text.as_deref().unwrap_or_default();
        message.ends_with("(comments)") && physical.is_some_and(|physical| physical.region.is_none())
    }));
    world.run(["scan", "--redact", "plan.docx"]).exits(2);
}

#[test]
fn a_file_that_cannot_be_read_is_never_passed_over_in_silence() {
    let world = World::new();
    golden(&world, "user-password.pdf", "locked.pdf");
    world.write("notes.txt", &key());
    let ran = world.run(["scan", "locked.pdf", "notes.txt"]).exits(3);
    assert!(ran.stderr.contains("cannot read `locked.pdf`: encrypted") && ran.stdout.contains(KEY));
}

fn golden(world: &World, name: &str, to: &str) {
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/files");
    std::fs::copy(Path::new(from).join(name), world.path(to)).unwrap();
}

#[test]
fn a_missing_file_is_told_and_the_others_are_still_read() {
    let world = World::new();
    world.write("notes.txt", &key());
    let ran = world.run(["scan", "nowhere.txt", "notes.txt"]).exits(3);
    assert!(ran.stderr.contains("cannot read `nowhere.txt`") && ran.stdout.contains(KEY));
}

#[test]
fn directories_are_walked_without_hidden_files_links_and_binaries() {
    let world = World::new();
    for name in ["tree/a.txt", "tree/deep/b.txt", "tree/.git/c.txt"] {
        world.write(name, &key());
    }
    world.write("tree/binary", &format!("\0{}", key()));
    #[cfg(unix)]
    std::os::unix::fs::symlink(world.path("tree"), world.path("tree/deep/round")).unwrap();
    let ran = world.run(["scan", "tree", "--json"]).exits(1);
    let files: Vec<_> = ran
        .json_lines()
        .iter()
        .map(|found| found["file"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, ["tree/a.txt", "tree/deep/b.txt"]);
    assert!(ran.stderr.contains("tree/binary"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let world = World::new();
    world.write("many.txt", &format!("{}\n", key()).repeat(20_000));
    let mut child = world
        .command(["scan", "many.txt"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A key alone, cut out of the registry's example by the detector itself.
fn key() -> String {
    let text = example(KEY);
    let found = weir_detect::Scanner::builtin().scan(text);
    let found = found.iter().find(|found| found.data_type.as_str() == KEY).unwrap();
    text[found.span.clone()].to_owned()
}
