//! The admin API: what the console and scripts stand on.
//!
//! Each endpoint is a row of one table, with what it needs; the routes, the guard before them and the OpenAPI description are
//! made from that table, so that none can be there without the others.
//!
//! It is served beside the routes of devices and shares nothing with them: a device's certificate opens nothing here, and a
//! session nothing there.

#![allow(unused_qualifications, reason = "the macro that describes handlers writes them")]

mod accounts;
mod alerts;
mod api_tokens;
mod bundles;
mod deletions;
mod description;
mod devices;
mod directives;
mod drafts;
mod enrolment;
mod events;
mod exceptions;
mod guard;
mod journal;
mod log;
mod openid;
mod overrides;
mod overview;
mod problem;
mod proposals;
mod providers;
mod questions;
mod reports;
mod rollouts;
mod session;
mod take;
mod words;

pub use accounts::AccountShown;
pub use alerts::{AlertShown, MuteShown, ToldShown};
pub use api_tokens::ApiTokenShown;
pub use bundles::BundleShown;
pub use deletions::{DeletionShown, SearchKeyShown};
pub use description::document;
pub use devices::{DeviceShown, SealedShown};
pub use directives::{DirectiveShown, Ordered, readable};
pub use drafts::{Answered, DraftShown, DryRunShown, RevisionFull, RevisionShown};
pub use exceptions::{ApprovalShown, ExceptionShown, ExceptionWord};
pub use overrides::OverrideShown;
pub use problem::Problem;
pub use proposals::ProposalShown;
pub use providers::{AnswersShown, ObligationShown, ProviderRequestShown};
pub use rollouts::{PolicyAt, RolloutShown};

use crate::access::Permission;
use crate::run::Fleet;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use guard::{Gate, guard, headers};
pub(crate) use guard::{bearer, cookie};
use questions::Questions;
use std::sync::Arc;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

/// What an endpoint asks of who calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody may.
    Nothing,
    /// Whoever is signed in, for what is their own; also with a one-time password.
    SignedIn,
    /// Whose role may do this.
    Grant(Permission),
}

/// What becomes of an endpoint's work when nobody waits for it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// As its method says: a question is answered to its end, and everything else ends.
    Plain,
    /// It only asks, whatever its method: what is asked for may not stand in an address.
    Asks,
    /// It changes something, after it went through all records: it goes on.
    Long,
}

/// A row of the table.
pub(crate) struct Endpoint {
    pub(crate) needs: Needs,
    /// Bytes of the largest body.
    most: usize,
    work: Work,
    pub(crate) routes: UtoipaMethodRouter<Arc<Fleet>>,
}

/// JSON that people write.
const SMALL: usize = 16 * 1024;
/// A request for a provider, with six answers, as JSON text.
const REQUEST: usize = 128 * 1024;
/// The packs of a draft, as JSON text.
const PACKS: usize = 8 << 20;
/// A bundle may bring sketches of real values.
const BUNDLE: usize = 64 << 20;

/// Every endpoint there is.
pub(crate) fn table() -> Vec<Endpoint> {
    [callers(), policy(), decisions(), evidence()]
        .into_iter()
        .flatten()
        .collect()
}

/// With a body as people write it.
fn row(needs: Needs, routes: UtoipaMethodRouter<Arc<Fleet>>) -> Endpoint {
    Endpoint {
        needs,
        most: SMALL,
        work: Work::Plain,
        routes,
    }
}

/// Who calls, and how the fleet stands.
fn callers() -> Vec<Endpoint> {
    use Needs::{Grant, Nothing, SignedIn};
    vec![
        row(Nothing, routes!(description::openapi)),
        row(Nothing, routes!(session::sign_in)),
        row(Nothing, routes!(openid::ways)),
        row(Nothing, routes!(openid::begin)),
        row(Nothing, routes!(openid::complete)),
        row(SignedIn, routes!(session::sign_out)),
        row(SignedIn, routes!(session::me)),
        row(SignedIn, routes!(session::password)),
        row(SignedIn, routes!(session::new_codes)),
        row(SignedIn, routes!(session::codes_on)),
        row(SignedIn, routes!(session::codes_off)),
        row(Grant(Permission::OverviewRead), routes!(overview::overview)),
        row(Grant(Permission::AccountsRead), routes!(accounts::list)),
        row(Grant(Permission::AccountsManage), routes!(accounts::create)),
        row(Grant(Permission::AccountsManage), routes!(accounts::role)),
        row(Grant(Permission::AccountsManage), routes!(accounts::disable)),
        row(Grant(Permission::AccountsManage), routes!(accounts::enable)),
        row(Grant(Permission::AccountsManage), routes!(accounts::reset)),
        row(Grant(Permission::ApiTokensRead), routes!(api_tokens::list)),
        row(Grant(Permission::ApiTokensManage), routes!(api_tokens::create)),
        row(Grant(Permission::ApiTokensManage), routes!(api_tokens::revoke)),
        row(Grant(Permission::EnrolmentRead), routes!(enrolment::list)),
        row(Grant(Permission::EnrolmentManage), routes!(enrolment::create)),
        row(Grant(Permission::EnrolmentManage), routes!(enrolment::drop)),
    ]
}

