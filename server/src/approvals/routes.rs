//! What devices ask.

use super::{AskError, take};
use crate::clock;
use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use std::sync::Arc;
use weir_bundle::LONGEST_EXCEPTION;
use weir_fleet::{ExceptionAnswers, ExceptionAsked, ExceptionRequest, Refusal};
use weir_model::chain;

/// `POST /v1/device/exceptions`
pub async fn ask(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<ExceptionRequest>, JsonRejection>,
) -> Result<Json<ExceptionAsked>, Answer> {
    let malformed = |why: &str| Answer(Refusal::Malformed { why: why.to_owned() });
    let Json(request) = body.map_err(|_| malformed("the body is not the JSON this route takes"))?;
    check(&request).map_err(malformed)?;
    let id = take(&*fleet.repo, served.device, &request, clock::now()).await;
    let id = id.map_err(|error| {
        tracing::warn!(error = chain(&error), device = %served.device, "a request was not taken");
        Answer(match error {
            AskError::Many => Refusal::Busy,
            AskError::Randomness(_) | AskError::Repo(_) => Refusal::Failed,
        })
    })?;
    Ok(Json(ExceptionAsked { id: id.to_string() }))
}

/// `GET /v1/device/exceptions`
pub async fn answers(State(fleet): State<Arc<Fleet>>, served: Served) -> Result<Json<ExceptionAnswers>, Answer> {
    let answers = fleet.repo.exception_answers(served.device, clock::now()).await;
    Ok(Json(answers.map_err(refused("answers could not be looked up"))?))
}

/// People read what a device says: it is short, and neither database keeps a zero.
fn check(request: &ExceptionRequest) -> Result<(), &'static str> {
    let is_plain = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count()) && !text.chars().any(|sign| sign.is_control() && sign != '\n')
    };
    let terms = request.terms;
    let within = (1..=2).contains(&terms.approvers)
        && (1..=LONGEST_EXCEPTION).contains(&terms.most_hours)
        && (1..=1000).contains(&terms.most_uses);
    let digest = request.digest.as_str();
    match request {
        _ if !is_plain(&request.reason, 500) => Err("a reason has 1 to 500 characters"),
        _ if !is_plain(&request.user, 200) => Err("a user has a name"),
        _ if !is_plain(&request.destination.name, 253) => Err("a destination has a name"),
        _ if !(1..=50).contains(&request.rules.len()) => Err("1 to 50 rules are in the way"),
        _ if !request.rules.iter().all(|rule| is_plain(rule, 200)) => Err("a rule has a name"),
        _ if request.data_types.len() > 200 => Err("too many data types"),
        _ if !request.data_types.iter().all(|it| is_plain(it.as_str(), 200)) => Err("a data type has a name"),
        _ if !within => Err("these are no terms of a rule"),
        _ if digest.len() != 32 || !digest.bytes().all(|it| it.is_ascii_hexdigit()) => Err("this is no digest"),
        _ => Ok(()),
    }
}
