//! What the agent says, and what waits for the user.

use tauri::{State, WebviewWindow};
use weir_ipc::Client;
use weir_model::EventId;
use weir_wire::{
    AppealAsk, Appealed, AskFailed, AskedList, Connection, Event, EventList, EventQuery, EventRecords, HeldAsk,
    HeldDone, HeldMessage, HeldSend, HeldText, OverrideAsk, OverrideDone, PolicyMatrix, ProviderAsked, ProviderWanted,
    Status,
};

use super::failed::{not_answered, not_connected};
use super::{known, main_only};
use crate::desk::Desk;

type Answer<T> = Result<T, AskFailed>;

/// A conversation with the agent, and what to say where it fails.
async fn client(desk: &Desk) -> Answer<Client> {
    let client = desk.agent.client().await;
    client.map_err(|error| not_connected(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn status(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<Status> {
    known(&window, &desk)?;
    let status = client(&desk).await?.status().await;
    status.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn connection(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<Connection> {
    known(&window, &desk)?;
    Ok(desk.connection())
}

#[tauri::command]
pub(crate) async fn events(window: WebviewWindow, desk: State<'_, Desk>, query: EventQuery) -> Answer<EventList> {
    main_only(&window, &desk)?;
    list(&desk, &query).await
}

/// Recorded events, for whichever command shows them.
pub(super) async fn list(desk: &Desk, query: &EventQuery) -> Answer<EventList> {
    let list = client(desk).await?.events(query).await;
    list.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn event(window: WebviewWindow, desk: State<'_, Desk>, id: EventId) -> Answer<Event> {
    main_only(&window, &desk)?;
    let event = client(&desk).await?.event(&id).await;
    event.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn event_records(window: WebviewWindow, desk: State<'_, Desk>, id: EventId) -> Answer<EventRecords> {
    main_only(&window, &desk)?;
    let records = client(&desk).await?.records(&id).await;
    records.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn appeal(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    id: EventId,
    ask: AppealAsk,
) -> Answer<Appealed> {
    main_only(&window, &desk)?;
    let appealed = client(&desk).await?.appeal(&id, &ask).await;
    appealed.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn policy_matrix(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<PolicyMatrix> {
    main_only(&window, &desk)?;
    let matrix = client(&desk).await?.matrix().await;
    matrix.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn asked(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<AskedList> {
    main_only(&window, &desk)?;
    let asked = client(&desk).await?.asked().await;
    asked.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn ask_provider(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    wanted: ProviderWanted,
) -> Answer<ProviderAsked> {
    main_only(&window, &desk)?;
    let asked = client(&desk).await?.ask_provider(&wanted).await;
    asked.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn enter_code(window: WebviewWindow, desk: State<'_, Desk>, ask: OverrideAsk) -> Answer<OverrideDone> {
    main_only(&window, &desk)?;
    let entered = client(&desk).await?.lift(&ask).await;
    entered.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn held(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<Vec<HeldMessage>> {
    known(&window, &desk)?;
    let list = client(&desk).await?.held().await;
    list.map(|list| list.held)
        .map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn held_text(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    id: EventId,
    revealed: bool,
) -> Answer<HeldText> {
    known(&window, &desk)?;
    let text = client(&desk).await?.held_text(&id, revealed).await;
    text.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn held_send(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    id: EventId,
    how: HeldSend,
) -> Answer<HeldDone> {
    known(&window, &desk)?;
    let done = client(&desk).await?.held_send(&id, &how).await;
    done.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn held_request(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    id: EventId,
    ask: HeldAsk,
) -> Answer<HeldMessage> {
    known(&window, &desk)?;
    let asked = client(&desk).await?.held_request(&id, &ask).await;
    asked.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn held_appeal(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    id: EventId,
    ask: AppealAsk,
) -> Answer<HeldMessage> {
    known(&window, &desk)?;
    let appealed = client(&desk).await?.held_appeal(&id, &ask).await;
    appealed.map_err(|error| not_answered(desk.words(), &error))
}

#[tauri::command]
pub(crate) async fn held_drop(window: WebviewWindow, desk: State<'_, Desk>, id: EventId) -> Answer<HeldDone> {
    known(&window, &desk)?;
    let done = client(&desk).await?.held_drop(&id).await;
    done.map_err(|error| not_answered(desk.words(), &error))
}
