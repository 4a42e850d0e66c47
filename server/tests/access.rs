//! Accounts, sessions and tokens over both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;
use support::PostgresServer;
use weir_model::Timestamp;
use weir_server::access::{
    ABSOLUTE, Access, AccountError, ApiTokenWanted, ArriveError, Attempt, IDLE, OpenError, Person, Refused, Role,
    arrive, change_password, create_account, create_api_token, drop_api_token, of_cookie, of_token, open_session,
    reset_account, set_disabled, set_role, sign_in, turn_codes_off, turn_codes_on,
};
use weir_server::journal::{Actor, Deed, Entry, Page};
use weir_server::keys::Keys;
use weir_server::repo::{self, Repo};
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const GOOD: &str = "correct horse battery";

struct Stage {
    repo: Arc<dyn Repo>,
    access: Access,
    _dir: tempfile::TempDir,
}

impl Stage {
    async fn on(address: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::make(&dir.path().join("keys"), SystemTime::now()).unwrap();
        Self {
            repo: repo::open(address).await.unwrap(),
            access: Access::new(&keys).unwrap(),
            _dir: dir,
        }
    }

    async fn account(&self, name: &str, role: Role) -> Result<(), AccountError> {
        let password = (secret(GOOD), false);
        create_account(&*self.repo, &self.access, &root(), (name, role), password, NOW).await
    }

    async fn signs_in(&self, name: &str, password: &str, code: Option<&str>, now: Timestamp) -> Result<(), Refused> {
        let attempt = Attempt {
            name: name.to_owned(),
            password: secret(password),
            code: code.map(str::to_owned),
            address: IpAddr::from([192, 0, 2, 1]),
        };
        sign_in(&self.repo, &self.access, attempt, now).await.map(drop)
    }

    async fn deeds(&self) -> Vec<(String, String, String)> {
        let rows = self.repo.journal(Page::After(0), 1000).await.unwrap();
        rows.into_iter().map(|row| (row.actor, row.deed, row.subject)).collect()
    }
}

