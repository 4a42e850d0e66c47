//! Prompts that wait: the employee is told of each once.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use weir_model::EventId;
use weir_wire::{HeldChange, HeldMessage};

use crate::bell::Bell;
use crate::link::{Patience, connect};
use crate::notice::{Notice, Subject};

/// Prompts remembered as told.
const REMEMBERED: usize = 1024;

/// Listens as long as the session runs. Whoever listens says that they can decide, so that prompts wait: that is only true
/// where somebody shows notifications.
pub(crate) async fn run(state: Option<Arc<Path>>, bell: &Bell) {
    let mut patience = Patience::new();
    let mut told = HashSet::new();
    loop {
        if bell.is_heard().await
            && let Ok(client) = connect(state.as_deref()).await
            && let Ok(mut changes) = client.watch_held().await
        {
            patience = Patience::new();
            while let Ok(Some(change)) = changes.next().await {
                tell(&change, &mut told, bell).await;
            }
        }
        patience.wait().await;
    }
}

async fn tell(change: &HeldChange, told: &mut HashSet<EventId>, bell: &Bell) {
    let HeldChange::Waits(message) = change else { return };
    if told.len() >= REMEMBERED {
        told.clear();
    }
    // What changes about one that waits (an answer to a request) shows in the tray.
    if told.insert(message.id) {
        bell.ring(notice(message)).await;
    }
}

fn notice(message: &HeldMessage) -> Notice {
    let to = &message.destination;
    Notice {
        subject: Subject::Held,
        rule: message.rule.clone(),
        destination: to.service.clone().unwrap_or_else(|| to.host.clone()),
        level: message.level,
        found: message.found.keys().cloned().collect(),
    }
}
