//! Proofs of single records, made by the programs and verified by two verifiers that share no code; and a server that takes
//! back what it acknowledged, which its devices find.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use weir_e2e::fleet::{ADDRESS, ask, enrol, path, quick_ai, server, until, weir};
use weir_support::agent::{self, Agent, Launch};
use weir_support::{FakeAi, Folder, Server};

struct Scene {
    fake: FakeAi,
    server: Server,
    dir: PathBuf,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl Scene {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let server = server(&folder, &[]);
        let dir = folder.path().join("laptop");
        enrol(&server, &server.url(), &dir, "staff");
        Self {
            fake,
            server,
            dir,
            folder,
        }
    }

    fn agent(&self) -> Agent {
        let launch = Launch {
            pack: None,
            log: "weir_sync=debug,info".to_owned(),
            ..Launch::in_front_of(&self.fake, &self.dir)
        };
        launch.start().unwrap_or_else(|error| panic!("{error}"))
    }

    fn key(&self) -> String {
        let key = self.server.ask(&["log", "key"]).unwrap();
        key[0]["key"].as_str().unwrap().to_owned()
    }

    /// A command of `weir` on the laptop.
    fn run(&self, arguments: &[&str]) -> Output {
        agent::run(&agent::binary().unwrap(), &self.dir.join("state"), arguments).unwrap()
    }

    /// The newest decisions, once the server has acknowledged them, each with its proof.
    fn proofs(&self, agent: &Agent) -> Vec<Value> {
        let events = agent.records().unwrap();
        let ids = events.iter().map(|event| event["id"].as_str().unwrap().to_owned());
        ids.map(|event| {
            let out = path(self.folder.path(), "proof.json");
            until("the record is acknowledged", || {
                self.run(&["audit", "prove", &event, "--out", &out]).status.success()
            });
            serde_json::from_slice(&fs::read(&out).unwrap()).unwrap()
        })
        .collect()
    }

    /// What both verifiers say of a proof; they say the same.
    fn verdict(&self, text: &[u8], key: &str) -> (bool, Value) {
        self.verdict_of(text, key, &[])
    }

    /// The same, of one that these witnesses must have cosigned.
    fn verdict_of(&self, text: &[u8], key: &str, witnesses: &[&str]) -> (bool, Value) {
        let file = path(self.folder.path(), "handed-over.json");
        fs::write(&file, text).unwrap();
        // A machine that knows nothing of the server.
        let stranger = self.folder.path().join("stranger");
        let named: Vec<&str> = witnesses.iter().flat_map(|witness| ["--witness", *witness]).collect();
        let arguments = ["audit", "verify", "--proof", &file, "--server-key", key, "--json"];
        let arguments = [&arguments[..], &named].concat();
        let ours = agent::run(&agent::binary().unwrap(), &stranger, &arguments).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify-proof.py");
        let theirs = Command::new("python3")
            .arg(script)
            .args([&file, "--key", key, "--json"])
            .args(&named)
            .output()
            .unwrap();
        let [ours, theirs] = [ours, theirs].map(|output| {
            let said: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
            (output.status.code().unwrap(), said)
        });
        assert_eq!(ours.0, theirs.0, "{ours:?} {theirs:?}");
        let proved = ours.0 == 0;
        assert_eq!(
            (&ours.1["proved"], &theirs.1["proved"]),
            (&json!(proved), &json!(proved))
        );
        if proved {
            assert_eq!(ours.1, theirs.1);
        }
        (proved, ours.1)
    }
}

