//! Server-sent events, cut at any byte.

/// The most one event may hold: a guard against a service that never ends a line.
const MOST: usize = 16 << 20;

/// One event.
pub(crate) struct Message {
    /// Its data lines, joined.
    pub(crate) data: String,
}

/// Bytes to events.
#[derive(Default)]
pub(crate) struct Reader {
    /// The line that is not over.
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    /// A line ended in CR: a LF right behind it belongs to that end.
    after_cr: bool,
    held: usize,
}

/// An event is longer than anything a model says, or no text.
pub(crate) struct NoEvents;

impl Reader {
    pub(crate) fn push(&mut self, chunk: &[u8], each: &mut dyn FnMut(Message)) -> Result<(), NoEvents> {
        for &byte in chunk {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    self.end_line(each)?;
                }
                _ => {
                    self.after_cr = false;
                    self.held += 1;
                    if self.held > MOST {
                        return Err(NoEvents);
                    }
                    self.line.push(byte);
                }
            }
        }
        Ok(())
    }

    /// The name of an event is in its data too, in all three interfaces, so the data is all that is kept.
    fn end_line(&mut self, each: &mut dyn FnMut(Message)) -> Result<(), NoEvents> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            self.held = 0;
            let Some(data) = self.data.take() else { return Ok(()) };
            each(Message {
                data: String::from_utf8(data).map_err(|_| NoEvents)?,
            });
            return Ok(());
        }
        let Some(value) = line.strip_prefix(b"data:") else {
            return Ok(());
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &mut self.data {
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            None => self.data = Some(value.to_vec()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;

    fn datas(pieces: &[&[u8]]) -> Vec<String> {
        let (mut reader, mut out) = (Reader::default(), Vec::new());
        for piece in pieces {
            let pushed = reader.push(piece, &mut |message| out.push(message.data));
            assert!(pushed.is_ok());
        }
        out
    }

    #[test]
    fn all_line_ends_and_comments_are_read() {
        let stream = b": hello\n\nevent: a\r\ndata: {\"x\":1}\r\n\r\ndata:two\ndata: lines\n\ndata\n\ndata: open";
        assert_eq!(datas(&[stream]), ["{\"x\":1}", "two\nlines"]);
    }

    #[test]
    fn cuts_change_nothing() {
        let stream = "event: a\r\ndata: gr\u{fc}n\r\n\r\ndata: b\r\rdata: c\n\n".as_bytes();
        for at in 0..=stream.len() {
            let (one, two) = stream.split_at(at);
            assert_eq!(datas(&[one, two]), ["gr\u{fc}n", "b", "c"], "cut at {at}");
        }
    }
}
