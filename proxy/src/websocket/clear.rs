//! From a message to the right to send it. Promise P1 for sockets lives in this file: [`ClearedMessage`] has a private
//! field and is made by [`review`] alone, after the gate said so; only [`ClearedMessage::write`] puts content of the
//! client on the way to the origin.

use std::sync::Arc;

use super::frame::{Opcode, write_frame};
use super::message::Closing;
use crate::gate::{MessageRuling, SocketGate, SocketMessage};

/// A message that may leave this machine.
pub(super) struct ClearedMessage(SocketMessage);

/// What the gate said to a message.
pub(super) enum Reviewed {
    Cleared(ClearedMessage),
    Answer(Vec<SocketMessage>),
    Close(Closing),
}

/// Asks the gate about a message of the client.
pub(super) async fn review(gate: Arc<dyn SocketGate>, message: SocketMessage) -> Reviewed {
    match gate.review(message.clone()).await {
        MessageRuling::Forward(edited) => Reviewed::Cleared(ClearedMessage(edited.unwrap_or(message))),
        MessageRuling::Answer(messages) => Reviewed::Answer(messages),
        MessageRuling::Close { code, reason } => Reviewed::Close(Closing { code, reason }),
    }
}

impl ClearedMessage {
    /// Appends the message for the origin, in one frame.
    pub(super) fn write(&self, out: &mut Vec<u8>, mask: [u8; 4]) {
        write_message(out, &self.0, Some(mask));
    }
}

/// Appends a message for the client, in one frame.
pub(super) fn write_to_client(out: &mut Vec<u8>, message: &SocketMessage) {
    write_message(out, message, None);
}

fn write_message(out: &mut Vec<u8>, message: &SocketMessage, mask: Option<[u8; 4]>) {
    let opcode = if message.is_text() {
        Opcode::Text
    } else {
        Opcode::Binary
    };
    write_frame(out, opcode, message.content(), mask);
}
