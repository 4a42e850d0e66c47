//! Who is at the other end.

use super::answer::{Answer, refused};
use crate::run::Fleet;
use axum::extract::FromRequestParts;
use http::request::Parts;
use rustls_pki_types::CertificateDer;
use std::net::IpAddr;
use std::sync::Arc;
use weir_fleet::{DeviceId, Refusal};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub IpAddr);

/// The device a connection's certificate names; the listener has verified it. `None` without one.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub Option<DeviceId>);

impl Peer {
    /// From a verified chain.
    #[must_use]
    pub fn of(chain: Option<&[CertificateDer<'_>]>) -> Self {
        let leaf = chain.and_then(<[_]>::first);
        Self(leaf.and_then(|leaf| named(leaf)))
    }
}

fn named(leaf: &CertificateDer<'_>) -> Option<DeviceId> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    match names.value.general_names[..] {
        [GeneralName::URI(uri)] => DeviceId::from_uri(uri),
        _ => None,
    }
}

/// A device that is served. As an argument of a route it keeps everybody else out.
#[derive(Clone, Debug)]
pub struct Served {
    /// Which.
    pub device: DeviceId,
    /// Its group.
    pub group: Arc<str>,
}

impl FromRequestParts<Arc<Fleet>> for Served {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, fleet: &Arc<Fleet>) -> Result<Self, Answer> {
        let peer = parts.extensions.get::<Peer>().and_then(|peer| peer.0);
        let device = peer.ok_or(Refusal::Unknown)?;
        let group = fleet
            .roll
            .group(device)
            .await
            .map_err(refused("a device could not be looked up"))?;
        Ok(Self {
            device,
            group: group.ok_or(Refusal::Unknown)?,
        })
    }
}
