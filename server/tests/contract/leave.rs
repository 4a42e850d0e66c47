//! What lets somebody do once what policy keeps: exceptions, and codes that are read out.

use super::{NOW, entry};
use weir_bundle::{ExceptionDestination, SigningKey, Trust, verify_exception};
use weir_fleet::{DeviceId, ExceptionRequest, ExceptionState, Lifts};
use weir_model::{DataType, EventId, ExceptionTerms, Fingerprint, Level, Tier, Timestamp};
use weir_server::approvals::{self, AskError, DecideError, ExceptionsWanted, Terms};
use weir_server::journal::Actor;
use weir_server::overrides::{Issued, Override, OverrideState, OverridesWanted, Used};
use weir_server::repo::{Notice, Repo};

fn asks(event: u8, user: &str, approvers: u8) -> ExceptionRequest {
    ExceptionRequest {
        event: EventId::from_bytes([event; 16]),
        user: user.to_owned(),
        destination: ExceptionDestination {
            name: "chatgpt-web".to_owned(),
            tier: Tier::Unknown,
        },
        level: Level::Confidential,
        data_types: [DataType::builtin("personal/email")].into(),
        rules: ["data-classification/mail".to_owned()].into(),
        terms: ExceptionTerms {
            approvers,
            most_hours: 8,
            most_uses: 3,
        },
        digest: Fingerprint::from_digest([9; 16]),
        reason: "für 'den' Vertrag".to_owned(),
    }
}

const LAPTOP: DeviceId = DeviceId::from_bytes([2; 16]);

/// A code that was asked for, for a device of its own.
async fn code_for(repo: &dyn Repo, device: DeviceId, id: u8) -> EventId {
    let asked = Override {
        id: EventId::new(NOW, [id; 10]),
        device,
        device_name: String::new(),
        lifts: Lifts::Directive(7),
        minutes: 60,
        reason: "the 'books' are closed".to_owned(),
        asked: NOW,
        asked_by: "ada".to_owned(),
        expires: NOW.plus_millis(1000),
        kept: OverrideState::Asked,
        decided: None,
        why: String::new(),
        issued: None,
        used: None,
    };
    repo.add_override(&asked, &entry()).await.unwrap();
    assert_eq!(repo.one_override(asked.id).await.unwrap(), Some(asked.clone()));
    asked.id
}

pub(super) async fn codes_are_counted_and_end(repo: &dyn Repo) {
    let device = DeviceId::from_bytes([77; 16]);
    assert!(repo.override_seed(device).await.unwrap().is_none());
    for seed in [[1; 32], [2; 32]] {
        repo.add_override_seed(device, &seed, NOW).await.unwrap();
        assert_eq!(
            *repo.override_seed(device).await.unwrap().unwrap(),
            [1; 32],
            "the first stays"
        );
    }
    let ids = [code_for(repo, device, 1).await, code_for(repo, device, 2).await];
    assert_eq!(repo.waiting_overrides(device, NOW).await.unwrap(), 2);
    let yes = (OverrideState::Approved, "rob", "");
    let issued = |number| Issued {
        number,
        at: NOW,
        ends: NOW.plus_millis(2000),
    };
    assert!(
        !repo.issue_override(ids[0], &issued(1), &entry()).await.unwrap(),
        "not approved"
    );
    for id in ids {
        assert!(repo.decide_override(id, yes, NOW, &entry()).await.unwrap());
        assert!(
            !repo.decide_override(id, yes, NOW, &entry()).await.unwrap(),
            "decided once"
        );
    }
    assert!(repo.issue_override(ids[0], &issued(1), &entry()).await.unwrap());
    assert!(
        !repo.issue_override(ids[0], &issued(2), &entry()).await.unwrap(),
        "read once"
    );
    assert!(
        !repo.issue_override(ids[1], &issued(1), &entry()).await.unwrap(),
        "the number is taken"
    );
    assert_eq!(repo.last_override(device).await.unwrap(), 1);
    let other = code_for(repo, DeviceId::from_bytes([78; 16]), 3).await;
    assert!(repo.decide_override(other, yes, NOW, &entry()).await.unwrap());
    assert!(
        repo.issue_override(other, &issued(1), &entry()).await.unwrap(),
        "each device counts for itself"
    );

    let states = async |now: Timestamp| {
        let mut states = Vec::new();
        for id in ids {
            states.push(repo.one_override(id).await.unwrap().unwrap().state(now));
        }
        states
    };
    assert_eq!(states(NOW).await, [OverrideState::Issued, OverrideState::Approved]);
    let late = NOW.plus_millis(2000);
    assert_eq!(states(late).await, [OverrideState::Expired, OverrideState::Expired]);
    let wanted = OverridesWanted {
        state: Some(OverrideState::Expired),
        limit: 10,
    };
    assert_eq!(repo.overrides(wanted, late).await.unwrap().len(), 3);
    assert!(repo.overrides(wanted, NOW).await.unwrap().is_empty());
    assert_eq!(repo.issued_overrides(device).await.unwrap(), [(ids[0], 1)]);
    let used = Used {
        entered: NOW,
        until: late,
    };
    assert!(
        repo.use_override(ids[0], &used, &entry()).await.unwrap(),
        "told late, and true"
    );
    assert!(!repo.use_override(ids[0], &used, &entry()).await.unwrap());
    assert_eq!(states(late).await[0], OverrideState::Used);
    codes_are_counted_on_from_what_a_device_has_used(repo, device, ids[1]).await;
}

