//! Reads the whole body of a request to this machine, as far as there is room for it.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use weir_proxy::{Held, NoRoom};

/// Why there is no body. Whoever sent it is told; nothing of it is judged or sent, so this fails closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// It is larger than it may be.
    #[error("it is too large")]
    TooLarge,
    /// Others take all the room there is.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// It did not come whole.
    #[error("it broke off")]
    BrokenOff,
}

/// The body, of at most `limit` bytes. The room it takes is had until `held` is dropped.
pub(crate) async fn whole(mut body: Incoming, limit: usize, held: &mut Held) -> Result<Bytes, Unread> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Unread::TooLarge);
    }
    held.cover(announced).await?;
    let mut content = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::BrokenOff)?.into_data() else {
            continue;
        };
        let length = content.len() + data.len();
        if length > limit {
            return Err(Unread::TooLarge);
        }
        held.cover(length).await?;
        content.extend_from_slice(&data);
    }
    Ok(content.freeze())
}