#[test]
fn an_event_is_proved_to_who_has_no_part_in_it_and_no_other_proof_is_taken() {
    let scene = Scene::new("proof");
    let agent = scene.agent();
    for _ in 0..3 {
        assert_eq!(ask(&agent), 403);
    }
    let key = scene.key();
    let proofs = scene.proofs(&agent);
    assert!(proofs.len() >= 3);
    for proof in &proofs {
        let text = serde_json::to_vec(proof).unwrap();
        let (proved, said) = scene.verdict(&text, &key);
        assert!(proved, "{said}");
        assert_eq!((&said["event"], &said["kind"]), (&proof["event"], &json!("decision")));
        assert!(!String::from_utf8(text).unwrap().contains(ADDRESS));
    }
    // On the laptop the key need not be named.
    let out = path(scene.folder.path(), "proof.json");
    weir(&scene.dir, &["audit", "verify", "--proof", &out]);

    let mutations = mutations(&proofs);
    assert!(mutations.len() >= 20);
    for (what, mutated) in mutations {
        let (proved, said) = scene.verdict(&mutated, &key);
        assert!(!proved, "{what}: {said}");
    }
    // Another server's key, and a mistyped one.
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden/proof");
    let other = fs::read_to_string(golden.join("key")).unwrap();
    let sound = serde_json::to_vec(&proofs[0]).unwrap();
    assert!(!scene.verdict(&sound, &other).0);
    assert!(scene.verdict(&fs::read(golden.join("event.json")).unwrap(), &other).0);
    let unknown = scene.run(&["audit", "prove", "019a3c5e-7f10-7a42-9d5b-6c2f0e1a8b77"]);
    assert_eq!(unknown.status.code(), Some(3));
    let whole = scene.server.ask(&["log", "verify"]).unwrap();
    assert!(whole[0]["size"].as_u64().unwrap() > 0);
}

type Change = fn(&mut Value, &Value);

/// A hex digit that is another one.
fn flip(text: &mut Value, place: usize) {
    let mut changed = text.as_str().unwrap().to_owned();
    let with = if &changed[place..=place] == "0" { "1" } else { "0" };
    changed.replace_range(place..=place, with);
    *text = json!(changed);
}

