//! Accounts.

use super::problem::Problem;
use super::take::{At, Body};
use crate::access::{
    Account, Caller, Role, create_account, new_password, reset_account, set_disabled, set_role, valid_name,
};
use crate::clock;
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use weir_model::Timestamp;

/// An account.
#[derive(Serialize, ToSchema)]
pub struct AccountShown {
    /// To sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Signing in takes a code as well.
    pub codes: bool,
    /// The password must be changed at the next sign-in.
    pub one_time_password: bool,
    /// A provider of OpenID Connect says who it is; there is no password.
    pub by_provider: bool,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Since when it may not sign in, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<i64>,
}

impl From<Account> for AccountShown {
    fn from(account: Account) -> Self {
        Self {
            name: account.name,
            role: account.role,
            codes: account.codes,
            one_time_password: account.one_time,
            by_provider: account.by_provider,
            created: account.created.as_millis(),
            disabled: account.disabled.map(Timestamp::as_millis),
        }
    }
}

/// All accounts, by name.
#[derive(Serialize, ToSchema)]
pub(super) struct Accounts {
    accounts: Vec<AccountShown>,
}

/// All accounts.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", responses((status = 200, body = Accounts)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>) -> Result<Json<Accounts>, Problem> {
    let accounts = fleet.repo.accounts().await?;
    Ok(Json(Accounts {
        accounts: accounts.into_iter().map(AccountShown::from).collect(),
    }))
}

/// Who may come in is decided by people: a program that made somebody, or took somebody's place, would decide in their name from then on.
/// To shut somebody out is a program's as well.
fn by_a_person(caller: &Caller) -> Result<(), Problem> {
    match caller.account {
        Some(_) => Ok(()),
        None => Err(Problem::forbidden("an API token lets nobody in: people do")),
    }
}

/// An account that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    /// Letters a to z, digits, and `.`, `_`, `@`, `-`; capital letters are taken for small ones.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._@-]+$")]
    name: String,
    role: Role,
}

/// A password for one sign-in. It is shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct OneTime {
    name: String,
    one_time_password: String,
}

/// Make an account. It gets a one-time password. API tokens may not.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount, responses((status = 201, body = OneTime)))]
pub(super) async fn create(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(asked): Body<NewAccount>,
) -> Result<(StatusCode, Json<OneTime>), Problem> {
    by_a_person(&caller)?;
    let name = valid_name(&asked.name).map_err(|error| Problem::malformed(error.to_string()))?;
    let password = new_password().map_err(|error| Problem::failed("no password could be made", &error))?;
    let given = (password.clone(), true);
    let account = (&*name, asked.role);
    create_account(&*fleet.repo, &fleet.access, &caller.actor, account, given, clock::now()).await?;
    let made = OneTime {
        name,
        one_time_password: password.to_string(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// A role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    role: Role,
}

/// Give an account another role, and end its sessions. API tokens may not.
#[utoipa::path(put, path = "/api/v1/accounts/{name}/role", tag = "accounts",
    params(("name" = String, Path)), request_body = NewRole, responses((status = 204)))]
pub(super) async fn role(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(name): At<String>,
    Body(asked): Body<NewRole>,
) -> Result<StatusCode, Problem> {
    by_a_person(&caller)?;
    set_role(&*fleet.repo, &caller.actor, &name, asked.role, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let an account sign in no more, and end its sessions.
#[utoipa::path(post, path = "/api/v1/accounts/{name}/disable", tag = "accounts",
    params(("name" = String, Path)), responses((status = 204)))]
pub(super) async fn disable(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    set_disabled(&*fleet.repo, &caller.actor, &name, true, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let an account sign in again. API tokens may not.
#[utoipa::path(post, path = "/api/v1/accounts/{name}/enable", tag = "accounts",
    params(("name" = String, Path)), responses((status = 204)))]
pub(super) async fn enable(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    by_a_person(&caller)?;
    set_disabled(&*fleet.repo, &caller.actor, &name, false, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an account a one-time password, take its code generator away, and end its sessions. API tokens may not.
#[utoipa::path(post, path = "/api/v1/accounts/{name}/reset", tag = "accounts",
    params(("name" = String, Path)), responses((status = 200, body = OneTime)))]
pub(super) async fn reset(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(name): At<String>,
) -> Result<Json<OneTime>, Problem> {
    by_a_person(&caller)?;
    let password = reset_account(&*fleet.repo, &fleet.access, &caller.actor, &name, clock::now()).await?;
    let one_time_password = password.to_string();
    Ok(Json(OneTime {
        name,
        one_time_password,
    }))
}