/// As after the database came back from a backup. The code `approved` has no number yet.
async fn codes_are_counted_on_from_what_a_device_has_used(repo: &dyn Repo, device: DeviceId, approved: EventId) {
    for told in [9, 4] {
        repo.tell_override(device, told).await.unwrap();
        assert_eq!(repo.last_override(device).await.unwrap(), 9, "it does not go back");
    }
    let other = DeviceId::from_bytes([78; 16]);
    assert_eq!(
        repo.last_override(other).await.unwrap(),
        1,
        "each device counts for itself"
    );
    for (number, is_free) in [(9, false), (10, true)] {
        let issued = Issued {
            number,
            at: NOW,
            ends: NOW.plus_millis(2000),
        };
        let is_issued = repo.issue_override(approved, &issued, &entry()).await.unwrap();
        assert_eq!(is_issued, is_free, "{number}");
    }
    assert_eq!(repo.last_override(device).await.unwrap(), 10);
}

pub(super) async fn exceptions_are_given_by_others(repo: &dyn Repo) {
    let key = SigningKey::from_seed(&[5; 32]).unwrap();
    let trust = Trust {
        keys: vec![key.public()],
        threshold: 1,
    };
    let id = approvals::take(repo, LAPTOP, &asks(1, "Ada", 2), NOW).await.unwrap();
    let again = approvals::take(repo, LAPTOP, &asks(1, "Ada", 2), NOW).await.unwrap();
    assert_eq!(again, id, "the same request");
    assert_eq!(repo.exception(id).await.unwrap().unwrap().request, asks(1, "Ada", 2));
    let approve = async |actor: Actor, hours, uses| {
        approvals::approve(repo, &actor, &key, (id, Terms { hours, uses }), NOW).await
    };
    let account = |name: &str| Actor::Account(name.to_owned());
    let token = Actor::Token {
        id: "1".to_owned(),
        name: "ben".to_owned(),
    };
    assert!(matches!(
        approve(account("ada@acme.example"), 1, 1).await,
        Err(DecideError::Own)
    ));
    assert!(matches!(approve(token, 1, 1).await, Err(DecideError::Program)));
    for (hours, uses) in [(9, 1), (1, 4), (0, 1), (1, 0)] {
        let beyond = approve(account("ben"), hours, uses).await;
        assert!(matches!(beyond, Err(DecideError::Beyond { hours: 8, uses: 3 })));
    }
    let once = approve(account("ben"), 8, 2).await.unwrap();
    assert_eq!(once.state(NOW), ExceptionState::Pending);
    assert!(matches!(approve(account("Ben"), 8, 2).await, Err(DecideError::Twice)));
    let answers = repo.exception_answers(LAPTOP, NOW).await.unwrap();
    assert_eq!((answers.number, answers.exceptions.len()), (0, 0));
    assert!(repo.answer_numbers(None).await.unwrap().is_empty());

    let mut notices = repo.notices();
    let given = approve(account("eve"), 4, 3).await.unwrap();
    assert_eq!(given.state(NOW), ExceptionState::Approved);
    while !matches!(
        notices.recv().await.unwrap(),
        Notice::Exception(LAPTOP) | Notice::Anything
    ) {}
    let answers = repo.exception_answers(LAPTOP, NOW).await.unwrap();
    assert_eq!(
        (answers.number, answers.requests[0].state),
        (1, ExceptionState::Approved)
    );
    assert_eq!(repo.answer_numbers(Some(LAPTOP)).await.unwrap()[&LAPTOP], 1);
    let signed = answers.exceptions[0].as_bytes();
    let exception = verify_exception(signed, &trust, &LAPTOP.to_string(), NOW).unwrap();
    assert_eq!((exception.id, exception.uses), (id.to_string(), 2), "the least of both");
    assert_eq!(exception.expires, NOW.plus_millis(4 * 3_600_000));
    assert_eq!(exception.approved_by, ["ben".to_owned(), "eve".to_owned()].into());
    assert_eq!(exception.digest, Fingerprint::from_digest([9; 16]));
    assert!(matches!(
        approve(account("kim"), 1, 1).await,
        Err(DecideError::State("approved"))
    ));
    let late = repo.exception_answers(LAPTOP, exception.expires).await.unwrap();
    assert_eq!(
        (late.exceptions.len(), late.requests[0].state),
        (0, ExceptionState::Expired)
    );

    let revoked = approvals::revoke(repo, &account("kim"), id, "it is off", NOW)
        .await
        .unwrap();
    assert_eq!(revoked.standing.why, "it is off");
    let answers = repo.exception_answers(LAPTOP, NOW).await.unwrap();
    assert_eq!((answers.number, answers.exceptions.len()), (2, 0));
    assert_eq!(answers.requests[0].state, ExceptionState::Revoked);
}