/// Everything somebody could change about a proof, with what else they have in hand: other proofs of the same laptop.
fn mutations(proofs: &[Value]) -> Vec<(&'static str, Vec<u8>)> {
    let changes: [(&'static str, Change); 22] = [
        ("another event", |proof, other| proof["event"] = other["event"].clone()),
        ("another format", |proof, _| {
            proof["format"] = json!("weir event proof 0");
        }),
        ("another head before", |proof, _| flip(&mut proof["before"], 0)),
        ("the time of the record", |proof, _| {
            flip(&mut proof["records"][0]["header"], 48);
        }),
        ("the kind of the record", |proof, _| {
            flip(&mut proof["records"][0]["header"], 13);
        }),
        ("the number of the record", |proof, _| {
            flip(&mut proof["records"][0]["header"], 33);
        }),
        ("the content of the record", |proof, _| {
            flip(&mut proof["records"][0]["digest"], 63);
        }),
        ("the record of another event", |proof, other| {
            proof["records"][0] = other["records"][0].clone();
        }),
        ("a record twice", |proof, _| {
            let first = proof["records"][0].clone();
            proof["records"].as_array_mut().unwrap().insert(0, first);
        }),
        ("no record", |proof, _| proof["records"] = json!([])),
        ("the last record gone", |proof, _| {
            proof["records"].as_array_mut().unwrap().pop();
        }),
        ("another device", |proof, _| flip(&mut proof["receipt"]["device"], 0)),
        ("another timeline", |proof, _| proof["receipt"]["timeline"] = json!(2)),
        ("acknowledged further", |proof, _| {
            let seq = proof["receipt"]["seq"].as_u64().unwrap();
            proof["receipt"]["seq"] = json!(seq + 1);
        }),
        ("acknowledged earlier", |proof, _| {
            let time = proof["receipt"]["time"].as_i64().unwrap();
            proof["receipt"]["time"] = json!(time - 1);
        }),
        ("another head acknowledged", |proof, _| {
            flip(&mut proof["receipt"]["head"], 5);
        }),
        ("no signature", |proof, _| proof["receipt"]["signature"] = json!("")),
        ("another entry", |proof, _| {
            let leaf = proof["receipt"]["leaf"].as_u64().unwrap();
            proof["receipt"]["leaf"] = json!(leaf ^ 1);
        }),
        ("a larger log", |proof, _| {
            let note = proof["receipt"]["checkpoint"].as_str().unwrap().to_owned();
            let size = note.lines().nth(1).unwrap();
            let larger = format!("{size}0");
            proof["receipt"]["checkpoint"] = json!(note.replacen(&format!("\n{size}\n"), &format!("\n{larger}\n"), 1));
        }),
        ("the checkpoint of nobody", |proof, _| {
            let note = proof["receipt"]["checkpoint"].as_str().unwrap().to_owned();
            proof["receipt"]["checkpoint"] = json!(note.split("\u{2014}").next().unwrap());
        }),
        ("a hash more", |proof, _| {
            proof["inclusion"]["hashes"]
                .as_array_mut()
                .unwrap()
                .push(json!("00".repeat(32)));
        }),
        ("a part gone", |proof, _| {
            proof.as_object_mut().unwrap().remove("inclusion");
        }),
    ];
    let mut mutated: Vec<_> = changes
        .into_iter()
        .map(|(what, change)| {
            let mut proof = proofs[0].clone();
            change(&mut proof, &proofs[1]);
            (what, serde_json::to_vec(&proof).unwrap())
        })
        .collect();
    let text = serde_json::to_string(&proofs[0]).unwrap();
    mutated.push(("cut", text.as_bytes()[..text.len() - 2].to_vec()));
    mutated.push((
        "an event told twice",
        text.replacen('{', "{\"event\":\"x\",", 1).into_bytes(),
    ));
    mutated.push(("nothing", Vec::new()));
    mutated.push(("not a proof", b"[1, 2, {}]".to_vec()));
    mutated
}

#[test]
fn a_server_that_takes_back_what_it_acknowledged_is_found() {
    let mut scene = Scene::new("split-view");
    let agent = scene.agent();
    assert_eq!(ask(&agent), 403);
    let seen = |scene: &Scene| fs::read_to_string(scene.dir.join("state/fleet/log.checkpoint")).ok();
    until("the first checkpoint is kept", || seen(&scene).is_some());
    scene.server.kill().unwrap();
    let kept = scene.folder.path().join("kept");
    copy_database(scene.server.home(), &kept);
    scene.server.up().unwrap();
    // The agent is started again, so that it asks for a proof at once and knows the log as it is now.
    let first = seen(&scene);
    agent.kill().unwrap();
    let agent = scene.agent();
    assert_eq!(ask(&agent), 403);
    until("the log has grown", || seen(&scene) != first);

    scene.server.kill().unwrap();
    copy_database(&kept, scene.server.home());
    // It asks for a cosignature of what it has now.
    change_database(scene.server.home(), "DELETE FROM log_rounds; DELETE FROM cosignatures");
    scene.server.up().unwrap();
    assert_eq!(ask(&agent), 403, "the laptop goes on working");
    // Its log may have grown past the one that was known, by entries of its own: only a proof tells then.
    agent.kill().unwrap();
    let agent = scene.agent();
    assert_eq!(ask(&agent), 403);
    let evidence = scene.dir.join("state/fleet/log.split");
    until("there is evidence", || evidence.exists());
    let evidence: Value = serde_json::from_slice(&fs::read(evidence).unwrap()).unwrap();
    assert_ne!(evidence["known"], evidence["offered"]);
    let status = scene.run(&["status"]);
    assert_eq!(status.status.code(), Some(1));
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("fleet.split-view"), "{status}");
    until("people at the server are told", || {
        let alerts = scene.server.ask(&["alert", "list", "--rule", "log-split"]);
        alerts.is_ok_and(|alerts| alerts.len() == 1)
    });
    // Nor does it cosign from now on, however often it starts.
    agent.kill().unwrap();
    let agent = scene.agent();
    assert_eq!(ask(&agent), 403);
    scene.proofs(&agent);
    let cosigned = scene.server.ask(&["log", "cosigned"]).unwrap_err();
    assert!(cosigned.to_string().contains("no laptop has cosigned"), "{cosigned}");
}

/// As somebody does who has the server's disk.
fn change_database(home: &Path, statements: &str) {
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    let changed = Command::new("python3")
        .args(["-c", script])
        .arg(home.join("weir.db"))
        .arg(statements)
        .status();
    assert!(changed.unwrap().success());
}