/// Devices, and the policy they run.
fn policy() -> Vec<Endpoint> {
    use Needs::Grant;
    vec![
        row(Grant(Permission::DevicesRead), routes!(devices::list)),
        row(Grant(Permission::DevicesRead), routes!(devices::one)),
        row(Grant(Permission::DevicesRevoke), routes!(devices::revoke)),
        row(Grant(Permission::BundlesRead), routes!(bundles::list)),
        row(Grant(Permission::BundlesRead), routes!(bundles::running)),
        row(Grant(Permission::BundlesRead), routes!(bundles::inspect)),
        Endpoint {
            most: BUNDLE,
            ..row(Grant(Permission::BundlesPublish), routes!(bundles::publish))
        },
        row(Grant(Permission::DraftsRead), routes!(drafts::list)),
        row(Grant(Permission::DraftsWrite), routes!(drafts::begin)),
        row(Grant(Permission::DraftsRead), routes!(drafts::one)),
        row(Grant(Permission::DraftsWrite), routes!(drafts::end)),
        Endpoint {
            most: PACKS,
            ..row(Grant(Permission::DraftsWrite), routes!(drafts::revise))
        },
        row(Grant(Permission::DraftsRead), routes!(drafts::read)),
        row(Grant(Permission::DraftsRead), routes!(drafts::dry_runs)),
        row(Grant(Permission::DraftsWrite), routes!(drafts::dry_run)),
        row(Grant(Permission::DraftsWrite), routes!(proposals::make)),
        row(Grant(Permission::DraftsRead), routes!(proposals::list)),
        row(Grant(Permission::DraftsRead), routes!(proposals::one)),
        row(Grant(Permission::DraftsApprove), routes!(proposals::approve)),
        row(Grant(Permission::DraftsApprove), routes!(proposals::refuse)),
        row(Grant(Permission::RolloutsSteer), routes!(proposals::seal)),
        Endpoint {
            most: BUNDLE,
            ..row(Grant(Permission::RolloutsSteer), routes!(proposals::signed))
        },
        row(Grant(Permission::DraftsRead), routes!(rollouts::list)),
        row(Grant(Permission::DraftsRead), routes!(rollouts::one)),
        row(Grant(Permission::RolloutsSteer), routes!(rollouts::advance)),
        row(Grant(Permission::RolloutsSteer), routes!(rollouts::pause)),
        row(Grant(Permission::RolloutsSteer), routes!(rollouts::resume)),
        row(Grant(Permission::RolloutsSteer), routes!(rollouts::roll_back)),
        row(Grant(Permission::EventsRead), routes!(rollouts::at)),
    ]
}

