//! `GET /metrics`, `/healthz`, `/readyz`, on an address of their own and without TLS.

use super::counters::{Metrics, head, label};
use crate::alerts::Urgency;
use crate::clock;
use crate::net::Kind;
use crate::policies::Hints;
use crate::repo::{Repo, RepoError};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use weir_model::chain;

/// What the routes look at.
#[derive(Clone)]
struct Watched {
    metrics: Arc<Metrics>,
    repo: Arc<dyn Repo>,
    hints: Arc<Hints>,
    /// Names of the sinks of the configuration.
    sinks: Arc<[String]>,
}

/// Prometheus gives up after ten seconds, whoever watches over the server sooner.
const DATABASE: Duration = Duration::from_secs(3);
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers on this socket for as long as the node lives. Of sinks it tells of these: others are forwarded to no more.
///
/// # Errors
/// The socket is gone.
pub async fn serve(
    socket: TcpListener,
    metrics: Arc<Metrics>,
    repo: Arc<dyn Repo>,
    hints: Arc<Hints>,
    sinks: Arc<[String]>,
) -> io::Result<()> {
    let routes = Router::new()
        .route("/metrics", get(metrics_text))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(Watched {
            metrics,
            repo,
            hints,
            sinks,
        });
    axum::serve(socket, routes).await
}

/// Counts what is refused. A layer around the routes for devices.
pub async fn counted(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(Kind(kind)) = response.extensions().get::<Kind>() {
        metrics.refused(kind);
    }
    response
}

/// The process answers; whether it can do its work is the database's to say.
async fn ready(State(watched): State<Watched>) -> Response {
    match tokio::time::timeout(DATABASE, watched.repo.newest_number()).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(error = chain(&error), "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database failed\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database is too slow\n").into_response(),
    }
}

async fn metrics_text(State(watched): State<Watched>) -> Response {
    let mut text = watched.metrics.to_text();
    head(
        &mut text,
        "weir_connected_devices",
        "gauge",
        "Devices with an open stream to this node.",
    );
    // Writing into a string cannot fail.
    let _ = writeln!(text, "weir_connected_devices {}", watched.hints.open());
    // Without the database the rest is told all the same.
    match tokio::time::timeout(DATABASE, stored(&*watched.repo, &watched.sinks)).await {
        Ok(Ok(stored)) => text.push_str(&stored),
        Ok(Err(error)) => tracing::warn!(error = chain(&error), "not all metrics could be read"),
        Err(_) => tracing::warn!("not all metrics could be read in time"),
    }
    ([(CONTENT_TYPE, TEXT)], text).into_response()
}

/// What stands in the database, the same on all nodes.
async fn stored(repo: &dyn Repo, sinks: &[String]) -> Result<String, RepoError> {
    let mut text = String::new();
    head(
        &mut text,
        "weir_alerts_open",
        "gauge",
        "Alerts that are not closed, by urgency.",
    );
    for (urgency, open) in Urgency::ALL.into_iter().zip(repo.open_alerts().await?) {
        let _ = writeln!(text, "weir_alerts_open{{urgency=\"{}\"}} {open}", urgency.number());
    }
    let (mut waiting, mut lag, mut dead) = (String::new(), String::new(), String::new());
    head(
        &mut waiting,
        "weir_forward_waiting_batches",
        "gauge",
        "Batches that wait to be forwarded, counted up to a thousand.",
    );
    head(
        &mut lag,
        "weir_forward_lag_seconds",
        "gauge",
        "Age of the oldest batch that waits to be forwarded.",
    );
    head(
        &mut dead,
        "weir_forward_undelivered_records",
        "gauge",
        "Records that a sink refused.",
    );
    let now = clock::now().as_millis();
    let begun = repo.sinks().await?;
    for sink in begun.iter().filter(|sink| sinks.contains(&sink.name)) {
        let name = label(&sink.name);
        let left = repo.waiting(sink.place).await?;
        let age = left
            .oldest
            .map_or(0, |oldest| now.saturating_sub(oldest.as_millis()).max(0) / 1000);
        let _ = writeln!(
            waiting,
            "weir_forward_waiting_batches{{sink=\"{name}\"}} {}",
            left.batches
        );
        let _ = writeln!(lag, "weir_forward_lag_seconds{{sink=\"{name}\"}} {age}");
        let _ = writeln!(
            dead,
            "weir_forward_undelivered_records{{sink=\"{name}\"}} {}",
            sink.undelivered
        );
    }
    text.extend([waiting, lag, dead]);
    Ok(text)
}
