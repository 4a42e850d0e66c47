//! What an attacker with an exception would try.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use proptest::prelude::*;
use weir_bundle::{
    Directive, EnvelopeError, Exception, ExceptionDestination, ExceptionRefused, Order, SigningKey, Trust,
    seal_exception, seal_order, verify_exception,
};
use weir_model::{Fingerprint, Tier, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const HOUR: i64 = 60 * 60 * 1000;

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32]).unwrap()
}

fn server() -> Trust {
    Trust {
        keys: vec![key(1).public()],
        threshold: 1,
    }
}

fn exception() -> Exception {
    Exception {
        id: "e1".to_owned(),
        device: "laptop".to_owned(),
        user: "ada".to_owned(),
        digest: Fingerprint::from_digest([7; 16]),
        destination: ExceptionDestination {
            name: "chatgpt-web".to_owned(),
            tier: Tier::Unknown,
        },
        rules: ["data-classification/customers".to_owned()].into(),
        uses: 1,
        approved_by: ["ben".to_owned()].into(),
        reason: "a letter to the customer".to_owned(),
        issued: NOW,
        expires: NOW.plus_millis(HOUR),
    }
}

fn verified(exception: &Exception, signer: u8, device: &str, now: Timestamp) -> Result<Exception, ExceptionRefused> {
    let sealed = seal_exception(exception, &key(signer)).unwrap();
    verify_exception(&sealed, &server(), device, now)
}

#[test]
fn an_exception_arrives_as_it_was_given() {
    assert_eq!(verified(&exception(), 1, "laptop", NOW).unwrap(), exception());
    let granted = exception().granted();
    assert_eq!((granted.minutes, granted.uses, granted.approved_by.len()), (60, 1, 1));
    let longer = Exception {
        expires: NOW.plus_millis(HOUR + 1),
        ..exception()
    };
    assert_eq!(longer.granted().minutes, 61, "a minute that has begun counts");
}

#[test]
fn what_is_forged_replayed_elsewhere_or_out_of_its_time_counts_for_nothing() {
    let changed = |change: fn(&mut Exception)| {
        let mut exception = exception();
        change(&mut exception);
        exception
    };
    let refused = |exception: &Exception, signer, device, now| verified(exception, signer, device, now).unwrap_err();
    assert!(matches!(
        refused(&exception(), 2, "laptop", NOW),
        ExceptionRefused::Unsigned
    ));
    assert!(matches!(
        refused(&exception(), 1, "another", NOW),
        ExceptionRefused::Foreign
    ));
    let end = NOW.plus_millis(HOUR);
    assert!(matches!(
        refused(&exception(), 1, "laptop", end),
        ExceptionRefused::Expired
    ));
    let day_before = NOW.plus_millis(-24 * HOUR);
    assert!(matches!(
        refused(&exception(), 1, "laptop", day_before),
        ExceptionRefused::Early
    ));
    let endless = changed(|it| it.expires = NOW.plus_millis(721 * HOUR));
    assert!(matches!(refused(&endless, 1, "laptop", NOW), ExceptionRefused::TooLong));
    for empty in [
        changed(|it| it.uses = 0),
        changed(|it| it.rules.clear()),
        changed(|it| it.approved_by.clear()),
    ] {
        assert!(matches!(refused(&empty, 1, "laptop", NOW), ExceptionRefused::Empty));
    }
}

#[test]
fn a_signed_directive_is_no_exception() {
    let order = Order {
        epoch: 1,
        group: None,
        directive: Directive::Resume,
        reason: String::new(),
        issued: NOW,
        expires: NOW.plus_millis(HOUR),
    };
    let sealed = seal_order(&order, &[&key(1)]).unwrap();
    let refused = verify_exception(&sealed, &server(), "laptop", NOW).unwrap_err();
    assert!(matches!(refused, ExceptionRefused::Envelope(EnvelopeError::Type(_))));
}

proptest! {
    /// Whatever byte of it is changed, it counts for nothing, or for what was signed.
    #[test]
    fn nothing_in_it_can_be_changed(at in 0_usize..1200, to in any::<u8>()) {
        let mut sealed = seal_exception(&exception(), &key(1)).unwrap();
        let at = at % sealed.len();
        sealed[at] = to;
        if let Ok(read) = verify_exception(&sealed, &server(), "laptop", NOW) {
            prop_assert_eq!(read, exception());
        }
    }

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify_exception(&bytes, &server(), "laptop", NOW).is_err());
    }
}
