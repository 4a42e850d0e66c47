//! What devices ask.

use super::appeal::{AppealError, appeals, take};
use crate::clock;
use crate::net::{Answer, Served, refused};
use crate::register::{self, RegisterError};
use crate::repo::RepoError;
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use std::sync::Arc;
use weir_fleet::{Answers, Appeal, DeviceId, ProviderAsk, Refusal, Taken};
use weir_model::chain;

/// `POST /v1/device/providers`
pub async fn provider(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<ProviderAsk>, JsonRejection>,
) -> Result<Json<Taken>, Answer> {
    let Json(asked) = body.map_err(|_| malformed(NO_JSON))?;
    check_provider(&asked).map_err(malformed)?;
    let request = register::ask_from(&*fleet.repo, served.device, asked, clock::now()).await;
    let request = request.map_err(|error| {
        tracing::warn!(error = chain(&error), device = %served.device, "a request for a provider was not taken");
        Answer(match error {
            RegisterError::Many => Refusal::Busy,
            _ => Refusal::Failed,
        })
    })?;
    Ok(Json(Taken {
        id: request.id.to_string(),
    }))
}

/// `POST /v1/device/appeals`
pub async fn appeal(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<Appeal>, JsonRejection>,
) -> Result<Json<Taken>, Answer> {
    let Json(appeal) = body.map_err(|_| malformed(NO_JSON))?;
    check_appeal(&appeal).map_err(malformed)?;
    let id = take(&*fleet.repo, &fleet.telling, served.device, &appeal, clock::now()).await;
    let id = id.map_err(|error| {
        tracing::warn!(error = chain(&error), device = %served.device, "an appeal was not taken");
        Answer(match error {
            AppealError::Many => Refusal::Busy,
            AppealError::Randomness(_) | AppealError::Repo(_) => Refusal::Failed,
        })
    })?;
    Ok(Json(Taken { id: id.to_string() }))
}

/// `GET /v1/device/answers`
pub async fn answers(State(fleet): State<Arc<Fleet>>, served: Served) -> Result<Json<Answers>, Answer> {
    let answers = of(&fleet, served.device).await;
    Ok(Json(answers.map_err(refused("answers could not be looked up"))?))
}

async fn of(fleet: &Fleet, device: DeviceId) -> Result<Answers, RepoError> {
    // The number first: what is said in between is told again.
    let numbers = fleet.repo.asked_numbers(Some(device)).await?;
    Ok(Answers {
        number: numbers.get(&device).copied().unwrap_or(0),
        providers: register::standings(&*fleet.repo, device).await?,
        appeals: appeals(&*fleet.repo, device).await?,
    })
}

const NO_JSON: &str = "the body is not the JSON this route takes";

fn malformed(why: &str) -> Answer {
    Answer(Refusal::Malformed { why: why.to_owned() })
}

/// People read what a device says: it is short, and neither database keeps a zero.
fn check_provider(asked: &ProviderAsk) -> Result<(), &'static str> {
    let is_name = |text: &str, least: usize| {
        let inside = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || b"-.".contains(&sign);
        (least..=100).contains(&text.len()) && text.bytes().all(inside)
    };
    match asked {
        _ if !is_plain(&asked.user, 1, 200) => Err("a user has a name"),
        _ if !is_name(&asked.provider, 1) => {
            Err("a provider has a name of 1 to 100 small letters, digits, `-` and `.`")
        }
        _ if !is_name(&asked.service, 0) => {
            Err("a service has a name of at most 100 small letters, digits, `-` and `.`")
        }
        _ if !is_plain(&asked.business_case, 1, 2000) => Err("a business case has 1 to 2000 characters"),
        _ if !is_plain(&asked.data, 0, 2000) => Err("an answer has at most 2000 characters"),
        _ => Ok(()),
    }
}

fn check_appeal(appeal: &Appeal) -> Result<(), &'static str> {
    match appeal {
        _ if !is_plain(&appeal.user, 1, 200) => Err("a user has a name"),
        _ if !is_plain(&appeal.reason, 1, 500) => Err("a reason has 1 to 500 characters"),
        _ => Ok(()),
    }
}

fn is_plain(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.chars().any(|sign| sign.is_control() && sign != '\n')
}
