//! Where files are put.

use super::s3::Connector;
use crate::outbound::{Secret, SetUpError};
use object_store::ObjectStore;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

/// The section `[archive]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// A folder (relative to the home), or `s3://BUCKET[/PREFIX]`.
    pub to: String,
    /// Where the bucket is, if it is not Amazon's: `https://HOST[:PORT]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The bucket's region; `us-east-1`, if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Id of the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<Secret>,
    /// The access key itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key: Option<Secret>,
    /// Believed beside the authorities of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
}

/// A file was not put there.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The folder.
    #[error("`{}`", .path.display())]
    Folder {
        /// What failed.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The bucket.
    #[error("the bucket")]
    Bucket(#[source] io::Error),
}

/// The archive, ready.
pub struct OpenArchive {
    place: Where,
}

enum Where {
    Folder(PathBuf),
    Bucket { store: Arc<AmazonS3>, prefix: String },
}

/// Bytes of one part of an upload. S3 takes ten thousand of them.
const PART: usize = 16 << 20;

impl OpenArchive {
    /// Nothing is written or asked yet.
    ///
    /// # Errors
    /// An address, a secret or an authority cannot be used.
    pub fn open(archive: &Archive, home: &Path) -> Result<Self, SetUpError> {
        let Some(bucket) = archive.to.strip_prefix("s3://") else {
            return Ok(Self {
                place: Where::Folder(home.join(&archive.to)),
            });
        };
        let wrong = || SetUpError::Address(archive.to.clone());
        let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_http_connector(Connector::new(home, archive.ca.as_ref())?)
            // Our client asks without TLS on this machine alone.
            .with_allow_http(true);
        if let Some(endpoint) = &archive.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &archive.region {
            builder = builder.with_region(region);
        }
        if let Some(key) = &archive.access_key {
            builder = builder.with_access_key_id(key.read(home)?.expose());
        }
        if let Some(key) = &archive.secret_key {
            builder = builder.with_secret_access_key(key.read(home)?.expose());
        }
        let store = builder.build().map_err(|_| wrong())?;
        Ok(Self {
            place: Where::Bucket {
                store: Arc::new(store),
                prefix: prefix.trim_end_matches('/').to_owned(),
            },
        })
    }

    /// Puts a file there, whole or not at all; gives its length. It is durable when this returns. A file of the same name is
    /// replaced.
    ///
    /// # Errors
    /// It is not there, or nobody knows.
    pub async fn put(&self, name: &str, file: NamedTempFile) -> Result<u64, PutError> {
        match &self.place {
            Where::Folder(folder) => {
                let path = folder.join(name);
                let (archive, name) = (folder.clone(), PathBuf::from(name));
                let put = tokio::task::spawn_blocking(move || into_folder(&file, &archive, &name));
                put.await.map_err(|error| PutError::Folder {
                    path,
                    source: io::Error::other(error),
                })?
            }
            Where::Bucket { store, prefix } => {
                let path = match prefix.as_str() {
                    "" => object_store::path::Path::from(name),
                    prefix => object_store::path::Path::from(format!("{prefix}/{name}")),
                };
                let store: Arc<dyn ObjectStore> = Arc::clone(store) as _;
                into_bucket(file, BufWriter::with_capacity(store, path, PART))
                    .await
                    .map_err(PutError::Bucket)
            }
        }
    }
}

fn into_folder(file: &NamedTempFile, archive: &Path, name: &Path) -> Result<u64, PutError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PutError::Folder { path, source }
    };
    let path = &archive.join(name);
    let folder = path.parent().unwrap_or(path);
    let missing = folder.ancestors().take_while(|above| !above.exists()).count();
    fs::create_dir_all(folder).map_err(failed(folder))?;
    // Beside its place, which may be on another disk than the home.
    let mut beside = NamedTempFile::new_in(folder).map_err(failed(folder))?;
    let mut from = file.reopen().map_err(failed(file.path()))?;
    let bytes = io::copy(&mut from, beside.as_file_mut()).map_err(failed(path))?;
    beside.as_file().sync_all().map_err(failed(path))?;
    beside.persist(path).map_err(|error| failed(path)(error.error))?;
    // A name is durable when the folder it stands in is. Of those in the archive nobody knows whether another run, which was
    // interrupted, has made them.
    let within = name.ancestors().skip(2).count();
    for folder in folder.ancestors().take(within.max(missing) + 1) {
        sync(folder).map_err(failed(folder))?;
    }
    Ok(bytes)
}

#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Folders cannot be synced here.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

async fn into_bucket(file: NamedTempFile, mut writer: BufWriter) -> io::Result<u64> {
    let mut from = tokio::fs::File::from_std(file.reopen()?);
    match tokio::io::copy(&mut from, &mut writer).await {
        Ok(bytes) => writer.shutdown().await.map(|()| bytes),
        Err(error) => {
            // Parts that were sent cost money until somebody takes them away.
            let _ = writer.abort().await;
            Err(error)
        }
    }
}
