//! The guard of the clipboard: what was copied is shown to the agent, and what the agent says is done.
//!
//! Fails open: where no agent answers, or it cannot record, the clipboard stays as it is. It has not left the machine, and
//! what leaves is judged where it leaves.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use weir_wire::{ClipboardAction, ClipboardVerdict};

use crate::bell::Bell;
use crate::clip::{Change, Content, Hand, Mark};
use crate::link::Link;
use crate::notice::{Notice, Subject};

/// Guards as long as there is something to guard.
pub(crate) async fn run(mut changes: mpsc::Receiver<Change>, state: Option<Arc<Path>>, bell: &Bell) {
    let mut link = Link::new(state);
    let mut memory = Memory::default();
    let hand = Hand::new();
    while let Some(change) = changes.recv().await {
        if memory.is_known(&change.content) {
            continue;
        }
        let Some(verdict) = link.ask(&change.ask()).await else {
            // Somebody may copy it again when there is an agent.
            memory = Memory::default();
            continue;
        };
        let done = carry_out(&verdict, change.content.mark(), &hand, &mut memory).await;
        if let Some(subject) = done {
            bell.ring(notice(subject, &verdict)).await;
        }
    }
    // Nothing is watched here: notifications go on.
    std::future::pending::<()>().await;
}

/// What was on the clipboard last, and what was put there: programs that keep a history of the clipboard offer the same
/// again, and the own writing is no copy of the employee's.
#[derive(Default)]
struct Memory {
    last: Option<Mark>,
}

impl Memory {
    fn is_known(&mut self, content: &Content) -> bool {
        content.is_empty() || self.last.replace(content.mark()) == Some(content.mark())
    }
}

/// What was really done; `None` where nobody need be told.
async fn carry_out(verdict: &ClipboardVerdict, judged: Mark, hand: &Hand, memory: &mut Memory) -> Option<Subject> {
    let new = match (verdict.action, &verdict.cleaned) {
        (ClipboardAction::Log, _) => return None,
        (ClipboardAction::Notify, _) => return Some(Subject::Copied),
        (ClipboardAction::Clean, Some(cleaned)) => Content::of_text(cleaned.clone()),
        // An agent that asks for cleaning without saying to what gets the safe half of it.
        (ClipboardAction::Clean, None) | (ClipboardAction::Clear, _) => Content::default(),
    };
    let subject = if new.is_empty() {
        Subject::Cleared
    } else {
        Subject::Cleaned
    };
    // Known before it is there: its change is on the way as soon as it is written.
    memory.last = Some(new.mark());
    match hand.replace(judged, new).await {
        Ok(true) => Some(subject),
        // The employee has copied something else meanwhile, which is judged next.
        Ok(false) => None,
        Err(error) => {
            tracing::warn!(%error, "the clipboard could not be changed");
            Some(Subject::Copied)
        }
    }
}

fn notice(subject: Subject, verdict: &ClipboardVerdict) -> Notice {
    Notice {
        subject,
        rule: verdict.rule.clone(),
        destination: String::new(),
        level: verdict.level,
        found: verdict.found.keys().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::clip::Content;

    #[test]
    fn the_same_again_and_nothing_are_no_copies() {
        let mut memory = Memory::default();
        let text = |text: &str| Content::of_text(text.to_owned());
        assert!(memory.is_known(&Content::default()));
        assert!(!memory.is_known(&text("one")));
        assert!(memory.is_known(&text("one")));
        assert!(!memory.is_known(&text("two")));
        assert!(!memory.is_known(&text("one")));
        memory.last = Some(text("cleaned").mark());
        assert!(memory.is_known(&text("cleaned")), "the own writing is no copy");
        assert!(!memory.is_known(&text("one")));
    }
}