#[test]
fn laptops_cosign_and_who_believes_one_of_them_needs_not_believe_the_server() {
    let scene = Scene::new("cosigned");
    let other = scene.folder.path().join("other");
    enrol(&scene.server, &scene.server.url(), &other, "staff");
    let agent = scene.agent();
    assert_eq!(ask(&agent), 403);
    let witnesses = |count: usize| {
        until("laptops cosign", || {
            let known = scene.server.ask(&["log", "witnesses"]);
            known.is_ok_and(|known| known.len() == count)
        });
        scene.server.ask(&["log", "witnesses"]).unwrap()
    };
    witnesses(1);
    let launch = Launch {
        pack: None,
        log: "weir_sync=debug,info".to_owned(),
        ..Launch::in_front_of(&scene.fake, &other)
    };
    let second = launch.start().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ask(&second), 403);
    let known = witnesses(2);
    let cosigned = scene.server.ask(&["log", "cosigned"]).unwrap().remove(0);
    let by: Vec<&str> = cosigned["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // Both, where the hour has not turned in between.
    assert!(
        !by.is_empty() && by.len() as u64 == cosigned["cosigned"].as_u64().unwrap(),
        "{cosigned}"
    );
    assert!(
        by.iter().all(|by| known.iter().any(|known| known["key"] == *by)),
        "{known:?}"
    );
    assert_eq!(cosigned["witnesses"], 2);

    let key = scene.key();
    proofs_are_verified_with(&scene, &agent, &key, &by);
    let pack = path(scene.folder.path(), "evidence.tar");
    let packing = ["report", "pack", &pack, "--since", "1h", "--purpose", "audit 2027"];
    scene.server.succeed(&packing).unwrap();
    packs_are_verified_with(&scene, (&pack, &key), &by);
    // Which device has which key stands in the journal that is packed.
    let unpacked = Command::new("tar")
        .args(["xOf", &pack, "journal.ndjson"])
        .output()
        .unwrap();
    let rows: Vec<Value> = String::from_utf8(unpacked.stdout)
        .unwrap()
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    for witness in &known {
        let bound = rows.iter().any(|row| {
            row["action"] == "witness-key"
                && row["subject"] == witness["device"]
                && row["details"]["key"] == witness["key"]
        });
        assert!(bound, "{witness}: {rows:?}");
    }
}

/// A key that nobody has.
const NOBODY: &str = "witness.example.com/w1+8122a5ab+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

fn proofs_are_verified_with(scene: &Scene, agent: &Agent, key: &str, by: &[&str]) {
    let proofs = scene.proofs(agent);
    let is_cosigned = |proof: &&Value| {
        proof["receipt"]["checkpoint"]
            .as_str()
            .unwrap()
            .contains("weir.witness/")
    };
    let mut proof = proofs.iter().find(is_cosigned).unwrap().clone();
    let verdict = |proof: &Value, named: &[&str]| scene.verdict_of(&serde_json::to_vec(proof).unwrap(), key, named);
    let (proved, said) = verdict(&proof, by);
    assert!(proved, "{said}");
    let names: Vec<&str> = by.iter().map(|by| by.split('+').next().unwrap()).collect();
    let told = said["cosigned"].as_array().unwrap();
    assert!(told.iter().map(|told| &told["witness"]).eq(&names), "{said}");
    assert!(!verdict(&proof, &[by[0], NOBODY]).0, "somebody else did not");
    // Somebody changes what a witness said: a digit of its signature, or its time.
    let note = proof["receipt"]["checkpoint"].as_str().unwrap().to_owned();
    let line = note.lines().find(|line| line.contains(names[0])).unwrap();
    let signature = line.rsplit(' ').next().unwrap();
    for place in [9, 14, 40, 90] {
        let with = if &signature[place..=place] == "A" { "B" } else { "A" };
        let mut changed = signature.to_owned();
        changed.replace_range(place..=place, with);
        proof["receipt"]["checkpoint"] = json!(note.replace(signature, &changed));
        assert!(!verdict(&proof, &[by[0]]).0, "{place}");
    }
    // A line that is not there says nothing.
    proof["receipt"]["checkpoint"] = json!(note.replace(&format!("{line}\n"), ""));
    assert!(!verdict(&proof, &[by[0]]).0);
    assert!(verdict(&proof, &[]).0, "who believes the server needs no witness");
}

