use weir_model::catalogue::Transport;

/// A request as it stands on the wire, borrowed from the proxy.
///
/// No `Debug`: it holds what people typed.
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    /// Upper case.
    pub method: &'a str,
    /// Lower case; the port may be given.
    pub host: &'a str,
    /// Without the query.
    pub path: &'a str,
    /// What stands after the question mark.
    pub query: Option<&'a str>,
    /// Names in lower case, in the order of the wire.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// As on the wire, content coding included.
    pub body: &'a [u8],
    /// What carries it.
    pub carrier: Carrier,
}

/// What carries a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// The body of an HTTP request.
    #[default]
    Http,
    /// The request that opens a WebSocket. It has no body; the service's routes for its messages say what in its address
    /// is noise.
    Handshake,
    /// A message of a WebSocket from the client, complete, unmasked and out of its compression. Method, path, query and
    /// headers are those of the handshake.
    WebSocket {
        /// Counts the messages of the connection in both directions, from 0, as they came.
        number: u64,
    },
}

impl Carrier {
    /// The catalogue's word.
    #[must_use]
    pub const fn transport(self) -> Transport {
        match self {
            Carrier::Http => Transport::Http,
            Carrier::Handshake | Carrier::WebSocket { .. } => Transport::Websocket,
        }
    }
}

impl<'a> RequestView<'a> {
    /// The first header of a name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers
            .iter()
            .find(|(this, _)| *this == name)
            .map(|(_, value)| *value)
    }

    /// The same as text, if it is ASCII.
    #[must_use]
    pub fn header_text(&self, name: &str) -> Option<&'a str> {
        self.header(name)
            .and_then(|value| std::str::from_utf8(value).ok())
            .filter(|value| value.is_ascii())
    }
}
