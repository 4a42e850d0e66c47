//! Reports. Who asks for one says why, and is entered in the journal before anything is shown.

use super::problem::Problem;
use super::take::{Asked, Body, natural, plain, times};
use crate::access::Caller;
use crate::clock;
use crate::journal::{Purpose, PurposeError};
use crate::paper;
use crate::reports::{
    self, Absence, AbsenceAsked, Class, Flows, PackError, ParseClassError, SubjectAsked, SubjectFound, Week,
};
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::body::Body as Streamed;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufWriter, Seek};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::PackWriteError;
use weir_model::{DataType, Sensitive, Timestamp};

/// A value that is searched for, and why. It is sent as a body: addresses are logged on their way.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectWanted {
    /// An address, a number, a name. It is kept nowhere.
    #[schema(min_length = 1, max_length = 1000, pattern = "^[^\\x00]*$")]
    value: String,
    /// As this data type alone; as whatever a detector may have taken it for, where none is said.
    #[serde(default)]
    #[schema(min_length = 3, max_length = 200, pattern = "^[^\\x00]*$")]
    data_type: Option<String>,
    /// Not before, milliseconds since 1970.
    #[schema(minimum = 0)]
    #[serde(deserialize_with = "whole")]
    since: i64,
    /// Before, milliseconds since 1970.
    #[schema(minimum = 0)]
    #[serde(deserialize_with = "whole")]
    until: i64,
    /// Why it is asked. It is entered in the journal.
    #[schema(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
}

/// Where a value went: for people who ask what of theirs was sent, and to whom. It is found by its fingerprint; asking is
/// entered in the journal, with the purpose and without the value.
#[utoipa::path(post, path = "/api/v1/reports/subject", tag = "reports", request_body = SubjectWanted,
    responses((status = 200, body = SubjectFound)))]
pub(super) async fn subject(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(wanted): Body<SubjectWanted>,
) -> Result<Json<SubjectFound>, Problem> {
    let purpose = purpose(&wanted.purpose)?;
    plain(&wanted.value, 1..=1000, "a value")?;
    if let Some(data_type) = &wanted.data_type {
        plain(data_type, 3..=200, "a data type")?;
    }
    let (since, until) = times(wanted.since, Some(wanted.until))?;
    let asked = SubjectAsked {
        value: Sensitive::new(wanted.value),
        data_type: wanted.data_type.map(DataType::custom),
        since,
        until,
    };
    let receipt = &fleet.keys.receipt;
    let found = reports::subject(&*fleet.repo, receipt, &caller.actor, &asked, &purpose, clock::now()).await;
    let found = found.map_err(|error| Problem::failed("values could not be searched for", &error))?;
    Ok(Json(found))
}

/// What is asked about a class of data, and why.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AbsenceWanted {
    /// A data type (`personal/email`), a category (`personal/*`) or a level (`restricted`: this and higher ones).
    #[param(
        min_length = 3,
        max_length = 200,
        pattern = "^(internal|confidential|restricted|[A-Za-z0-9_.-]{1,80}/(\\*|[A-Za-z0-9_.-]{1,80}))$"
    )]
    class: String,
    /// Whereto: a provider, a service of the catalogue, or a host.
    #[param(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$")]
    to: String,
    /// Not before, milliseconds since 1970.
    #[param(minimum = 0)]
    since: i64,
    /// Before, milliseconds since 1970; now where nothing is said.
    #[param(minimum = 0)]
    until: Option<i64>,
    /// Why it is asked. It is entered in the journal.
    #[param(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
}

/// Whether a class of data ever reached a place: what records say, the chains they stand in, and every gap in those. Asking
/// is entered in the journal, with the purpose.
#[utoipa::path(get, path = "/api/v1/reports/absence", tag = "reports", params(AbsenceWanted),
    responses((status = 200, body = Absence)))]
pub(super) async fn absence(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(wanted): Asked<AbsenceWanted>,
) -> Result<Json<Absence>, Problem> {
    let purpose = purpose(&wanted.purpose)?;
    plain(&wanted.to, 1..=200, "a place")?;
    let class = wanted.class.parse::<Class>();
    let class = class.map_err(|error: ParseClassError| Problem::malformed(error.to_string()))?;
    let (since, until) = times(wanted.since, wanted.until)?;
    let asked = AbsenceAsked {
        class,
        to: wanted.to,
        since,
        until,
    };
    let found = reports::absence(&*fleet.repo, &caller.actor, &asked, &purpose, clock::now()).await?;
    Ok(Json(found))
}

/// Which time is asked about, and why.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PeriodWanted {
    /// Not before, milliseconds since 1970.
    #[param(minimum = 0)]
    since: i64,
    /// Before, milliseconds since 1970; now where nothing is said.
    #[param(minimum = 0)]
    until: Option<i64>,
    /// Why it is asked. It is entered in the journal.
    #[param(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
}

/// What went where, under which policy and terms, and why: messages that were alike, counted. It names neither people nor
/// devices. Asking is entered in the journal, with the purpose.
#[utoipa::path(get, path = "/api/v1/reports/flows", tag = "reports", params(PeriodWanted), responses((status = 200, body = Flows)))]
pub(super) async fn flows(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(wanted): Asked<PeriodWanted>,
) -> Result<Json<Flows>, Problem> {
    Ok(Json(flows_of(&fleet, &caller, &wanted).await?))
}

/// The same as a picture: how data left, and where to. It says in words what it shows.
#[utoipa::path(get, path = "/api/v1/reports/flows.svg", tag = "reports", params(PeriodWanted),
    responses((status = 200, body = String, content_type = "image/svg+xml")))]