fn root() -> Actor {
    Actor::CommandLine("root".to_owned())
}

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_accounts() {
    let dir = tempfile::tempdir().unwrap();
    story(&Stage::on(&format!("sqlite:{}", dir.path().join("weir.db").display())).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_accounts() {
    let server = PostgresServer::start();
    let address = server.database("access");
    story(&Stage::on(&address).await).await;
    last_admins_race(&server.database("race")).await;
}

async fn story(stage: &Stage) {
    accounts_sign_in(stage).await;
    who_knows_an_old_password_is_out(stage).await;
    codes_are_used_once(stage).await;
    sessions_end(stage).await;
    tokens_do_no_more_than_their_owners(stage).await;
    the_last_admin_stays(stage).await;
    a_provider_says_who_it_is(stage).await;
}

async fn accounts_sign_in(stage: &Stage) {
    stage.account("Ada", Role::Admin).await.unwrap();
    assert!(matches!(
        stage.account("ada", Role::Viewer).await,
        Err(AccountError::Taken)
    ));
    assert!(matches!(
        stage.account("a b", Role::Viewer).await,
        Err(AccountError::Name(_))
    ));
    stage.signs_in("ADA", GOOD, None, NOW).await.unwrap();
    for (name, password) in [("ada", "wrong"), ("nobody", GOOD), ("", ""), ("ada", "")] {
        assert!(matches!(
            stage.signs_in(name, password, None, NOW).await,
            Err(Refused::Wrong)
        ));
    }
    let repo = &*stage.repo;
    let change =
        async |old: &str, new: &str| change_password(repo, &stage.access, "ada", (secret(old), secret(new)), NOW).await;
    assert!(matches!(change(GOOD, "too short").await, Err(AccountError::Password)));
    assert!(matches!(change(GOOD, GOOD).await, Err(AccountError::Password)));
    assert!(matches!(
        change("wrong", "another good one").await,
        Err(AccountError::Proof)
    ));
    change(GOOD, "another good one").await.unwrap();
    assert!(stage.signs_in("ada", GOOD, None, NOW).await.is_err());
    let one_time = reset_account(repo, &stage.access, &root(), "ada", NOW).await.unwrap();
    stage.signs_in("ada", &one_time, None, NOW).await.unwrap();
    assert!(repo.account("ada").await.unwrap().unwrap().one_time);
    change(&one_time, GOOD).await.unwrap();
    assert!(!repo.account("ada").await.unwrap().unwrap().one_time);

    // Ten mistakes, and even the right password must wait.
    let later = NOW.plus_millis(3_600_000);
    for _ in 0..10 {
        assert!(matches!(
            stage.signs_in("ada", "wrong", None, later).await,
            Err(Refused::Wrong)
        ));
    }
    let stopped = stage.signs_in("ada", GOOD, None, later).await;
    assert!(
        matches!(stopped, Err(Refused::TooMany { seconds: 1..=90 })),
        "{stopped:?}"
    );
    support::until("refusals are entered", async || {
        let refused = stage.deeds().await;
        refused.iter().filter(|(_, deed, _)| deed == "sign-in-refused").count() == 13
    })
    .await;
    let deeds = stage.deeds().await;
    assert!(deeds.contains(&("command-line:root".into(), "account-create".into(), "ada".into())));
    assert!(deeds.contains(&("account:ada".into(), "password-change".into(), "ada".into())));
    assert!(
        deeds.iter().all(|(.., subject)| subject != "nobody"),
        "what strangers type is not kept"
    );
}

/// Whoever was let in a moment before a password became another one.
async fn who_knows_an_old_password_is_out(stage: &Stage) {
    let repo = &*stage.repo;
    stage.account("rosa", Role::Viewer).await.unwrap();
    let kept = async || repo.credentials("rosa").await.unwrap().unwrap().password;
    let entry = Entry::new(NOW, &root(), Deed::PasswordChange, "rosa");
    let open = async |verified: &str| open_session(repo, ("rosa", Some(verified)), None, NOW).await;
    let old = kept().await;
    let before = open(&old).await.unwrap();
    let one_time = reset_account(repo, &stage.access, &root(), "rosa", NOW).await.unwrap();
    let deeds = stage.deeds().await.len();
    assert!(matches!(open(&old).await, Err(OpenError::Changed)), "verified before");
    assert!(of_cookie(repo, &before, NOW).await.is_err());
    let changed = repo.set_password("rosa", ("another", false), Some(&old), &entry).await;
    assert!(!changed.unwrap(), "verified before");
    assert_eq!(stage.deeds().await.len(), deeds, "what was not done is not entered");
    stage.signs_in("rosa", &one_time, None, NOW).await.unwrap();
    let reset = kept().await;
    open(&reset).await.unwrap();
    assert!(
        repo.set_password("rosa", ("another", false), Some(&reset), &entry)
            .await
            .unwrap()
    );
    // Nor does a session begin of whoever is out.
    set_disabled(repo, &root(), "rosa", true, NOW).await.unwrap();
    assert!(matches!(open("another").await, Err(OpenError::Changed)));
}

async fn codes_are_used_once(stage: &Stage) {
    let repo = &*stage.repo;
    stage.account("eve", Role::Viewer).await.unwrap();
    let enrolled = stage.access.codes.enrol("eve").unwrap();
    repo.set_pending_codes("eve", &enrolled.sealed).await.unwrap();
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&*enrolled.secret).unwrap())
        .build()
        .unwrap();
    let at = |minutes: i64| NOW.plus_millis(minutes * 60_000);
    let code = |now: Timestamp| {
        totp.generate(u64::try_from(now.as_millis() / 1000).unwrap())
            .to_string()
    };
    stage
        .signs_in("eve", GOOD, None, at(0))
        .await
        .expect("not in use before its first code was shown");
    let on = async |code: &str| turn_codes_on(repo, &stage.access, "eve", code, at(0)).await;
    assert!(matches!(on("000000").await, Err(AccountError::Proof)));
    on(&code(at(0))).await.unwrap();
    assert!(matches!(on(&code(at(0))).await, Err(AccountError::Unknown)));
    for wrong in [None, Some("000000"), Some(&*code(at(0)))] {
        let refused = stage.signs_in("eve", GOOD, wrong, at(0)).await;
        assert!(matches!(refused, Err(Refused::Wrong)), "{wrong:?}");
    }
    let next = code(at(2));
    assert!(stage.signs_in("eve", "wrong", Some(&next), at(2)).await.is_err());
    // One code, many at once: one of them gets in.
    let tries = (0..4).map(|_| stage.signs_in("eve", GOOD, Some(&next), at(2)));
    let tries = futures_util::future::join_all(tries).await;
    assert_eq!(tries.iter().filter(|tried| tried.is_ok()).count(), 1);
    let off = turn_codes_off(repo, &stage.access, "eve", secret("wrong"), at(3)).await;
    assert!(matches!(off, Err(AccountError::Proof)));
    turn_codes_off(repo, &stage.access, "eve", secret(GOOD), at(3))
        .await
        .unwrap();
    stage.signs_in("eve", GOOD, None, at(30)).await.unwrap();
}

