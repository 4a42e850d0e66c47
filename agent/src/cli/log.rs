//! Where events are read from: the running agent, or the log itself when none runs.

use weir_audit::{AccessRecord, Record, SealKey};
use weir_model::EventId;
use weir_policy::Policy;
use weir_store::{IndexKind, Options, Store};
use weir_wire::{DryRun, DryRunQuery, Event, EventList, EventQuery, Refusal, ReplayQuery, Replays};

use super::status::{block_on, connect_error};
use super::{CliError, owner};
use crate::kept::Kept;
use crate::state::StateDir;
use crate::{history, replay};
use weir_ipc::{AskError, Client, ConnectError};

/// Events that meet a query, oldest first.
pub(crate) fn query(state: &StateDir, query: &EventQuery) -> Result<EventList, CliError> {
    let asked = block_on(async {
        match Client::connect(&state.agent(), "weir").await {
            Ok(mut client) => client
                .events(query)
                .await
                .map(Some)
                .map_err(|error| CliError::from_chain(&error)),
            Err(ConnectError::NotRunning(_)) => Ok(None),
            Err(error) => Err(connect_error(&error)),
        }
    })?;
    if let Some(list) = asked {
        return Ok(list);
    }
    let store = open(state)?;
    let list = history::events(store.read(&history::store_query(query)), query);
    record_access(&store, "query", list.events.len())?;
    Ok(list)
}

/// One event; `None` when the log has none of this name.
pub(crate) fn event(state: &StateDir, id: &EventId) -> Result<Option<Event>, CliError> {
    let asked = block_on(async {
        match Client::connect(&state.agent(), "weir").await {
            Ok(mut client) => match client.event(id).await {
                Ok(event) => Ok(Some(Some(event))),
                Err(AskError::Refused(Refusal::NoSuchEvent)) => Ok(Some(None)),
                Err(error) => Err(CliError::from_chain(&error)),
            },
            Err(ConnectError::NotRunning(_)) => Ok(None),
            Err(error) => Err(connect_error(&error)),
        }
    })?;
    if let Some(answer) = asked {
        return Ok(answer);
    }
    let store = open(state)?;
    let found = history::event(store.get(id).map_err(|error| CliError::from_chain(&error))?);
    record_access(&store, "get", usize::from(found.is_some()))?;
    Ok(found)
}

/// Decisions made again.
pub(crate) fn replay(state: &StateDir, query: &ReplayQuery) -> Result<Replays, CliError> {
    let asked = block_on(async {
        match Client::connect(&state.agent(), "weir").await {
            Ok(mut client) => match client.replay(query).await {
                Err(AskError::Refused(Refusal::NoSuchEvent)) => Ok(Some(Replays::default())),
                answer => answer.map(Some).map_err(|error| CliError::from_chain(&error)),
            },
            Err(ConnectError::NotRunning(_)) => Ok(None),
            Err(error) => Err(connect_error(&error)),
        }
    })?;
    if let Some(replays) = asked {
        return Ok(replays);
    }
    let (store, kept) = (open(state)?, Kept::inside(&state.policy()));
    let replays = match &query.event {
        Some(id) => {
            let entries = store.get(id).map_err(|error| CliError::from_chain(&error))?;
            replay::replays(entries.into_iter().map(Ok), query, &kept)
        }
        None => replay::replays(store.read(&replay::decisions_since(query.since)), query, &kept),
    };
    record_access(
        &store,
        "replay",
        usize::try_from(replays.decisions).unwrap_or(usize::MAX),
    )?;
    Ok(replays)
}

/// What a pack would have decided.
pub(crate) fn dry_run(state: &StateDir, query: &DryRunQuery, policy: &Policy) -> Result<DryRun, CliError> {
    let asked = block_on(async {
        match Client::connect(&state.agent(), "weir").await {
            Ok(mut client) => {
                let answer = client.dry_run(query).await;
                answer.map(Some).map_err(|error| CliError::from_chain(&error))
            }
            Err(ConnectError::NotRunning(_)) => Ok(None),
            Err(error) => Err(connect_error(&error)),
        }
    })?;
    if let Some(run) = asked {
        return Ok(run);
    }
    let store = open(state)?;
    let entries = store.read(&replay::decisions_since(query.since));
    let run = weir_assembly::dry_run(entries.map(|entry| entry.map(|entry| entry.record)), policy);
    record_access(&store, "dry-run", usize::try_from(run.decisions).unwrap_or(usize::MAX))?;
    Ok(run)
}

/// The key records are sealed under; `None` where there is none. Reading must not make one.
pub(crate) fn seal_key(state: &StateDir) -> Result<Option<SealKey>, CliError> {
    if !state.root().join("keys").join("seal.key").exists() {
        return Ok(None);
    }
    let key = state.seal_key().map_err(|error| CliError::from_chain(&error))?;
    Ok(Some(SealKey::new(*key)))
}

/// An error where there is no log, instead of an empty one.
pub(crate) fn must_exist(state: &StateDir) -> Result<(), CliError> {
    let dir = state.audit();
    match std::fs::metadata(&dir) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(CliError::environment(format!(
            "there is no log in `{}`; it is made when `weir agent` first starts, and `--state` names another place",
            state.root().display()
        ))),
        Err(error) => Err(CliError::environment(format!(
            "cannot read `{}`: {error}",
            dir.display()
        ))),
    }
}

/// Nobody else has it open: the agent would have answered, or the store says that it is in use.
fn open(state: &StateDir) -> Result<Store, CliError> {
    must_exist(state)?;
    // To be asked for is recorded: root would leave files that the agent cannot write to.
    owner::become_owner(state)?;
    let key = seal_key(state)?.ok_or_else(|| {
        CliError::environment("the key that opens the log is missing; its chain can still be verified")
    })?;
    // A pass over the segments is quicker than building an index for one question.
    let options = Options {
        index: IndexKind::None,
        // What is removed is the agent's business.
        needed: true,
        ..Options::new(key)
    };
    Store::open(&state.audit(), options).map_err(|error| CliError::from_chain(&error))
}

/// Reading is recorded.
fn record_access(store: &Store, access: &str, count: usize) -> Result<(), CliError> {
    let time = crate::clock::now();
    let record = Record::Access(AccessRecord {
        time,
        user: user(),
        access: access.to_owned(),
        query: "command line, no agent running".to_owned(),
        count: count as u64,
    });
    let id = crate::clock::event_id(time);
    store
        .append_and_wait(time, id, &record)
        .map(drop)
        .map_err(|error| CliError::from_chain(&error))
}

fn user() -> String {
    ["SUDO_USER", "USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "unknown".to_owned())
}
