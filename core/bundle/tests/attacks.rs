//! What an attacker with a bundle, or a server, would try.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use weir_bundle::{
    Contents, Device, EnvelopeError, FileBytes, Refused, SealError, SigningKey, Trust, add_signature, inspect, seal,
    verify,
};
use weir_model::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32]).unwrap()
}

fn contents(number: u64) -> Contents {
    Contents {
        name: "acme".to_owned(),
        number,
        issued: NOW,
        expires: NOW.plus_millis(1000),
        audience: BTreeSet::from(["acme".to_owned()]),
        pack: "acme.yaml".to_owned(),
        packs: BTreeMap::from([("acme.yaml".to_owned(), "pack: {name: acme}\n".to_owned())]),
        catalogue: BTreeMap::from([("services/a.yaml".to_owned(), "service: a\n".to_owned())]),
        files: BTreeMap::from([("customers.weirsketch".to_owned(), FileBytes(vec![0, 255, 10]))]),
    }
}

fn trust(keys: &[u8], threshold: usize) -> Trust {
    Trust {
        keys: keys.iter().map(|number| key(*number).public()).collect(),
        threshold,
    }
}

fn device() -> Device {
    Device {
        groups: BTreeSet::from(["acme".to_owned(), "pilots".to_owned()]),
        newest: None,
    }
}

fn sealed(number: u64) -> Vec<u8> {
    seal(&contents(number), &[key(1)]).unwrap()
}

#[test]
fn a_bundle_arrives_as_it_was_signed() {
    let verified = verify(&sealed(3), &trust(&[1, 2], 1), &device(), NOW).unwrap();
    assert_eq!(*verified.contents(), contents(3));
    assert_eq!(verified.signers(), [key(1).public().id()]);
}

#[test]
fn the_envelope_is_that_of_dsse() {
    let sealed: serde_json::Value = serde_json::from_slice(&sealed(3)).unwrap();
    assert_eq!(sealed["payloadType"], "application/vnd.weir.bundle.v1+json+zstd");
    assert_eq!(sealed["signatures"][0]["keyid"], key(1).public().id());
}

#[test]
fn signatures_of_strangers_do_not_count() {
    let refused = verify(&sealed(3), &trust(&[2], 1), &device(), NOW).unwrap_err();
    assert!(matches!(refused, Refused::Unsigned { valid: 0, wanted: 1 }));
    let unsigned = seal(&contents(3), &[]).unwrap();
    assert!(
        verify(&unsigned, &trust(&[1], 0), &device(), NOW).is_err(),
        "no threshold is no trust"
    );
    // The name of a key is no signature.
    let text = String::from_utf8(sealed(3)).unwrap();
    let renamed = text.replace(&key(1).public().id(), &key(2).public().id());
    assert!(verify(renamed.as_bytes(), &trust(&[2], 1), &device(), NOW).is_err());
}

#[test]
fn two_people_are_two_people() {
    let one = sealed(3);
    let needs_two = trust(&[1, 2, 2, 3], 2);
    assert!(matches!(
        verify(&one, &needs_two, &device(), NOW),
        Err(Refused::Unsigned { valid: 1, wanted: 2 })
    ));
    assert!(matches!(add_signature(&one, &key(1)), Err(SealError::Twice(_))));
    let mut twice: serde_json::Value = serde_json::from_slice(&one).unwrap();
    let again = twice["signatures"][0].clone();
    twice["signatures"].as_array_mut().unwrap().push(again);
    assert!(verify(twice.to_string().as_bytes(), &needs_two, &device(), NOW).is_err());
    let both = add_signature(&one, &key(2)).unwrap();
    assert_eq!(verify(&both, &needs_two, &device(), NOW).unwrap().signers().len(), 2);
}

#[test]
fn a_device_never_goes_back() {
    let mut device = device();
    let trust = trust(&[1], 1);
    device.newest = Some(verify(&sealed(3), &trust, &device, NOW).unwrap().newest());
    assert!(verify(&sealed(3), &trust, &device, NOW).is_ok(), "the same again");
    assert!(verify(&sealed(4), &trust, &device, NOW).is_ok());
    let refused = verify(&sealed(2), &trust, &device, NOW).unwrap_err();
    assert!(matches!(refused, Refused::Older { number: 2, newest: 3 }));
    let mut other = contents(3);
    other.name = "another".to_owned();
    let other = seal(&other, &[key(1)]).unwrap();
    assert!(matches!(
        verify(&other, &trust, &device, NOW),
        Err(Refused::SameNumber(3))
    ));
}

#[test]
fn bundles_for_others_and_old_ones_are_refused() {
    let stranger = Device {
        groups: BTreeSet::from(["other".to_owned()]),
        newest: None,
    };
    let refused = verify(&sealed(3), &trust(&[1], 1), &stranger, NOW).unwrap_err();
    assert_eq!(refused.to_string(), "it is for acme, and this device is in other");
    let late = NOW.plus_millis(1000);
    assert!(matches!(
        verify(&sealed(3), &trust(&[1], 1), &device(), late),
        Err(Refused::Expired { .. })
    ));
}

#[test]
fn what_no_device_would_take_is_not_signed() {
    let wrong = |change: &dyn Fn(&mut Contents)| {
        let mut contents = contents(3);
        change(&mut contents);
        seal(&contents, &[key(1)]).unwrap_err().to_string()
    };
    assert!(wrong(&|contents| contents.number = 0).contains("numbered from 1"));
    assert!(wrong(&|contents| contents.audience.clear()).contains("for nobody"));
    assert!(wrong(&|contents| contents.expires = NOW).contains("expires before"));
    assert!(wrong(&|contents| contents.pack = "other".to_owned()).contains("not in the bundle"));
}

#[test]
fn a_signature_over_another_type_does_not_fit() {
    let text = String::from_utf8(sealed(3)).unwrap();
    let other = text.replace("vnd.weir.bundle.v1", "vnd.weir.order.v1");
    assert!(matches!(
        verify(other.as_bytes(), &trust(&[1], 1), &device(), NOW),
        Err(Refused::Envelope(EnvelopeError::Type(_)))
    ));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut large = contents(3);
    large.packs.insert("zeros".to_owned(), "0".repeat(65 << 20));
    let bomb = seal(&large, &[key(1)]).unwrap();
    assert!(bomb.len() < 64 << 10);
    let refused = verify(&bomb, &trust(&[1], 1), &device(), NOW).unwrap_err();
    assert!(matches!(refused, Refused::Envelope(EnvelopeError::Payload(_))));
    assert!(inspect(&bomb).is_err());
}

proptest! {
    #[test]
    fn no_changed_byte_is_accepted_for_another_bundle(at in 0usize..2000, bit in 0u8..8) {
        let mut bundle = sealed(3);
        let at = at % bundle.len();
        bundle[at] ^= 1 << bit;
        // White space and names of keys are not signed: what is accepted is the same policy.
        if let Ok(verified) = verify(&bundle, &trust(&[1], 1), &device(), NOW) {
            prop_assert_eq!(verified.contents(), &contents(3));
        }
    }

    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = verify(&bytes, &trust(&[1], 1), &device(), NOW);
        let _ = inspect(&bytes);
    }
}