/// A laptop that asks often hears of all that holds, however much was said since.
pub(super) async fn an_exception_that_holds_is_told_for_as_long(repo: &dyn Repo) {
    let key = SigningKey::from_seed(&[5; 32]).unwrap();
    let (busy, ben) = (DeviceId::from_bytes([79; 16]), Actor::Account("ben".to_owned()));
    let ask = async |event: u8, at| {
        let request = ExceptionRequest {
            terms: ExceptionTerms {
                approvers: 1,
                most_hours: 720,
                most_uses: 3,
            },
            ..asks(event, "ada", 1)
        };
        approvals::take(repo, busy, &request, at).await.unwrap()
    };
    let terms = Terms { hours: 720, uses: 3 };
    let (id, late) = (ask(1, NOW).await, ask(2, NOW).await);
    let given = approvals::approve(repo, &ben, &key, (id, terms), NOW).await.unwrap();
    let refuse = async |id, at| approvals::refuse(repo, &ben, id, "no", at).await.unwrap();
    for event in 3..=102 {
        let at = NOW.plus_millis(event.into());
        refuse(ask(event, at).await, at).await;
    }
    // Asked for before all of them, and answered behind them.
    refuse(late, NOW.plus_millis(1000)).await;
    let answers = repo.exception_answers(busy, NOW).await.unwrap();
    assert_eq!((answers.exceptions.len(), answers.requests.len()), (1, 101));
    for told in [id, late] {
        assert!(answers.requests.iter().any(|request| request.id == told.to_string()));
    }
    assert_eq!(answers.number, repo.answer_numbers(Some(busy)).await.unwrap()[&busy]);
    let over = repo
        .exception_answers(busy, given.standing.until.unwrap())
        .await
        .unwrap();
    assert_eq!((over.exceptions.len(), over.requests.len()), (0, 100));
    assert_eq!(over.number, answers.number, "it does not fall");
}

pub(super) async fn exceptions_end(repo: &dyn Repo) {
    let key = SigningKey::from_seed(&[5; 32]).unwrap();
    let (ben, terms) = (Actor::Account("ben".to_owned()), Terms { hours: 1, uses: 1 });
    let id = approvals::take(repo, LAPTOP, &asks(2, "ada", 1), NOW).await.unwrap();
    let refused = approvals::refuse(repo, &ben, id, "use the portal", NOW).await.unwrap();
    assert_eq!(refused.state(NOW), ExceptionState::Refused);
    let approved = approvals::approve(repo, &ben, &key, (id, terms), NOW).await;
    assert!(matches!(approved, Err(DecideError::State("refused"))));
    let answers = repo.exception_answers(LAPTOP, NOW).await.unwrap();
    assert_eq!(
        answers.requests.iter().find(|it| it.id == id.to_string()).unwrap().why,
        "use the portal"
    );

    let id = approvals::take(repo, LAPTOP, &asks(3, "ada", 1), NOW).await.unwrap();
    let late = NOW.plus_millis(approvals::REQUEST_HOURS * 3_600_000);
    let approved = approvals::approve(repo, &ben, &key, (id, terms), late).await;
    assert!(
        matches!(approved, Err(DecideError::State("expired"))),
        "nobody decides what is over"
    );
    let of = async |state| {
        let wanted = ExceptionsWanted {
            state: Some(state),
            limit: 10,
        };
        repo.exceptions(&wanted, late).await.unwrap().len()
    };
    assert_eq!(
        (of(ExceptionState::Expired).await, of(ExceptionState::Pending).await),
        (1, 0)
    );

    let mut events = 10..;
    while repo.pending_exceptions(LAPTOP, NOW).await.unwrap() < approvals::MOST_PENDING {
        let request = asks(events.next().unwrap(), "ada", 1);
        approvals::take(repo, LAPTOP, &request, NOW).await.unwrap();
    }
    let more = approvals::take(repo, LAPTOP, &asks(events.next().unwrap(), "ada", 1), NOW).await;
    assert!(matches!(more, Err(AskError::Many)));

    // Two who approve at once: one exception, signed once, whoever is first.
    let id = approvals::take(repo, DeviceId::from_bytes([1; 16]), &asks(200, "ada", 1), NOW)
        .await
        .unwrap();
    let kim = Actor::Account("kim".to_owned());
    let (one, other) = tokio::join!(
        approvals::approve(repo, &ben, &key, (id, terms), NOW),
        approvals::approve(repo, &kim, &key, (id, terms), NOW)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(repo.exception(id).await.unwrap().unwrap().standing.votes.len(), 1);
}
