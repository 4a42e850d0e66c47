//! Signing in and out, and what is somebody's own.

use super::guard::{COOKIE_NAME, cookie};
use super::problem::Problem;
use super::take::Body;
use crate::access::{
    ABSOLUTE, Account, AccountError, Attempt, Caller, Permission, Role, SignedIn, change_password,
    new_codes as enrol_codes, open_session, sign_in as signed_in, turn_codes_off, turn_codes_on,
};
use crate::clock;
use crate::journal::{Deed, Entry};
use crate::legible::legible;
use crate::net::Remote;
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// No name of an account is as long.
const LONGEST: usize = 100;

/// Name, password and code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    name: String,
    password: String,
    /// As the code generator shows it, where the account has one.
    #[serde(default)]
    code: Option<String>,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// Name of the account; none for an API token.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// As the journal names who asks.
    actor: String,
    role: Role,
    permissions: Vec<Permission>,
    /// Nothing else is granted before the password was changed.
    one_time_password: bool,
    /// Signing in takes a code as well.
    codes: bool,
}

impl Me {
    fn of(actor: &impl ToString, role: Role, account: Option<&Account>) -> Self {
        Self {
            name: account.map(|account| account.name.clone()),
            actor: actor.to_string(),
            role,
            permissions: role.permissions().to_vec(),
            one_time_password: account.is_some_and(|account| account.one_time),
            codes: account.is_some_and(|account| account.codes),
        }
    }
}

/// Sign in. Whatever is wrong, the answer is the same.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = Me, headers(("set-cookie" = String, description = "`__Host-weir`, for half an hour without use"))),
))]
pub(super) async fn sign_in(
    State(fleet): State<Arc<Fleet>>,
    Remote(address): Remote,
    headers: HeaderMap,
    Body(asked): Body<SignIn>,
) -> Result<(HeaderMap, Json<Me>), Problem> {
    let now = clock::now();
    let attempt = Attempt {
        name: legible(&asked.name, LONGEST),
        password: Zeroizing::new(asked.password),
        code: asked.code,
        address,
    };
    let SignedIn { account, verified } = signed_in(&fleet.repo, &fleet.access, attempt, now).await?;
    let proved = (&*account.name, Some(&*verified));
    let opened = open_session(&*fleet.repo, proved, cookie(&headers), now).await?;
    let actor = format!("account:{}", account.name);
    Ok((
        baked(&opened, ABSOLUTE / 1000),
        Json(Me::of(&actor, account.role, Some(&account))),
    ))
}

/// Sign out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub(super) async fn sign_out(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let (account, session) = own(&caller)?;
    let entry = Entry::new(clock::now(), &caller.actor, Deed::SignOut, &account.name);
    fleet.repo.drop_session(session, &entry).await?;
    Ok((StatusCode::NO_CONTENT, baked("", 0)))
}

/// Who is signed in, and what they may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = Me)))]
pub(super) async fn me(caller: Caller) -> Json<Me> {
    Json(Me::of(&caller.actor, caller.role, caller.account.as_ref()))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    old: String,
    /// 12 to 256 characters.
    new: String,
}

/// Change one's own password. All sessions end; the one that asks goes on under a new cookie.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "session", request_body = NewPassword, responses((status = 204)))]
pub(super) async fn password(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Remote(address): Remote,
    Body(asked): Body<NewPassword>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let (account, _) = own(&caller)?;
    let now = clock::now();
    let passwords = (Zeroizing::new(asked.old), Zeroizing::new(asked.new));
    let change = change_password(&*fleet.repo, &fleet.access, &account.name, passwords, now);
    let kept = as_a_try(&fleet, account, address, change).await?;
    let opened = open_session(&*fleet.repo, (&account.name, Some(&kept)), None, now).await?;
    Ok((StatusCode::NO_CONTENT, baked(&opened, ABSOLUTE / 1000)))
}

/// A password, to prove who sits at the session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    password: String,
}

/// A code generator that is not in use yet.
#[derive(Serialize, ToSchema)]
pub(super) struct NewCodes {
    /// As people type it (base32).
    secret: String,
    /// For cameras: `otpauth://…`.
    url: String,
}

/// Get a code generator. It is in use once its first code was shown.
#[utoipa::path(post, path = "/api/v1/me/codes", tag = "session", request_body = Proof, responses((status = 200, body = NewCodes)))]
pub(super) async fn new_codes(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Remote(address): Remote,
    Body(asked): Body<Proof>,
) -> Result<Json<NewCodes>, Problem> {
    let (account, _) = own(&caller)?;
    let password = Zeroizing::new(asked.password);
    let enrol = enrol_codes(&*fleet.repo, &fleet.access, &account.name, password);
    let enrolled = as_a_try(&fleet, account, address, enrol).await?;
    Ok(Json(NewCodes {
        secret: enrolled.secret.to_string(),
        url: enrolled.url.to_string(),
    }))
}

/// The first code of a generator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstCode {
    code: String,
}

/// Use the code generator from now on.
#[utoipa::path(put, path = "/api/v1/me/codes", tag = "session", request_body = FirstCode, responses((status = 204)))]
pub(super) async fn codes_on(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Remote(address): Remote,
    Body(asked): Body<FirstCode>,
) -> Result<StatusCode, Problem> {
    let (account, _) = own(&caller)?;
    let on = turn_codes_on(&*fleet.repo, &fleet.access, &account.name, &asked.code, clock::now());
    as_a_try(&fleet, account, address, on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Do without the code generator.
#[utoipa::path(post, path = "/api/v1/me/codes/off", tag = "session", request_body = Proof, responses((status = 204)))]
pub(super) async fn codes_off(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Remote(address): Remote,
    Body(asked): Body<Proof>,
) -> Result<StatusCode, Problem> {
    let (account, _) = own(&caller)?;
    let password = Zeroizing::new(asked.password);
    let off = turn_codes_off(&*fleet.repo, &fleet.access, &account.name, password, clock::now());
    as_a_try(&fleet, account, address, off).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A password or code that proves who sits at a session is tried as seldom as one that opens it.
async fn as_a_try<T>(
    fleet: &Fleet,
    account: &Account,
    address: IpAddr,
    work: impl Future<Output = Result<T, AccountError>>,
) -> Result<T, Problem> {
    let limiter = &fleet.access.limiter;
    let taken = limiter.take(&account.name, address, clock::now());
    taken.map_err(Problem::too_many)?;
    let done = work.await?;
    limiter.give_back(&account.name, address);
    Ok(done)
}

/// Account and session of a person; programs have neither.
fn own(caller: &Caller) -> Result<(&Account, [u8; 32]), Problem> {
    let both = caller.account.as_ref().zip(caller.session);
    both.ok_or_else(|| Problem::forbidden("an API token has no session and no password"))
}

/// The header that gives a browser its cookie, or takes it.
pub(super) fn baked(value: &str, seconds: i64) -> HeaderMap {
    let text = format!("{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    // Base64 and numbers: a header can always hold them.
    text.parse()
        .map(|value| HeaderMap::from_iter([(SET_COOKIE, value)]))
        .unwrap_or_default()
}
