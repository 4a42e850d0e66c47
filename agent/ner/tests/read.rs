//! A small model, trained by `model/make.py`, in the form of the large ones.

use weir_ner::{Labels, LoadError, Model, ModelFiles};

const FILES: ModelFiles<'static> = ModelFiles {
    graph: include_bytes!("model/model.onnx"),
    tokenizer: include_bytes!("model/tokenizer.json"),
    config: include_bytes!("model/config.json"),
};

fn load(files: ModelFiles<'_>) -> Result<Model, LoadError> {
    Model::load(files, &Labels::default())
}

fn names<'t>(model: &Model, text: &'t str) -> Vec<&'t str> {
    let reading = model.read(text);
    reading.matches.into_iter().map(|found| &text[found.span]).collect()
}

#[test]
fn names_that_no_list_has_are_found_by_what_stands_around_them() {
    let model = load(FILES).unwrap();
    assert_eq!(
        names(&model, "please call Zorvina Bulto about the invoice"),
        ["Zorvina Bulto"]
    );
    assert_eq!(names(&model, "Dear Tamodu , thank you for the letter"), ["Tamodu"]);
    assert_eq!(names(&model, "The weather in Rofena is cold today"), [""; 0]);
    assert_eq!(names(&model, ""), [""; 0]);
}

#[test]
fn a_long_text_is_read_in_windows_and_no_further_than_the_limit() {
    let model = load(FILES).unwrap();
    let line =
        "the weather in Rofena is cold today and the meeting is late . please call Zorvina Bulto about the invoice . ";
    let short = line.repeat(40);
    let reading = model.read(&short);
    assert_eq!(reading.read, short.len());
    assert_eq!(names(&model, &short), ["Zorvina Bulto"; 40]);
    let sorted = reading
        .matches
        .is_sorted_by(|one, next| one.span.end <= next.span.start);
    assert!(sorted, "matches overlap");

    let long = line.repeat(2_000);
    let reading = model.read(&long);
    assert!(
        reading.read > 8 << 10 && reading.read <= 64 << 10,
        "read {} bytes",
        reading.read
    );
    assert!(reading.matches.iter().all(|found| found.span.end <= reading.read));
}

#[test]
fn a_key_between_words_is_no_name_and_hides_none() {
    let model = load(FILES).unwrap();
    let long = "x".repeat(60);
    let text = format!(
        "please call Zorvina Bulto about the invoice . the {long} report is here . send the letter to Tamodu today ."
    );
    assert_eq!(names(&model, &text), ["Zorvina Bulto", "Tamodu"]);
}

#[test]
fn places_are_bytes_of_the_text() {
    let model = load(FILES).unwrap();
    assert_eq!(
        names(&model, "é ü 日本 please call Zorvina Bulto about the invoice"),
        ["Zorvina Bulto"]
    );
}

#[test]
fn files_that_are_wrong_are_refused_with_a_reason() {
    let reason = |files: ModelFiles<'_>| load(files).err().map(|error| error.to_string());
    let wrong = ModelFiles {
        graph: b"no graph",
        ..FILES
    };
    assert_eq!(reason(wrong).unwrap(), "model.onnx cannot be read");
    let wrong = ModelFiles {
        graph: &FILES.graph[..20_000],
        ..FILES
    };
    assert_eq!(reason(wrong).unwrap(), "model.onnx cannot be read");
    let wrong = ModelFiles {
        tokenizer: b"{}",
        ..FILES
    };
    assert_eq!(reason(wrong).unwrap(), "tokenizer.json cannot be used");
    let wrong = ModelFiles { config: b"[]", ..FILES };
    assert_eq!(reason(wrong).unwrap(), "config.json cannot be read");
    let places = br#"{"id2label": {"0": "O", "1": "B-LOC"}}"#;
    let wrong = ModelFiles {
        config: places,
        ..FILES
    };
    assert!(reason(wrong).unwrap().contains("no label that stands for a data type"));
    let fewer = br#"{"max_position_embeddings": 64, "id2label": {"0": "O", "1": "B-PER"}}"#;
    let wrong = ModelFiles { config: fewer, ..FILES };
    assert_eq!(
        reason(wrong).unwrap(),
        "model.onnx gives [1, 64, 5] numbers for a text where config.json has 2 labels"
    );
}

#[test]
fn a_vocabulary_larger_than_the_graph_is_refused() {
    let tokenizer = String::from_utf8(FILES.tokenizer.to_vec()).unwrap();
    let larger = tokenizer.replacen("\"[UNK]\":1", "\"[UNK]\":1,\"beyond\":90000", 1);
    assert_ne!(larger, tokenizer);
    let wrong = ModelFiles {
        tokenizer: larger.as_bytes(),
        ..FILES
    };
    assert!(matches!(load(wrong), Err(LoadError::Trial(_))));
}
