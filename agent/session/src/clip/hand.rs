//! Puts something else on the clipboard.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::content::{Content, Eye, Mark};

/// On X11 and Wayland, what was put there is there as long as this is.
pub struct Hand {
    clipboard: Arc<Mutex<Option<arboard::Clipboard>>>,
}

/// Something else could not be put on the clipboard.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system does not let it be done.
    #[error("the system did not take it: {0}")]
    System(String),
    /// It did not end.
    #[error("it broke off")]
    Broken,
}

impl Hand {
    /// Touches nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clipboard: Arc::default(),
        }
    }

    /// Replaces what has this mark, or leaves alone what is there instead by now (false). Nothing as the new content
    /// empties the clipboard.
    ///
    /// # Errors
    /// When the system does not let it be done.
    pub async fn replace(&self, judged: Mark, new: Content) -> Result<bool, WriteError> {
        let mut clipboard = Arc::clone(&self.clipboard).lock_owned().await;
        let replaced = spawn_blocking(move || {
            if Eye::default().read().mark() != judged {
                return Ok(false);
            }
            let clipboard = match &mut *clipboard {
                Some(clipboard) => clipboard,
                none => none.insert(arboard::Clipboard::new()?),
            };
            match new.into_text() {
                Some(text) => clipboard.set_text(text)?,
                None => clipboard.clear()?,
            }
            Ok(true)
        });
        let replaced = replaced.await.map_err(|_| WriteError::Broken)?;
        replaced.map_err(|error: arboard::Error| WriteError::System(error.to_string()))
    }
}

impl Default for Hand {
    fn default() -> Self {
        Self::new()
    }
}