/// What people decide beside policy.
fn decisions() -> Vec<Endpoint> {
    use Needs::Grant;
    vec![
        row(Grant(Permission::DirectivesRead), routes!(directives::list)),
        row(Grant(Permission::DirectivesGive), routes!(directives::lockdown)),
        row(Grant(Permission::DirectivesGive), routes!(directives::block)),
        row(Grant(Permission::DirectivesGive), routes!(directives::resume)),
        row(Grant(Permission::DirectivesGive), routes!(directives::hand_on)),
        row(Grant(Permission::DirectivesRead), routes!(overrides::list)),
        row(Grant(Permission::DirectivesRead), routes!(overrides::one)),
        row(Grant(Permission::OverridesAsk), routes!(overrides::ask)),
        row(Grant(Permission::OverridesApprove), routes!(overrides::approve)),
        row(Grant(Permission::OverridesApprove), routes!(overrides::refuse)),
        row(Grant(Permission::OverridesAsk), routes!(overrides::code)),
        row(Grant(Permission::ExceptionsRead), routes!(exceptions::list)),
        row(Grant(Permission::ExceptionsRead), routes!(exceptions::one)),
        row(Grant(Permission::ExceptionsDecide), routes!(exceptions::approve)),
        row(Grant(Permission::ExceptionsDecide), routes!(exceptions::refuse)),
        row(Grant(Permission::ExceptionsDecide), routes!(exceptions::revoke)),
        row(Grant(Permission::ProvidersRead), routes!(providers::requests)),
        Endpoint {
            most: REQUEST,
            ..row(Grant(Permission::ProvidersAsk), routes!(providers::ask))
        },
        row(Grant(Permission::ProvidersRead), routes!(providers::request)),
        Endpoint {
            most: REQUEST,
            ..row(Grant(Permission::ProvidersAsk), routes!(providers::answer))
        },
        row(Grant(Permission::ProvidersDecide), routes!(providers::approve)),
        row(Grant(Permission::ProvidersDecide), routes!(providers::refuse)),
        row(Grant(Permission::ProvidersAsk), routes!(providers::withdraw)),
        row(Grant(Permission::ProvidersRead), routes!(providers::obligations)),
        row(Grant(Permission::ProvidersDecide), routes!(providers::enter)),
        row(Grant(Permission::ProvidersDecide), routes!(providers::end)),
        row(Grant(Permission::ProvidersRead), routes!(providers::pack)),
    ]
}

/// What happened, and what people do about it.
fn evidence() -> Vec<Endpoint> {
    use Needs::Grant;
    vec![
        row(Grant(Permission::EventsRead), routes!(events::list)),
        row(Grant(Permission::EventsRead), routes!(events::one)),
        row(Grant(Permission::EventsRead), routes!(alerts::received)),
        Endpoint {
            work: Work::Asks,
            ..row(Grant(Permission::EventsRead), routes!(reports::subject))
        },
        row(Grant(Permission::EventsRead), routes!(reports::absence)),
        row(Grant(Permission::EventsRead), routes!(reports::flows)),
        row(Grant(Permission::EventsRead), routes!(reports::flows_picture)),
        row(Grant(Permission::EventsRead), routes!(reports::week)),
        row(Grant(Permission::EventsRead), routes!(reports::week_paper)),
        // All records of everybody: for those who see everything.
        row(Grant(Permission::JournalRead), routes!(reports::pack)),
        row(Grant(Permission::JournalRead), routes!(deletions::keys)),
        row(Grant(Permission::JournalRead), routes!(deletions::list)),
        row(Grant(Permission::DeletionsDecide), routes!(deletions::ask)),
        Endpoint {
            work: Work::Long,
            ..row(Grant(Permission::DeletionsDecide), routes!(deletions::approve))
        },
        row(Grant(Permission::DeletionsDecide), routes!(deletions::refuse)),
        row(Grant(Permission::JournalRead), routes!(deletions::receipt)),
        row(Grant(Permission::AlertsRead), routes!(alerts::list)),
        row(Grant(Permission::AlertsRead), routes!(alerts::one)),
        row(Grant(Permission::AlertsManage), routes!(alerts::look)),
        row(Grant(Permission::AlertsManage), routes!(alerts::close)),
        row(Grant(Permission::AlertsRead), routes!(alerts::mutes)),
        row(Grant(Permission::AlertsManage), routes!(alerts::mute)),
        row(Grant(Permission::AlertsManage), routes!(alerts::unmute)),
        row(Grant(Permission::JournalRead), routes!(journal::list)),
        row(Grant(Permission::JournalRead), routes!(journal::verify)),
        row(Grant(Permission::JournalRead), routes!(log::one)),
    ]
}

/// All endpoints, each behind its guard.
pub fn router(fleet: &Arc<Fleet>) -> Router<Arc<Fleet>> {
    let mut router = Router::new();
    let questions = Arc::new(Questions::default());
    for Endpoint {
        needs,
        most,
        work,
        routes,
    } in table()
    {
        let (_, paths, methods) = routes;
        let gate = Gate {
            fleet: Arc::clone(fleet),
            needs,
            work,
            questions: Arc::clone(&questions),
        };
        let methods = methods
            .route_layer(DefaultBodyLimit::max(most))
            .route_layer(from_fn_with_state(gate, guard));
        // Each row has one path.
        for path in paths.paths.into_keys() {
            router = router.route(&path, methods.clone());
        }
    }
    router
        .route(
            "/api/{*rest}",
            any(async || Problem::not_found("there is no such endpoint")),
        )
        .method_not_allowed_fallback(async || Problem::method())
        .layer(from_fn(headers))
}