pub(super) async fn flows_picture(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(wanted): Asked<PeriodWanted>,
) -> Result<Response, Problem> {
    let flows = flows_of(&fleet, &caller, &wanted).await?;
    Ok(([(CONTENT_TYPE, "image/svg+xml")], reports::picture(&flows)).into_response())
}

async fn flows_of(fleet: &Fleet, caller: &Caller, wanted: &PeriodWanted) -> Result<Flows, Problem> {
    let purpose = purpose(&wanted.purpose)?;
    let times = times(wanted.since, wanted.until)?;
    Ok(reports::flows(&*fleet.repo, &caller.actor, times, &purpose, clock::now()).await?)
}

/// All that arrived in a time and the rows of the journal of that time, with receipts and proofs, signed: `weir audit verify PACK`
/// verifies it without the server. Rows that were entered a few seconds ago are counted and not in it. Packing is entered in the
/// journal, with the purpose.
#[utoipa::path(get, path = "/api/v1/reports/pack", tag = "reports", params(PeriodWanted),
    responses((status = 200, body = Vec<u8>, content_type = "application/x-tar")))]
pub(super) async fn pack(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(wanted): Asked<PeriodWanted>,
) -> Result<Response, Problem> {
    let purpose = purpose(&wanted.purpose)?;
    let times = times(wanted.since, wanted.until)?;
    let packed = packed(&fleet, &caller, times, &purpose).await;
    let (file, bytes) = packed.map_err(|error| match error {
        PackError::Batches | PackError::Write(PackWriteError::TooLarge) => Problem::malformed(error.to_string()),
        _ => Problem::failed("evidence could not be packed", &error),
    })?;
    let name = HeaderValue::from_static("attachment; filename=\"evidence.tar\"");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-tar")),
        (CONTENT_DISPOSITION, name),
        (CONTENT_LENGTH, HeaderValue::from(bytes)),
    ];
    Ok((headers, Streamed::from_stream(parts(file))).into_response())
}

/// A pack in a file without a name, which is gone with whoever has it open, also when the server is killed. It is in the home:
/// the system's folder may be memory.
async fn packed(
    fleet: &Fleet,
    caller: &Caller,
    times: (Timestamp, Timestamp),
    purpose: &Purpose,
) -> Result<(File, u64), PackError> {
    let unwritten = |error: io::Error| PackError::Write(error.into());
    let file = BufWriter::new(tempfile::tempfile_in(&fleet.home).map_err(unwritten)?);
    let signed_by = (&fleet.log, &fleet.keys.receipt);
    let packed = reports::pack(
        &*fleet.repo,
        signed_by,
        &caller.actor,
        times,
        purpose,
        clock::now(),
        file,
    );
    let (file, bytes) = packed.await?;
    let mut file = file.into_inner().map_err(|error| unwritten(error.into_error()))?;
    file.rewind().map_err(unwritten)?;
    Ok((file, bytes))
}

/// What is in a file, a part at a time.
fn parts(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send {
    const PART: usize = 64 * 1024;
    let file = tokio::fs::File::from_std(file);
    futures_util::stream::try_unfold(file, |mut file| async move {
        let mut part = BytesMut::with_capacity(PART);
        let read = file.read_buf(&mut part).await?;
        Ok::<_, io::Error>((read > 0).then(|| (part.freeze(), file)))
    })
}

/// Which week.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WeekWanted {
    /// The seven days before then, milliseconds since 1970; the last week from Monday to Monday (UTC) where nothing is said.
    #[param(minimum = 0)]
    until: Option<i64>,
}

/// The week in numbers: decisions, rules, alerts, exceptions, devices, policy and gaps. It names neither people who sent something
/// nor what they sent. Asking is entered in the journal.
#[utoipa::path(get, path = "/api/v1/reports/week", tag = "reports", params(WeekWanted), responses((status = 200, body = Week)))]
pub(super) async fn week(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(wanted): Asked<WeekWanted>,
) -> Result<Json<Week>, Problem> {
    Ok(Json(week_of(&fleet, &caller, &wanted).await?))
}

/// The same as a paper, tagged so that it can be heard.
#[utoipa::path(get, path = "/api/v1/reports/week.pdf", tag = "reports", params(WeekWanted),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
pub(super) async fn week_paper(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(wanted): Asked<WeekWanted>,
) -> Result<Response, Problem> {
    let week = week_of(&fleet, &caller, &wanted).await?;
    let written = paper::write(&reports::week_paper(&week, clock::now()));
    let written = written.map_err(|error| Problem::failed("the week could not be written down", &error))?;
    let file = "attachment; filename=\"week.pdf\"";
    let headers = [(CONTENT_TYPE, "application/pdf"), (CONTENT_DISPOSITION, file)];
    Ok((headers, written).into_response())
}

async fn week_of(fleet: &Fleet, caller: &Caller, wanted: &WeekWanted) -> Result<Week, Problem> {
    let now = clock::now();
    let times = match wanted.until {
        None => reports::last_week(now),
        Some(until) => {
            natural(until, "a time")?;
            let until = Timestamp::from_millis(until);
            (until.plus_millis(-reports::WEEK), until)
        }
    };
    Ok(reports::week(&*fleet.repo, &caller.actor, times, now).await?)
}

fn purpose(text: &str) -> Result<Purpose, Problem> {
    text.parse()
        .map_err(|error: PurposeError| Problem::malformed(error.to_string()))
}