async fn sessions_end(stage: &Stage) {
    let repo = &*stage.repo;
    stage.account("sam", Role::Analyst).await.unwrap();
    let at = |millis: i64| NOW.plus_millis(millis);
    let open = async |replaced: Option<&str>| open_session(repo, ("sam", None), replaced, NOW).await.unwrap();
    let is = async |cookie: &str, now: Timestamp| of_cookie(repo, cookie, now).await.is_ok();

    let cookie = open(None).await;
    assert_eq!(of_cookie(repo, &cookie, at(0)).await.unwrap().role, Role::Analyst);
    assert!(!is("", at(0)).await && !is("AAAA", at(0)).await);
    assert!(is(&cookie, at(IDLE - 1)).await);
    assert!(is(&cookie, at(2 * IDLE - 2)).await, "using it keeps it");
    assert!(!is(&cookie, at(3 * IDLE)).await, "idle");
    let kept = open(None).await;
    let mut now = 0;
    while now + IDLE / 2 < ABSOLUTE {
        now += IDLE / 2;
        assert!(is(&kept, at(now)).await, "{now}");
    }
    assert!(!is(&kept, at(ABSOLUTE)).await, "the longest there is");

    let (first, other) = (open(None).await, open(None).await);
    let second = open(Some(&first)).await;
    assert_ne!(*first, *second);
    assert!(!is(&first, at(1)).await, "signing in replaces what the browser had");
    assert!(is(&second, at(1)).await && is(&other, at(1)).await);
    let new = (secret(GOOD), secret("quite another one"));
    change_password(repo, &stage.access, "sam", new, NOW).await.unwrap();
    assert!(
        !is(&second, at(1)).await && !is(&other, at(1)).await,
        "a changed password ends all"
    );
    let cookie = open(None).await;
    set_role(repo, &root(), "sam", Role::Viewer, NOW).await.unwrap();
    assert!(!is(&cookie, at(1)).await, "another role");
    let cookie = open(None).await;
    set_disabled(repo, &root(), "sam", true, NOW).await.unwrap();
    assert!(!is(&cookie, at(1)).await, "disabled");
    assert!(matches!(
        stage.signs_in("sam", "quite another one", None, NOW).await,
        Err(Refused::Wrong)
    ));
    set_disabled(repo, &root(), "sam", false, NOW).await.unwrap();
    assert!(!is(&cookie, at(1)).await, "it does not come back");
    let cookie = open(None).await;
    let restored = Entry::new(NOW, &root(), Deed::Restore, "server");
    repo.end_sessions(&restored).await.unwrap();
    assert!(!is(&cookie, at(1)).await, "a database that was put back knows nobody");
}

