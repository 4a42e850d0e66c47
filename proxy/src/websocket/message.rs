//! Messages: fragments put together, control frames taken out from between them, texts checked as they come.

use bytes::Bytes;

use super::frame::{FrameHeader, MOST_CONTROL, Opcode, PartialHeader, Sender, SocketError, apply_mask};
use crate::gate::SocketMessage;

/// What a side has said.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Message(SocketMessage),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<Closing>),
}

/// What a close frame carries.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

/// Reads one side of a socket. Memory is bounded by the limit on a message and one control frame.
pub(crate) struct MessageReader {
    sender: Sender,
    limit: usize,
    header: PartialHeader,
    frame: Option<Frame>,
    message: Option<Fragments>,
    control: Vec<u8>,
}

/// The frame whose content is being read.
struct Frame {
    header: FrameHeader,
    seen: u64,
}

/// A message as far as it has come.
struct Fragments {
    is_text: bool,
    content: Vec<u8>,
    /// For texts: how much of it is known to be UTF-8.
    checked: usize,
}

impl MessageReader {
    /// `limit`: the most bytes of a message.
    pub(crate) fn new(sender: Sender, limit: usize) -> Self {
        Self {
            sender,
            limit,
            header: PartialHeader::default(),
            frame: None,
            message: None,
            control: Vec::new(),
        }
    }

    /// Takes bytes up to the end of the next event: how many, and the event. Takes all where there is none.
    pub(crate) fn read(&mut self, input: &[u8]) -> Result<(usize, Option<Event>), SocketError> {
        let mut taken = 0;
        loop {
            if self.frame.is_none() {
                let (count, header) = self.header.take(&input[taken..], self.sender)?;
                taken += count;
                let Some(header) = header else { return Ok((taken, None)) };
                self.begin(header)?;
            }
            let Some(frame) = &mut self.frame else {
                return Ok((taken, None));
            };
            let left = usize::try_from(frame.header.length - frame.seen).unwrap_or(usize::MAX);
            let count = left.min(input.len() - taken);
            let (offset, header) = (frame.seen, frame.header);
            frame.seen += count as u64;
            self.add(&header, &input[taken..taken + count], offset)?;
            taken += count;
            if count < left {
                return Ok((taken, None));
            }
            self.frame = None;
            if let Some(event) = self.end(&header)? {
                return Ok((taken, Some(event)));
            }
        }
    }

    /// A frame begins: whatever can be known from its header is refused here, before memory is taken.
    fn begin(&mut self, header: FrameHeader) -> Result<(), SocketError> {
        match (header.opcode, &self.message) {
            (Opcode::Text | Opcode::Binary, None) => {
                self.message = Some(Fragments {
                    is_text: header.opcode == Opcode::Text,
                    content: Vec::new(),
                    checked: 0,
                });
            }
            (Opcode::Text | Opcode::Binary, Some(_)) | (Opcode::Continuation, None) => {
                return Err(SocketError::Fragment);
            }
            (Opcode::Close, _) if header.length == 1 => return Err(SocketError::Close),
            _ => {}
        }
        let so_far = self.message.as_ref().map_or(0, |message| message.content.len());
        let room = self.limit.saturating_sub(so_far) as u64;
        if !header.opcode.is_control() && header.length > room {
            return Err(SocketError::TooLarge);
        }
        self.frame = Some(Frame { header, seen: 0 });
        Ok(())
    }

    fn add(&mut self, header: &FrameHeader, bytes: &[u8], offset: u64) -> Result<(), SocketError> {
        let buffer = match &mut self.message {
            Some(message) if !header.opcode.is_control() => &mut message.content,
            _ => &mut self.control,
        };
        let start = buffer.len();
        buffer.extend_from_slice(bytes);
        if let Some(mask) = header.mask {
            apply_mask(&mut buffer[start..], mask, offset);
        }
        match &mut self.message {
            Some(message) if message.is_text && !header.opcode.is_control() => message.check(),
            _ => Ok(()),
        }
    }

    fn end(&mut self, header: &FrameHeader) -> Result<Option<Event>, SocketError> {
        Ok(match header.opcode {
            Opcode::Ping => Some(Event::Ping(std::mem::take(&mut self.control))),
            Opcode::Pong => Some(Event::Pong(std::mem::take(&mut self.control))),
            Opcode::Close => Some(Event::Close(read_close(&std::mem::take(&mut self.control))?)),
            _ if !header.last => None,
            _ => match self.message.take() {
                Some(message) => Some(Event::Message(message.whole()?)),
                None => None,
            },
        })
    }
}

impl Fragments {
    /// Linear: at most three bytes are looked at twice.
    fn check(&mut self) -> Result<(), SocketError> {
        match std::str::from_utf8(&self.content[self.checked..]) {
            Ok(rest) => self.checked += rest.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(SocketError::Utf8),
        }
        Ok(())
    }

    fn whole(self) -> Result<SocketMessage, SocketError> {
        if !self.is_text {
            return Ok(SocketMessage::binary(self.content));
        }
        if self.checked < self.content.len() {
            return Err(SocketError::Utf8);
        }
        Ok(SocketMessage::checked_text(Bytes::from(self.content)))
    }
}

fn read_close(content: &[u8]) -> Result<Option<Closing>, SocketError> {
    let Some((code, reason)) = content.split_first_chunk::<2>() else {
        return Ok(None);
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(SocketError::Close);
    }
    let reason = std::str::from_utf8(reason).map_err(|_| SocketError::Utf8)?;
    Ok(Some(Closing {
        code,
        reason: reason.to_owned(),
    }))
}

/// The content of a close frame; the reason is cut to what fits.
pub(crate) fn write_close(closing: Option<&Closing>) -> Vec<u8> {
    let Some(Closing { code, reason }) = closing else {
        return Vec::new();
    };
    let fits = reason.floor_char_boundary(MOST_CONTROL - 2);
    [&code.to_be_bytes()[..], &reason.as_bytes()[..fits]].concat()
}