fn packs_are_verified_with(scene: &Scene, (pack, key): (&str, &str), by: &[&str]) {
    let stranger = scene.folder.path().join("stranger");
    let verify = |named: &[&str]| {
        let named: Vec<&str> = named.iter().flat_map(|witness| ["--witness", *witness]).collect();
        let asked = [&["audit", "verify", pack, "--server-key", key, "--json"], &named[..]].concat();
        let output = agent::run(&agent::binary().unwrap(), &stranger, &asked).unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let proved = verify(by);
    assert_eq!(
        (
            &proved["proved"],
            &proved["cosigned"]["cosigned"],
            &proved["cosigned"]["witnesses"]
        ),
        (&json!(true), &json!(by.len()), &json!(2)),
        "{proved}"
    );
    assert_eq!(proved["cosigned"]["by"].as_array().unwrap().len(), by.len());
    assert!(proved["cosigned"]["size"].as_u64() <= proved["size"].as_u64());
    assert_eq!(verify(&[NOBODY])["proved"], false);
}

/// With what SQLite has beside its file.
fn copy_database(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["weir.db", "weir.db-wal", "weir.db-shm"] {
        let _ = fs::remove_file(to.join(name));
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// A pack of evidence is verified on a machine that knows nothing of the server, and no byte of it can be changed.
/// Who did what before it was packed, in the words of the server's journal, up to the row that the log has.
fn the_journal_is_packed(pack: &str, proved: &Value) {
    let unpacked = Command::new("tar")
        .args(["xOf", pack, "journal.ndjson"])
        .output()
        .unwrap();
    let text = String::from_utf8(unpacked.stdout).unwrap();
    let rows: Vec<Value> = text.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let last = rows.last().unwrap();
    assert_eq!(
        (&last["number"], &last["hash"]),
        (&proved["last"], &proved["head"]),
        "{proved}"
    );
    assert!(
        rows.iter()
            .any(|row| row["action"] == "enrolment-token-create" && row["details"]["group"] == "staff"),
        "{text}"
    );
}

#[test]
fn a_pack_of_evidence_needs_neither_server_nor_laptop() {
    let scene = Scene::new("evidence");
    let agent = scene.agent();
    ask(&agent);
    scene.proofs(&agent);
    let pack = path(scene.folder.path(), "evidence.tar");
    let packing = ["report", "pack", &pack, "--since", "1h", "--purpose", "audit 2027"];
    scene.server.succeed(&packing).unwrap();
    assert!(
        scene.server.succeed(&packing).is_err(),
        "an existing file is not touched"
    );
    let stranger = scene.folder.path().join("stranger");
    let verify = |pack: &str, key: &str| {
        let asked = ["audit", "verify", pack, "--server-key", key, "--json"];
        let output = agent::run(&agent::binary().unwrap(), &stranger, &asked).unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            output.status.code(),
            Some(if said["proved"] == true { 0 } else { 1 }),
            "{said}"
        );
        said
    };
    let proved = verify(&pack, &scene.key());
    assert_eq!(
        (&proved["proved"], &proved["of"]["purpose"]),
        (&json!(true), &json!("audit 2027")),
        "{proved}"
    );
    assert!(
        proved["records"].as_u64().unwrap() > 0 && proved["missing"] == json!([]),
        "{proved}"
    );
    // The command line has the journal's head signed first: all rows are in it, from the first on.
    assert_eq!(
        (&proved["journal"]["first"], &proved["rows_not_in_log"]),
        (&json!(1), &json!(0)),
        "{proved}"
    );
    // Any `tar` unpacks it.
    let listed = Command::new("tar").args(["tf", &pack]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files = [
        "checkpoint.txt",
        "batches.ndjson",
        "journal.ndjson",
        "records.ndjson",
        "manifest.json",
        "manifest.sig",
    ];
    assert_eq!(listed.lines().collect::<Vec<_>>(), files);
    the_journal_is_packed(&pack, &proved["journal"]);
    let bytes = fs::read(&pack).unwrap();
    assert!(!bytes.windows(ADDRESS.len()).any(|window| window == ADDRESS.as_bytes()));
    let changed = path(scene.folder.path(), "changed.tar");
    for at in [0, 200, 700, bytes.len() / 2, bytes.len() - 1500, bytes.len() - 1] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        fs::write(&changed, other).unwrap();
        assert_eq!(verify(&changed, &scene.key())["proved"], false, "byte {at}");
    }
    // What the server says of itself is worth nothing to who believes another.
    let elsewhere = Scene::new("elsewhere");
    assert_eq!(verify(&pack, &elsewhere.key())["proved"], false);
}