async fn tokens_do_no_more_than_their_owners(stage: &Stage) {
    let repo = &*stage.repo;
    stage.account("olga", Role::Admin).await.unwrap();
    let wanted = |account: Option<&str>| ApiTokenWanted {
        name: "nightly".to_owned(),
        role: Role::Approver,
        account: account.map(str::to_owned),
        expires: NOW.plus_millis(1000),
    };
    let (text, kept) = create_api_token(repo, &root(), wanted(Some("olga")), NOW)
        .await
        .unwrap();
    let caller = of_token(repo, &text, NOW).await.unwrap();
    assert_eq!(
        (caller.role, caller.account, caller.session),
        (Role::Approver, None, None)
    );
    assert_eq!(
        caller.actor.to_string(),
        format!("token:{}:nightly", hex::encode(kept.id))
    );
    let mut wrong = text.to_string();
    let end = wrong.pop().unwrap();
    wrong.push(if end == 'A' { 'Q' } else { 'A' });
    for text in [&wrong, "weir_api_", "", "weir_enrol_AAAA"] {
        assert!(of_token(repo, text, NOW).await.is_err(), "{text}");
    }
    assert!(
        of_token(repo, &text, NOW.plus_millis(1000)).await.is_err(),
        "past its time"
    );
    set_role(repo, &root(), "olga", Role::Author, NOW).await.unwrap();
    assert!(of_token(repo, &text, NOW).await.is_err(), "its owner may do less now");
    set_role(repo, &root(), "olga", Role::Approver, NOW).await.unwrap();
    assert!(of_token(repo, &text, NOW).await.is_ok());
    set_disabled(repo, &root(), "olga", true, NOW).await.unwrap();
    assert!(of_token(repo, &text, NOW).await.is_err(), "its owner is out");
    let (text, kept) = create_api_token(repo, &root(), wanted(None), NOW).await.unwrap();
    assert!(of_token(repo, &text, NOW).await.is_ok());
    assert!(drop_api_token(repo, &root(), kept.id, NOW).await.unwrap());
    assert!(!drop_api_token(repo, &root(), kept.id, NOW).await.unwrap());
    assert!(of_token(repo, &text, NOW).await.is_err(), "revoked");
}

async fn the_last_admin_stays(stage: &Stage) {
    let repo = &*stage.repo;
    let before = stage.deeds().await.len();
    assert!(matches!(
        set_disabled(repo, &root(), "ada", true, NOW).await,
        Err(AccountError::LastAdmin)
    ));
    assert!(matches!(
        set_role(repo, &root(), "ada", Role::Viewer, NOW).await,
        Err(AccountError::LastAdmin)
    ));
    assert!(matches!(
        set_disabled(repo, &root(), "none", true, NOW).await,
        Err(AccountError::Unknown)
    ));
    assert_eq!(stage.deeds().await.len(), before, "what was not done is not entered");
    set_disabled(repo, &root(), "eve", true, NOW).await.unwrap();
    one_who_has_left_is_no_administrator(stage).await;
}

/// The provider lets them in no more, and tells nobody.
async fn one_who_has_left_is_no_administrator(stage: &Stage) {
    let repo = &*stage.repo;
    let max = Person {
        subject: "acme|9".to_owned(),
        name: "max".to_owned(),
        role: Role::Admin,
    };
    arrive(repo, &max, NOW).await.unwrap();
    let days = |days: i64| NOW.plus_millis(days * 86_400_000);
    for refused in [
        set_role(repo, &root(), "ada", Role::Viewer, days(31)).await,
        set_disabled(repo, &root(), "ada", true, days(31)).await,
    ] {
        assert!(matches!(refused, Err(AccountError::LastAdmin)), "{refused:?}");
    }
    set_role(repo, &root(), "ada", Role::Viewer, days(30)).await.unwrap();
    set_role(repo, &root(), "ada", Role::Admin, days(30)).await.unwrap();
    set_disabled(repo, &root(), "max", true, days(31)).await.unwrap();
}

