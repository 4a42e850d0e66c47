//! Where a secret is.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where a secret is. The configuration never holds one itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// In a file, relative to the home; a line break at its end does not count.
    File(PathBuf),
    /// In a variable of the environment.
    Env(String),
}

/// A secret. No `Debug`, no serde.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

/// There is no secret where there should be one.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file.
    #[error("the secret in `{}` cannot be read", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The variable.
    #[error("the environment has no secret `{0}`")]
    Env(String),
    /// Nothing is in it.
    #[error("a secret is empty")]
    Empty,
}

impl Secret {
    /// Reads it.
    ///
    /// # Errors
    /// It is not there, or empty.
    pub fn read(&self, home: &Path) -> Result<SecretText, SecretError> {
        let text = match self {
            Self::File(path) => {
                let path = home.join(path);
                fs::read_to_string(&path).map_err(|source| SecretError::File { path, source })?
            }
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Env(name.clone()))?,
        };
        let text = Zeroizing::new(text);
        let trimmed = text.trim_end_matches(['\n', '\r']);
        if trimmed.is_empty() {
            return Err(SecretError::Empty);
        }
        Ok(SecretText(Zeroizing::new(trimmed.to_owned())))
    }
}

impl SecretText {
    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretError};

    #[test]
    fn secrets_are_read_from_files_and_never_from_the_configuration() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("hook"), "tell nobody\r\n").unwrap();
        let read = |secret: Secret| secret.read(home.path());
        assert_eq!(read(Secret::File("hook".into())).unwrap().expose(), "tell nobody");
        std::fs::write(home.path().join("empty"), "\n").unwrap();
        assert!(matches!(read(Secret::File("empty".into())), Err(SecretError::Empty)));
        assert!(matches!(
            read(Secret::File("none".into())),
            Err(SecretError::File { .. })
        ));
        let unset = Secret::Env("WEIR_NO_SUCH_SECRET".to_owned());
        assert!(matches!(read(unset), Err(SecretError::Env(_))));
        assert!(toml::from_str::<Secret>("text = \"tell nobody\"").is_err());
    }
}
