//! What somebody would try who has some of the keys, or the server.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use weir_bundle::{
    Contents, Device, Directive, EnvelopeError, Fresh, FreshRole, FreshTrust, Newest, Order, OrderRefused, OrderTrust,
    Refused, Role, RoleKey, Root, RootRefused, SealError, SigningKey, StatementRefused, Trust, TrustedRoot,
    add_signature, inspect_root, seal, seal_fresh, seal_order, seal_root, succeed, trust_root, verify, verify_fresh,
    verify_order,
};
use weir_model::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// Keys by number: 1 to 3 are of the root, 11 to 13 of policy, 21 of fresh, 31 of orders.
fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32]).unwrap()
}

fn role(keys: &[u8], threshold: usize) -> Role {
    Role {
        keys: keys.iter().map(|number| RoleKey(key(*number).public())).collect(),
        threshold,
    }
}

fn root(version: u64) -> Root {
    Root {
        version,
        issued: NOW,
        expires: NOW.plus_millis(YEAR),
        root: role(&[1, 2, 3], 2),
        policy: role(&[11, 12, 13], 1),
        loosening: 2,
        fresh: Some(FreshRole {
            keys: vec![RoleKey(key(21).public())],
            threshold: 1,
            hours: 24,
        }),
        orders: Some(role(&[31], 1)),
    }
}

fn signed(root: &Root, keys: &[u8]) -> Vec<u8> {
    let keys: Vec<SigningKey> = keys.iter().map(|number| key(*number)).collect();
    seal_root(root, &keys.iter().collect::<Vec<_>>()).unwrap()
}

fn trusted() -> TrustedRoot {
    trust_root(&signed(&root(1), &[1, 2]), NOW).unwrap()
}

fn fresh(number: u64) -> Fresh {
    Fresh {
        group: "acme".to_owned(),
        number,
        digest: format!("{number:064x}"),
        wanted: number,
        order: 0,
        issued: NOW,
        expires: NOW.plus_millis(24 * HOUR),
    }
}

fn newest(number: u64) -> Newest {
    Newest {
        number,
        digest: format!("{number:064x}"),
    }
}

fn heard(fresh: &Fresh, signer: u8, known: Option<&Newest>, now: Timestamp) -> Result<Fresh, StatementRefused> {
    verify_fresh(
        &seal_fresh(fresh, &[&key(signer)]).unwrap(),
        &FreshTrust::from(&trusted()),
        "acme",
        known,
        now,
    )
}

#[test]
fn a_root_is_believed_when_enough_of_its_own_keys_have_signed() {
    assert_eq!(*trusted().root(), root(1));
    let one = signed(&root(1), &[1]);
    assert!(matches!(
        trust_root(&one, NOW),
        Err(RootRefused::Own { valid: 1, wanted: 2 })
    ));
    let two = add_signature(&one, &key(3)).unwrap();
    assert!(trust_root(&two, NOW).is_ok());
    assert!(matches!(add_signature(&two, &key(3)), Err(SealError::Twice(_))));
    // Keys of other roles are not those of the root.
    assert!(trust_root(&signed(&root(1), &[1, 11, 21, 31]), NOW).is_err());
    assert!(matches!(
        trust_root(&two, NOW.plus_millis(YEAR)),
        Err(RootRefused::Expired)
    ));
    assert_eq!(inspect_root(&one).unwrap(), root(1));
}

#[test]
fn a_root_is_changed_by_the_old_and_the_new_together() {
    let before = trusted();
    let mut next = root(2);
    next.root = role(&[4, 5], 2);
    let old_alone = signed(&next, &[1, 2]);
    assert!(matches!(
        succeed(&before, &old_alone, NOW),
        Err(RootRefused::Own { valid: 0, wanted: 2 })
    ));
    let new_alone = signed(&next, &[4, 5]);
    assert!(matches!(
        succeed(&before, &new_alone, NOW),
        Err(RootRefused::Before { valid: 0, wanted: 2 })
    ));
    let one_of_the_old = signed(&next, &[1, 4, 5]);
    assert!(matches!(
        succeed(&before, &one_of_the_old, NOW),
        Err(RootRefused::Before { valid: 1, wanted: 2 })
    ));
    let both = signed(&next, &[1, 2, 4, 5]);
    let after = succeed(&before, &both, NOW).unwrap();
    assert_eq!(*after.root(), next);
    // The keys that were taken out bring nothing back.
    let back = signed(&root(3), &[1, 2]);
    assert!(matches!(
        succeed(&after, &back, NOW),
        Err(RootRefused::Before { valid: 0, .. })
    ));
}