async fn a_provider_says_who_it_is(stage: &Stage) {
    let repo = &*stage.repo;
    let person = |subject: &str, name: &str, role| Person {
        subject: subject.to_owned(),
        name: name.to_owned(),
        role,
    };
    let grace = arrive(repo, &person("acme|1", "grace", Role::Author), NOW)
        .await
        .unwrap();
    assert_eq!(
        (grace.name.as_str(), grace.role, grace.by_provider),
        ("grace", Role::Author, true)
    );
    // Names change, and what groups give; whom the provider means does not.
    let grace = arrive(repo, &person("acme|1", "hopper", Role::Auditor), NOW)
        .await
        .unwrap();
    assert_eq!((grace.name.as_str(), grace.role), ("grace", Role::Auditor));
    assert_eq!(repo.account("grace").await.unwrap().unwrap().role, Role::Auditor);
    // A name is not taken over, neither from a password nor from another of the provider's people.
    for name in ["ada", "grace"] {
        let other = arrive(repo, &person("acme|2", name, Role::Admin), NOW).await;
        assert!(matches!(other, Err(ArriveError::Taken)), "{name}");
    }
    let reset = reset_account(repo, &stage.access, &root(), "grace", NOW).await;
    assert!(matches!(reset, Err(AccountError::Unknown)), "no password opens it");
    assert!(matches!(
        stage.signs_in("grace", "", None, NOW).await,
        Err(Refused::Wrong)
    ));
    a_token_counts_while_its_owner_comes(stage, &person("acme|1", "grace", Role::Auditor)).await;
    set_disabled(repo, &root(), "grace", true, NOW).await.unwrap();
    let disabled = arrive(repo, &person("acme|1", "grace", Role::Author), NOW).await;
    assert!(matches!(disabled, Err(ArriveError::Disabled)));
}

/// Who has left does not sign in any more, and the provider tells nobody.
async fn a_token_counts_while_its_owner_comes(stage: &Stage, grace: &Person) {
    const DAY: i64 = 86_400_000;
    let repo = &*stage.repo;
    let wanted = ApiTokenWanted {
        name: "nightly".to_owned(),
        role: Role::Auditor,
        account: Some("grace".to_owned()),
        expires: NOW.plus_millis(365 * DAY),
    };
    let (text, _) = create_api_token(repo, &root(), wanted, NOW).await.unwrap();
    let counts = async |days: i64| of_token(repo, &text, NOW.plus_millis(days * DAY)).await.is_ok();
    assert!(counts(0).await && counts(30).await);
    assert!(!counts(31).await, "nobody has seen her for a month");
    arrive(repo, grace, NOW.plus_millis(31 * DAY)).await.unwrap();
    assert!(counts(31).await && counts(61).await && !counts(62).await);
}

/// Two administrators disable each other on two nodes at once: one is left.
async fn last_admins_race(address: &str) {
    let (one, two) = (Stage::on(address).await, Stage::on(address).await);
    for round in 0..5 {
        let names = [format!("a{round}"), format!("b{round}")];
        for name in &names {
            one.account(name, Role::Admin).await.unwrap();
        }
        for old in one.repo.accounts().await.unwrap() {
            if !names.contains(&old.name) && old.disabled.is_none() {
                set_disabled(&*one.repo, &root(), &old.name, true, NOW).await.unwrap();
            }
        }
        let actor = root();
        let outcomes = tokio::join!(
            set_disabled(&*one.repo, &actor, &names[0], true, NOW),
            set_disabled(&*two.repo, &actor, &names[1], true, NOW),
        );
        assert!(outcomes.0.is_ok() != outcomes.1.is_ok(), "{outcomes:?}");
    }
}
