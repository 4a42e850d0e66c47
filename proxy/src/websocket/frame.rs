//! Frames: the header in front of a piece of a message, read strictly and written in its shortest form.

/// The longest header: two bytes, eight of length, four of mask.
const LONGEST_HEADER: usize = 14;
/// RFC 6455, 5.5: what a control frame may carry.
pub(crate) const MOST_CONTROL: usize = 125;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn read(bits: u8) -> Result<Self, SocketError> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return Err(SocketError::Opcode),
        })
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    pub(crate) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Who sends: a client masks its frames, a server must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Client,
    Server,
}

/// Why a socket is broken off. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SocketError {
    #[error("a frame uses an extension that was not negotiated")]
    Reserved,
    #[error("a frame has an unknown opcode")]
    Opcode,
    #[error("a frame is masked where it must not be, or not masked where it must be")]
    Masking,
    #[error("a frame's length is not in its shortest form")]
    Length,
    #[error("a control frame is fragmented or too long")]
    Control,
    #[error("a fragment continues nothing, or a message begins inside another")]
    Fragment,
    #[error("a close frame is malformed")]
    Close,
    #[error("a text is not UTF-8")]
    Utf8,
    #[error("a message is too large")]
    TooLarge,
}

impl SocketError {
    /// The code to close with (RFC 6455, 7.4.1).
    pub(crate) const fn close_code(self) -> u16 {
        match self {
            Self::Utf8 => 1007,
            Self::TooLarge => 1009,
            _ => 1002,
        }
    }
}

/// What stands before the content of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) last: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) length: u64,
}

impl FrameHeader {
    /// Reads a header from its beginning; `None` when more of it is to come.
    fn read(bytes: &[u8], sender: Sender) -> Result<Option<Self>, SocketError> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(SocketError::Reserved);
        }
        let (last, opcode) = (first & 0x80 != 0, Opcode::read(first & 0x0F)?);
        let masked = second & 0x80 != 0;
        if masked != (sender == Sender::Client) {
            return Err(SocketError::Masking);
        }
        let short = second & 0x7F;
        if opcode.is_control() && (!last || usize::from(short) > MOST_CONTROL) {
            return Err(SocketError::Control);
        }
        let Some((length, rest)) = read_length(short, rest)? else {
            return Ok(None);
        };
        let mask = if masked {
            let Some(mask) = rest.first_chunk::<4>() else {
                return Ok(None);
            };
            Some(*mask)
        } else {
            None
        };
        Ok(Some(Self {
            last,
            opcode,
            mask,
            length,
        }))
    }
}

/// The length and what follows it. A longer form than needed is refused: two readers could differ.
fn read_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, SocketError> {
    let (length, rest, least) = match short {
        126 => match rest.split_first_chunk::<2>() {
            Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest, 126),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => (u64::from_be_bytes(*length), rest, 0x1_0000),
            None => return Ok(None),
        },
        short => (u64::from(short), rest, 0),
    };
    if length < least || length >> 63 != 0 {
        return Err(SocketError::Length);
    }
    Ok(Some((length, rest)))
}

/// A header as far as it has come.
#[derive(Default)]
pub(crate) struct PartialHeader {
    bytes: [u8; LONGEST_HEADER],
    filled: usize,
}

impl PartialHeader {
    /// Takes bytes of the header, one at a time, so that none of what follows is taken; errors show at once.
    pub(crate) fn take(&mut self, input: &[u8], sender: Sender) -> Result<(usize, Option<FrameHeader>), SocketError> {
        for (at, byte) in input.iter().enumerate() {
            // A header is complete at its 14th byte at the latest.
            let Some(place) = self.bytes.get_mut(self.filled) else {
                return Err(SocketError::Length);
            };
            *place = *byte;
            self.filled += 1;
            if let Some(header) = FrameHeader::read(&self.bytes[..self.filled], sender)? {
                self.filled = 0;
                return Ok((at + 1, Some(header)));
            }
        }
        Ok((input.len(), None))
    }
}

/// Masks or unmasks in place. `offset`: how far into the frame the bytes stand.
pub(crate) fn apply_mask(bytes: &mut [u8], mask: [u8; 4], offset: u64) {
    // Below four: no bit is lost.
    let turn = (offset % 4) as usize;
    let mask = [0, 1, 2, 3].map(|at| mask[(turn + at) % 4]);
    let mut words = bytes.chunks_exact_mut(4);
    for word in &mut words {
        for (byte, key) in word.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(mask) {
        *byte ^= key;
    }
}

/// Appends one whole frame. A mask is the client's side of the protocol.
pub(crate) fn write_frame(out: &mut Vec<u8>, opcode: Opcode, content: &[u8], mask: Option<[u8; 4]>) {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    out.reserve(LONGEST_HEADER + content.len());
    out.push(0x80 | opcode.bits());
    match (u8::try_from(content.len()), u16::try_from(content.len())) {
        (Ok(short @ ..=125), _) => out.push(masked | short),
        (_, Ok(length)) => {
            out.push(masked | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(content.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask.unwrap_or_default()[..if mask.is_some() { 4 } else { 0 }]);
    let start = out.len();
    out.extend_from_slice(content);
    if let Some(mask) = mask {
        apply_mask(&mut out[start..], mask, 0);
    }
}