#[test]
fn a_root_never_goes_back() {
    let third = trust_root(&signed(&root(3), &[1, 2]), NOW).unwrap();
    assert!(
        succeed(&third, &signed(&root(3), &[2, 3]), NOW).is_ok(),
        "the same again, by others"
    );
    let older = succeed(&third, &signed(&root(2), &[1, 2]), NOW);
    assert!(matches!(older, Err(RootRefused::Older { version: 2, newest: 3 })));
    let mut other = root(3);
    other.loosening = 1;
    let same_number = succeed(&third, &signed(&other, &[1, 2]), NOW);
    assert!(matches!(same_number, Err(RootRefused::Older { version: 3, newest: 3 })));
    let over = NOW.plus_millis(YEAR);
    assert!(matches!(
        succeed(&third, &signed(&root(4), &[1, 2]), over),
        Err(RootRefused::Expired)
    ));
}

#[test]
fn roots_that_make_no_sense_are_neither_signed_nor_believed() {
    type Change = fn(&mut Root);
    let wrong: [(Change, &str); 8] = [
        (|root| root.version = 0, "numbered from 1"),
        (|root| root.root.threshold = 4, "fewer keys"),
        (|root| root.policy.threshold = 0, "fewer keys"),
        (|root| root.policy = role(&[11, 11], 2), "the same one twice"),
        (|root| root.orders = Some(role(&[21], 1)), "two roles"),
        (|root| root.loosening = 4, "to loosen"),
        (|root| root.fresh.as_mut().unwrap().hours = 0, "an hour"),
        (|root| root.expires = NOW, "expires before"),
    ];
    for (change, why) in wrong {
        let mut changed = root(1);
        change(&mut changed);
        let said = seal_root(&changed, &[&key(1), &key(2)]).unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_bundle_takes_keys_of_the_policy_role_and_no_others() {
    let contents = Contents {
        name: "acme".to_owned(),
        number: 1,
        issued: NOW,
        expires: NOW.plus_millis(HOUR),
        audience: BTreeSet::from(["acme".to_owned()]),
        pack: "a.yaml".to_owned(),
        packs: BTreeMap::from([("a.yaml".to_owned(), String::new())]),
        catalogue: BTreeMap::new(),
        files: BTreeMap::new(),
    };
    let device = Device {
        groups: contents.audience.clone(),
        newest: None,
    };
    let by = |number: u8| {
        verify(
            &seal(&contents, &[key(number)]).unwrap(),
            &trusted().policy(),
            &device,
            NOW,
        )
    };
    assert!(by(12).is_ok());
    for other in [1, 21, 31, 99] {
        assert!(
            matches!(by(other), Err(Refused::Unsigned { valid: 0, wanted: 1 })),
            "{other}"
        );
    }
}

#[test]
fn a_role_that_nobody_holds_is_held_by_nobody() {
    let mut without = root(1);
    (without.fresh, without.orders) = (None, None);
    let without = trust_root(&signed(&without, &[1, 2]), NOW).unwrap();
    let said = seal_fresh(&fresh(1), &[&key(21)]).unwrap();
    assert!(matches!(
        verify_fresh(&said, &FreshTrust::from(&without), "acme", None, NOW),
        Err(StatementRefused::Unsigned { .. })
    ));
}

#[test]
fn a_fresh_statement_says_what_is_newest_for_some_hours() {
    assert_eq!(heard(&fresh(7), 21, Some(&newest(6)), NOW).unwrap(), fresh(7));
    assert!(heard(&fresh(7), 21, Some(&newest(7)), NOW).is_ok());
    assert!(heard(&fresh(7), 21, None, NOW).is_ok());
}

#[test]
fn freezing_ends_when_the_last_statement_is_over() {
    let over = NOW.plus_millis(24 * HOUR);
    assert!(matches!(
        heard(&fresh(7), 21, None, over),
        Err(StatementRefused::Expired)
    ));
    // Nor does the one who froze it help himself with a long one, or with one from the future.
    let mut long = fresh(7);
    long.expires = NOW.plus_millis(24 * HOUR + 1);
    assert!(matches!(
        heard(&long, 21, None, NOW),
        Err(StatementRefused::TooLong { hours: 24 })
    ));
    let mut future = fresh(7);
    (future.issued, future.expires) = (NOW.plus_millis(HOUR), NOW.plus_millis(25 * HOUR));
    assert!(matches!(
        heard(&future, 21, None, NOW),
        Err(StatementRefused::TooLong { .. })
    ));
}

#[test]
fn an_old_statement_is_no_news() {
    let refused = heard(&fresh(6), 21, Some(&newest(7)), NOW);
    assert!(matches!(refused, Err(StatementRefused::Older { number: 6, newest: 7 })));
}

#[test]
fn statements_and_bundles_are_not_mixed() {
    let mut other = fresh(7);
    other.digest = "f".repeat(64);
    assert!(matches!(
        heard(&other, 21, Some(&newest(7)), NOW),
        Err(StatementRefused::Other(7))
    ));
    let mut foreign = fresh(7);
    foreign.group = "pilots".to_owned();
    assert!(matches!(heard(&foreign, 21, None, NOW), Err(StatementRefused::Foreign(group)) if group == "pilots"));
}

#[test]
fn each_role_signs_what_is_its_own() {
    for other in [1, 11, 31] {
        let refused = heard(&fresh(7), other, None, NOW);
        assert!(
            matches!(refused, Err(StatementRefused::Unsigned { valid: 0, wanted: 1 })),
            "{other}"
        );
    }
    // A signature over one kind of statement is none over another.
    let order = order(4, Directive::Lockdown);
    let as_fresh = verify_fresh(
        &seal_order(&order, &[&key(21)]).unwrap(),
        &FreshTrust::from(&trusted()),
        "acme",
        None,
        NOW,
    );
    assert!(matches!(
        as_fresh,
        Err(StatementRefused::Envelope(EnvelopeError::Type(_)))
    ));
    let text = String::from_utf8(seal_order(&order, &[&key(21)]).unwrap()).unwrap();
    let renamed = text.replace("vnd.weir.order", "vnd.weir.fresh");
    let renamed = verify_fresh(renamed.as_bytes(), &FreshTrust::from(&trusted()), "acme", None, NOW);
    assert!(matches!(renamed, Err(StatementRefused::Unsigned { valid: 0, .. })));
}

fn order(epoch: u64, directive: Directive) -> Order {
    Order {
        epoch,
        group: Some("acme".to_owned()),
        directive,
        reason: String::new(),
        issued: NOW,
        expires: NOW.plus_millis(HOUR),
    }
}

/// The server's key is 31; people's are 11 and 12, and both must sign what opens.
fn order_trust() -> OrderTrust {
    let trust = |numbers: &[u8], threshold| Trust {
        keys: numbers.iter().map(|number| key(*number).public()).collect(),
        threshold,
    };
    OrderTrust {
        server: trust(&[31], 1),
        people: trust(&[11, 12], 2),
    }
}

fn given(order: &Order, signers: &[u8], last: u64, now: Timestamp) -> Result<Order, OrderRefused> {
    let keys: Vec<SigningKey> = signers.iter().map(|number| key(*number)).collect();
    let sealed = seal_order(order, &keys.iter().collect::<Vec<_>>()).unwrap();
    verify_order(&sealed, &order_trust(), Some("acme"), last, now)
}

#[test]
fn the_server_may_close_and_people_alone_may_open() {
    let closing = order(4, Directive::Block(["openai".to_owned()].into()));
    assert_eq!(given(&closing, &[31], 3, NOW).unwrap(), closing);
    assert_eq!(given(&closing, &[11, 12], 3, NOW).unwrap(), closing);
    let opening = order(4, Directive::Suspend);
    assert_eq!(given(&opening, &[11, 12], 3, NOW).unwrap(), opening);
    for (order, signers) in [
        (&closing, &[11][..]),
        (&closing, &[21]),
        (&opening, &[31]),
        (&opening, &[11, 31]),
    ] {
        let refused = given(order, signers, 3, NOW);
        assert!(
            matches!(refused, Err(OrderRefused::Unsigned { .. })),
            "{signers:?}: {refused:?}"
        );
    }
}

#[test]
fn directives_are_for_whom_they_name_and_for_their_time() {
    let lockdown = order(4, Directive::Lockdown);
    let refused = |order: &Order, last, now| given(order, &[31], last, now).unwrap_err().to_string();
    assert_eq!(refused(&lockdown, 4, NOW), "it is number 4, and number 4 was the last");
    assert_eq!(refused(&lockdown, 3, NOW.plus_millis(HOUR)), "it has expired");
    let other = Order {
        group: Some("other".to_owned()),
        ..lockdown.clone()
    };
    assert_eq!(refused(&other, 3, NOW), "it is for `other`");
    let everybody = Order {
        group: None,
        ..lockdown
    };
    assert_eq!(given(&everybody, &[31], 3, NOW).unwrap(), everybody);
    for (issued, expires) in [(NOW, 73), (NOW.plus_millis(2 * HOUR), 73)] {
        let long = Order {
            issued,
            expires: NOW.plus_millis(expires * HOUR),
            ..order(4, Directive::Suspend)
        };
        assert!(matches!(given(&long, &[11, 12], 3, NOW), Err(OrderRefused::TooLong)));
    }
}

proptest! {
    #[test]
    fn no_changed_byte_makes_another_root(at in 0usize..20_000, bit in 0u8..8) {
        let mut bytes = signed(&root(1), &[1, 2]);
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(trusted) = trust_root(&bytes, NOW) {
            prop_assert_eq!(trusted.root(), &root(1));
        }
    }

    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = trust_root(&bytes, NOW);
        let _ = verify_fresh(&bytes, &FreshTrust::from(&trusted()), "acme", None, NOW);
        let _ = verify_order(&bytes, &order_trust(), Some("acme"), 0, NOW);
    }
}
