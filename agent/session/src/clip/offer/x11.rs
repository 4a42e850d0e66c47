//! X11: the owner is asked what it offers, and for a picture, whose bytes stay in the server but for their number.
//!
//! After the Inter-Client Communication Conventions Manual 2.0, section 2: what is large comes in pieces (INCR), each of which
//! the owner sends when the one before was taken away.

use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, Property, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::linux::MOST_BYTES;

/// An owner that does not answer for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(1);
/// Forms of an owner that are looked at.
const MOST_FORMS: u32 = 256;

/// A connection of its own: no other events come there.
pub(super) struct Offers {
    connection: RustConnection,
    window: Window,
    clipboard: Atom,
    targets: Atom,
    pieces: Atom,
    /// Where the owner puts what is asked for.
    answer: Atom,
}

impl Offers {
    /// `None` without an X server.
    pub(super) fn connect() -> Option<Self> {
        Self::begin().ok()
    }

    /// The names of the forms that the owner has; `None` where nobody owns the clipboard, or the owner does not say.
    pub(super) fn offered(&self) -> Option<Vec<String>> {
        let is_answered = self.ask(self.targets).ok()?;
        is_answered.then(|| self.listed().ok()).flatten()
    }

    /// How long the owner's answer is in this form.
    pub(super) fn size(&self, form: &str) -> Option<u64> {
        let asked = self
            .connection
            .intern_atom(true, form.as_bytes())
            .ok()?
            .reply()
            .ok()?
            .atom;
        let is_answered = asked != x11rb::NONE && self.ask(asked).ok()?;
        is_answered.then(|| self.count().ok().flatten()).flatten()
    }

    fn begin() -> Result<Self, ReplyOrIdError> {
        let (connection, screen) = x11rb::connect(None).map_err(|_| ConnectionError::UnknownError)?;
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id()?;
        let (class, visual) = (WindowClass::INPUT_ONLY, x11rb::COPY_FROM_PARENT);
        let events = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, visual, &events)?;
        let atom =
            |name: &[u8]| -> Result<Atom, ReplyOrIdError> { Ok(connection.intern_atom(false, name)?.reply()?.atom) };
        let (clipboard, targets, pieces) = (atom(b"CLIPBOARD")?, atom(b"TARGETS")?, atom(b"INCR")?);
        let answer = atom(b"WEIR_OFFER")?;
        Ok(Self {
            connection,
            window,
            clipboard,
            targets,
            pieces,
            answer,
        })
    }

    /// Asks the owner for one form; false when it has none, or says nothing.
    fn ask(&self, form: Atom) -> Result<bool, ReplyOrIdError> {
        self.connection
            .convert_selection(self.window, self.clipboard, form, self.answer, x11rb::CURRENT_TIME)?;
        self.connection.flush()?;
        let answered = self.next(|event| match event {
            Event::SelectionNotify(event) if event.target == form => Some(event.property != x11rb::NONE),
            _ => None,
        })?;
        Ok(answered == Some(true))
    }

    fn listed(&self) -> Result<Vec<String>, ReplyOrIdError> {
        let (window, place) = (self.window, self.answer);
        let listed = self
            .connection
            .get_property(true, window, place, AtomEnum::ATOM, 0, MOST_FORMS)?;
        let listed = listed.reply()?;
        let asked = listed.value32().into_iter().flatten();
        let asked: Vec<_> = asked
            .map(|atom| self.connection.get_atom_name(atom))
            .collect::<Result<_, _>>()?;
        // An owner may list what is no atom.
        let names = asked.into_iter().filter_map(|asked| asked.reply().ok());
        Ok(names
            .map(|named| String::from_utf8_lossy(&named.name).into_owned())
            .collect())
    }

    /// The length of what was answered, in one or in pieces.
    fn count(&self) -> Result<Option<u64>, ReplyOrIdError> {
        let (kind, length) = self.take()?;
        if kind != self.pieces {
            return Ok(Some(length));
        }
        let mut bytes = 0;
        while bytes < MOST_BYTES {
            let came = self.next(|event| match event {
                Event::PropertyNotify(event) => {
                    (event.atom == self.answer && event.state == Property::NEW_VALUE).then_some(())
                }
                _ => None,
            })?;
            if came.is_none() {
                return Ok(None);
            }
            match self.take()? {
                (_, 0) => return Ok(Some(bytes)),
                (_, piece) => bytes += piece,
            }
        }
        Ok(None)
    }

    /// The type and the length of what lies there, which is then taken away.
    fn take(&self) -> Result<(Atom, u64), ReplyOrIdError> {
        let found = self
            .connection
            .get_property(false, self.window, self.answer, AtomEnum::ANY, 0, 0);
        let found = found?.reply()?;
        self.connection.delete_property(self.window, self.answer)?;
        self.connection.flush()?;
        Ok((found.type_, u64::from(found.bytes_after)))
    }

    /// The next event that says something, if it comes in time.
    fn next<T>(&self, says: impl Fn(&Event) -> Option<T>) -> Result<Option<T>, ReplyOrIdError> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            match self.connection.poll_for_event()? {
                Some(event) => {
                    if let Some(said) = says(&event) {
                        return Ok(Some(said));
                    }
                }
                None => std::thread::sleep(PAUSE),
            }
        }
        Ok(None)
    }
}
