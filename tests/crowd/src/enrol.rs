//! Laptops become members of a fleet.

use crate::connection::{Connection, roots};
use crate::fleet::{Device, Fleet};
use crate::{Outcome, say};
use bytes::Bytes;
use hyper::{Method, StatusCode};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::RootCertStore;
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;
use weir_fleet::{Enrolled, Enrolment, Machine, routes};
use weir_support::now_ns;

/// How many, and where.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the server listens
    #[arg(long)]
    server: SocketAddr,
    /// The certificate of its authority
    #[arg(long)]
    authority: PathBuf,
    /// A token with enough uses
    #[arg(long)]
    token: String,
    /// How many laptops
    #[arg(long, default_value_t = 100)]
    devices: u32,
    /// Where to keep who they are
    #[arg(long)]
    out: PathBuf,
}

/// At once: as many as the server shakes hands with.
const AT_ONCE: u32 = 64;

pub(crate) async fn run(options: Options) -> Outcome<()> {
    let authority = std::fs::read_to_string(&options.authority)?;
    let (options, roots) = (Arc::new(options), roots(&authority)?);
    let start = now_ns();
    let mut workers = JoinSet::new();
    for worker in 0..AT_ONCE.min(options.devices) {
        workers.spawn(some(Arc::clone(&options), Arc::clone(&roots), worker));
    }
    let mut devices = Vec::new();
    let mut receipt_key = String::new();
    while let Some(enrolled) = workers.join_next().await {
        for (enrolled, key) in enrolled?? {
            receipt_key = enrolled.receipt_key;
            devices.push(Device {
                id: enrolled.device,
                certificate: enrolled.certificate,
                key,
            });
        }
    }
    let seconds = now_ns().saturating_sub(start) as f64 / 1e9;
    say(&json!({"enrolled": devices.len(), "seconds": seconds}));
    Fleet {
        server: options.server,
        authority,
        receipt_key,
        devices,
    }
    .write(&options.out)
}

/// Every so many of them, each on a connection of its own, as strangers come.
async fn some(options: Arc<Options>, roots: Arc<RootCertStore>, first: u32) -> Outcome<Vec<(Enrolled, String)>> {
    let mut enrolled = Vec::new();
    for number in (first..options.devices).step_by(AT_ONCE as usize) {
        enrolled.push(one(&options, &roots, number).await?);
    }
    Ok(enrolled)
}

async fn one(options: &Options, roots: &Arc<RootCertStore>, number: u32) -> Outcome<(Enrolled, String)> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let enrolment = Enrolment {
        token: options.token.clone(),
        csr: CertificateParams::new(Vec::new())?.serialize_request(&key)?.pem()?,
        machine: machine(number),
    };
    let mut connection = Connection::open(options.server, roots, None).await?;
    let body = Bytes::from(serde_json::to_vec(&enrolment)?);
    let (status, answer) = connection
        .whole(Method::POST, routes::ENROL, "application/json", body)
        .await?;
    if status != StatusCode::OK {
        return Err(format!("laptop {number} was not enrolled: {status}").into());
    }
    Ok((serde_json::from_slice(&answer)?, key.serialize_pem()))
}

pub(crate) fn machine(number: u32) -> Machine {
    Machine {
        name: format!("laptop-{number}"),
        platform: "linux".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
