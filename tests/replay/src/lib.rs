//! Every parser of untrusted bytes, as one list: `tests/fuzz` fuzzes it, the test of this crate replays its seeds.

use std::sync::LazyLock;

use weir_bundle::{Device, FreshTrust, Trust};
use weir_content::Adapters;
use weir_detect::{Scanner, StreamScanner};
use weir_model::Timestamp;
use weir_policy::{Catalogue, Source};

/// One parser.
pub struct Target {
    /// Name of the fuzz target, of its file in `tests/fuzz/fuzz_targets` and its folder in `tests/fuzz/seeds`.
    pub name: &'static str,
    /// Must return for every input.
    pub run: fn(&[u8]),
}

/// All of them.
pub static TARGETS: &[Target] = &[
    Target {
        name: "answer_stream",
        run: weir_content::answer::fuzz,
    },
    Target {
        name: "audit_log",
        run: weir_audit::fuzz_verify,
    },
    Target {
        name: "audit_payload",
        run: weir_audit::fuzz_payload,
    },
    Target {
        name: "bundle",
        run: bundle,
    },
    Target {
        name: "convert",
        run: weir_convert::fuzz,
    },
    Target {
        name: "detect_fold",
        run: weir_detect::fuzz_fold,
    },
    Target {
        name: "detect_scan",
        run: scan,
    },
    Target {
        name: "detect_values",
        run: weir_detect::fuzz_values,
    },
    Target {
        name: "file_text",
        run: weir_files::fuzz,
    },
    Target {
        name: "fleet_batch",
        run: batch,
    },
    Target {
        name: "fleet_deletion",
        run: weir_fleet::fuzz_deletion,
    },
    Target {
        name: "fleet_difference",
        run: weir_fleet::fuzz_difference,
    },
    Target {
        name: "fleet_override",
        run: spoken,
    },
    Target {
        name: "fleet_pack",
        run: weir_fleet::fuzz_pack,
    },
    Target {
        name: "fleet_proof",
        run: weir_fleet::fuzz_proof,
    },
    Target {
        name: "fleet_saying",
        run: weir_fleet::fuzz_saying,
    },
    Target {
        name: "fleet_stream",
        run: weir_fleet::fuzz_stream,
    },
    Target {
        name: "json_tokens",
        run: tokens,
    },
    Target {
        name: "policy_pack",
        run: pack,
    },
    Target {
        name: "fingerprints",
        run: weir_sketch::fuzz_prints,
    },
    Target {
        name: "proxy_answer_head",
        run: weir_proxy::fuzz::fuzz_answer_head,
    },
    Target {
        name: "proxy_chunks",
        run: weir_proxy::fuzz::fuzz_chunks,
    },
    Target {
        name: "proxy_request_head",
        run: weir_proxy::fuzz::fuzz_request_head,
    },
    Target {
        name: "proxy_tls_hello",
        run: weir_proxy::fuzz::fuzz_hello,
    },
    Target {
        name: "proxy_websocket",
        run: weir_proxy::fuzz::fuzz_websocket,
    },
    Target {
        name: "request_layers",
        run: layers,
    },
    Target {
        name: "request_rewrite",
        run: rewrite,
    },
    Target {
        name: "sketch",
        run: weir_sketch::fuzz_sketch,
    },
    Target {
        name: "tlog",
        run: weir_tlog::fuzz_tlog,
    },
];

/// Runs one target by name.
///
/// # Panics
/// When there is no such target, or when it finds a defect.
#[allow(clippy::panic, reason = "this is how a fuzz target reports")]
pub fn run(name: &str, data: &[u8]) {
    match TARGETS.iter().find(|target| target.name == name) {
        Some(target) => (target.run)(data),
        None => panic!("no fuzz target is called `{name}`"),
    }
}

/// The whole text, and the same text in two pieces: what is found must lie on character boundaries, in order.
fn scan(data: &[u8]) {
    static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::builtin);
    let text = String::from_utf8_lossy(data);
    let mut end = 0;
    for found in SCANNER.scan(&text) {
        assert!(
            found.span.start >= end && found.span.start < found.span.end,
            "matches are in order and not empty"
        );
        assert!(
            text.get(found.span.clone()).is_some(),
            "a span lies on character boundaries"
        );
        end = found.span.end;
    }
    let mut stream = StreamScanner::new();
    let (one, two) = text.split_at(text.floor_char_boundary(text.len() / 2));
    stream.push(&SCANNER, one, &mut |_| {});
    stream.push(&SCANNER, two, &mut |_| {});
    stream.finish(&SCANNER, &mut |_| {});
}

/// What is read before anybody has vouched for it; a bundle is worth nothing without a key.
fn bundle(data: &[u8]) {
    let trust = Trust {
        keys: Vec::new(),
        threshold: 0,
    };
    let _ = weir_bundle::inspect(data);
    let _ = weir_bundle::inspect_root(data);
    let _ = weir_bundle::trust_root(data, Timestamp::default());
    let verified = weir_bundle::verify(data, &trust, &Device::default(), Timestamp::default());
    assert!(verified.is_err(), "nobody is trusted");
    let trust = FreshTrust { trust, hours: 96 };
    let fresh = weir_bundle::verify_fresh(data, &trust, "staff", None, Timestamp::default());
    assert!(fresh.is_err(), "nobody is trusted");
}

/// As it comes over the network, and what is inside its packing: whatever is read can be sent again.
fn batch(data: &[u8]) {
    let packed = weir_fleet::pack_text(data).unwrap_or_default();
    for bytes in [data, &packed] {
        if let Ok(batch) = weir_fleet::Batch::unpack(bytes) {
            assert!(batch.pack().is_ok(), "what was read can be written");
        }
    }
    let _ = String::from_utf8_lossy(data).parse::<weir_fleet::Token>();
}

fn spoken(data: &[u8]) {
    weir_fleet::fuzz_override(&String::from_utf8_lossy(data));
}

fn tokens(data: &[u8]) {
    let _ = weir_content::fuzz_tokens(data);
}

fn pack(data: &[u8]) {
    weir_policy::fuzz_pack(&String::from_utf8_lossy(data));
}

fn layers(data: &[u8]) {
    static NONE: LazyLock<Adapters> = LazyLock::new(|| Adapters::compile(&[]).unwrap_or_else(|_| unreachable!()));
    weir_content::fuzz_layers(&NONE, data);
}

fn rewrite(data: &[u8]) {
    static ADAPTERS: LazyLock<Adapters> = LazyLock::new(|| {
        let services: Vec<Source> = weir_policies::services()
            .map(|file| Source::new(file.name, file.text))
            .collect();
        let shapes: Vec<Source> = weir_policies::shapes()
            .map(|file| Source::new(file.name, file.text))
            .collect();
        let catalogue = Catalogue::parse(&services, &shapes, &[]);
        let services = catalogue.as_ref().map(Catalogue::services).unwrap_or_default();
        // Embedded files that do not compile fail their own tests; here an empty set still fuzzes the walker.
        Adapters::compile(services)
            .or_else(|_| Adapters::compile(&[]))
            .unwrap_or_else(|_| unreachable!())
    });
    weir_content::fuzz_rewrite(&ADAPTERS, data);
}
