//! The agent, from start to stop.

use std::collections::BTreeSet;
use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use weir_audit::{Kind, Record, SealKey, Severity};
use weir_bundle::{PublicKey, Trust};
use weir_engine::FingerprintKey;
use weir_ipc::socket::Reach;
use weir_model::Timestamp;
use weir_proxy::ca::{Authority, Paths, Standing};
use weir_proxy::{Limits, Pac, Proxy, Room, TlsUpstream, TlsUpstreamOptions};
use weir_store::{Query, Store};
use weir_sync::{Asking, Identity};

use crate::approvers::{self, Approvers};
use crate::asked::Asked;
use crate::clipboard::Copies;
use crate::clock;
use crate::config::{Options, Ready, Signers};
use crate::decided::Decided;
use crate::desk::Desk;
use crate::enforce::Enforcer;
use crate::exceptions::{Exceptions, Taking};
use crate::fleet;
use crate::freshness::{Telling, Watched};
use crate::gate::AgentGate;
use crate::gateway::{self, Caller, Gateway, Listening, Tokens};
use crate::in_force::{self, LoadError, Loaded};
use crate::ipc;
use crate::kept::Kept;
use crate::orders::{Orders, Receiving};
use crate::os::Programs;
use crate::overrides::{Keeping, Liftable, Overrides};
use crate::scanned::Scanned;
use crate::setup::certificate::{self, CertificateError};
use crate::slot::Slot;
use crate::state::{StateDir, StateError};
use crate::supervisor::Supervisor;
use crate::uploads::Uploaded;
use crate::vault::Vault;
use crate::vault_seal::VaultSeal;
use weir_model::chain;

/// The agent could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The state directory or its keys.
    #[error(transparent)]
    State(#[from] StateError),
    /// The policy.
    #[error("cannot load the policy")]
    Policy(#[from] LoadError),
    /// The log.
    #[error("cannot open the audit log in `{}`", .path.display())]
    Store {
        /// Where.
        path: PathBuf,
        /// Why.
        source: weir_store::OpenError,
    },
    /// The device's certificate authority.
    #[error("cannot open the certificate authority")]
    Authority(#[from] weir_proxy::ca::OpenError),
    /// A root for the upstream leg.
    #[error("cannot read the upstream roots `{}`", .path.display())]
    UpstreamRoots {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The upstream leg.
    #[error("cannot set up the upstream leg")]
    Upstream(#[from] weir_proxy::TlsUpstreamError),
    /// A key has not the form the cipher needs.
    #[error("the vault key cannot be used")]
    VaultKey,
    /// The proxy's address.
    #[error(transparent)]
    Proxy(#[from] weir_proxy::BindError),
    /// A key that should verify bundles is none.
    #[error("cannot use `{}` to verify bundles", .path.display())]
    BundleKey {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no root to go by.
    #[error("cannot use the root `{}`", .path.display())]
    Root {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The enrolment with the admin server.
    #[error("the enrolment with the admin server cannot be used")]
    Identity(#[from] weir_sync::IdentityError),
    /// The directory of the bundle.
    #[error("cannot keep bundles")]
    Slot(#[from] io::Error),
    /// The gateway's address.
    #[error(transparent)]
    Gateway(#[from] gateway::BindError),
    /// No address to listen on was given.
    #[error("no address to listen on was given")]
    NoAddress,
    /// The socket.
    #[error(transparent)]
    Socket(#[from] weir_ipc::BindError),
    /// The certificate just made cannot be read back.
    #[error("cannot read the agent's own certificate")]
    Certificate(#[from] CertificateError),
}

/// Runs until `shutdown` ends, then lets running exchanges end and closes the log.
///
/// # Errors
/// When any part cannot be set up. Nothing is intercepted then, and with the PAC file AI hosts stay closed.
pub async fn run(mut options: Options, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    options.state.create()?;
    let identity = Identity::read(&options.state.fleet())?;
    let approvers = approvers(&options, identity.as_ref())?;
    let from_server = identity
        .as_ref()
        .map(|identity| FromServer::of(&options, identity, approvers.as_ref()));
    let slot = match approvers {
        Some((approvers, groups)) => Some(Slot::open(options.state.policy(), approvers, groups)?),
        None => None,
    };
    let (loaded, missing) = policy(&options, slot.as_ref())?;
    let hosts = loaded.in_force.policy.intercepted_hosts();
    let certified = loaded.in_force.policy.certified_hosts();
    let enforcer = Arc::new(enforcer(&options, loaded, from_server.unwrap_or_default())?);
    if let Some(why) = missing {
        tracing::warn!(why, "no bundle is in force");
        enforcer.note("policy.missing", Severity::Warning, why);
    }
    restore_vault(&enforcer);
    if let Some(key) = identity.as_ref().and_then(Identity::search_key) {
        enforcer.search_by(&key);
    }

    let paths = Paths::inside(&options.state.ca());
    let (authority, standing) = Authority::open(&paths, &certified, SystemTime::now())?;
    let authority = Arc::new(authority);
    note_authority(&enforcer, standing);
    let upstream = Arc::new(upstream(&options)?);
    let caller = Arc::new(Caller::new(Arc::clone(&enforcer), Arc::clone(&upstream)));
    let gate = Arc::new(AgentGate::new(Arc::clone(&enforcer), Arc::clone(&caller)));
    let pac = Arc::new(Pac::new(&hosts));
    publish_hosts(&options.state, &hosts);
    let config = weir_proxy::Config {
        listen: options.listen.clone(),
        inherited: std::mem::take(&mut options.inherited),
        limits: Limits::default(),
        upstream,
        authority: Arc::clone(&authority),
        pac: Arc::clone(&pac),
    };
    let proxy = Proxy::bind(config, Arc::clone(&gate)).await?;
    let addresses = proxy.addresses().to_vec();
    let gateway = gateway(&options, caller, proxy.room()).await?;
    let gateway_address = gateway.as_ref().map(Listening::address).transpose()?;
    let sockets = sockets(&options)?;
    let first = addresses.first().copied().ok_or(RunError::NoAddress)?;
    let ready = Ready {
        proxy: first,
        ca: paths.certificate.clone(),
        pac: format!("http://{first}/proxy.pac"),
        gateway: gateway_address,
    };
    let listening = weir_wire::Proxy {
        listen: addresses.iter().map(ToString::to_string).collect(),
        pac: ready.pac.clone(),
        // Counted anew whenever it is asked for: policy may change.
        intercepts: 0,
    };
    let certificate = certificate::read(&paths.certificate)?;
    let desk = Desk::new(enforcer, gate, listening, certificate.on_the_wire());
    let asking = identity.as_ref().map(Asking::new);
    let desk = desk.with_policy(options.state.clone(), slot, pac, certified);
    let desk = desk.with_gateway(gateway_address).with_rehearsal(authority);
    let desk = Arc::new(desk.with_asked(Asked::new(asking)).with_server(identity.as_ref()));
    tracing::info!(proxy = %first, hosts = hosts.len(), "the agent is up");
    (options.ready)(&ready);

    serve(proxy, gateway, sockets, desk, identity, shutdown).await;
    tracing::info!("the agent is down");
    Ok(())
}

/// What is to be in force, and why that is not the bundle where one is to be.
fn policy(options: &Options, slot: Option<&Slot>) -> Result<(Loaded, Option<String>), RunError> {
    let (loaded, missing) = match slot {
        None => (
            in_force::load(options.pack.as_deref(), options.catalogue.as_deref())?,
            None,
        ),
        Some(slot) => from_slot(slot)?,
    };
    for diagnostic in &loaded.diagnostics {
        tracing::warn!(%diagnostic, "policy");
    }
    Ok((loaded, missing))
}

/// The gateway, where one is wanted. It takes its calls from the room of the proxy.
async fn gateway(options: &Options, caller: Arc<Caller>, room: Room) -> Result<Option<Listening>, RunError> {
    let Some(address) = options.gateway else {
        return Ok(None);
    };
    let tokens = Tokens::new(&*options.state.gateway_key()?);
    Ok(Some(Gateway::new(caller, tokens, room).bind(address).await?))
}

/// The socket of the agent's own user, and that of all users of the machine where it is a service of theirs.
fn sockets(options: &Options) -> Result<Vec<ipc::Server>, RunError> {
    let own = ipc::Server::bind(&options.state.socket(), Reach::Owner)?;
    let of_machine = options.machine_socket.as_ref();
    let of_machine = of_machine
        .map(|path| ipc::Server::bind(path, Reach::Machine))
        .transpose()?;
    Ok(std::iter::once(own).chain(of_machine).collect())
}

/// Runs proxy, gateway and sockets until the shutdown; the first two drain, the sockets close at once.
async fn serve(
    proxy: Proxy<AgentGate, TlsUpstream>,
    gateway: Option<Listening>,
    sockets: Vec<ipc::Server>,
    desk: Arc<Desk>,
    identity: Option<Identity>,
    shutdown: impl Future<Output = ()>,
) {
    let (stop, stopped) = tokio::sync::watch::channel(());
    let until_stopped = || {
        let mut stopped = stopped.clone();
        async move {
            // An error means that the sender is gone: stop as well.
            let _ = stopped.changed().await;
        }
    };
    let proxying = proxy.run(until_stopped());
    let calling = async {
        if let Some(gateway) = gateway {
            gateway.run(until_stopped()).await;
        }
    };
    let answering = sockets
        .into_iter()
        .map(|socket| socket.run(Arc::clone(&desk), until_stopped()));
    let answering = futures_util::future::join_all(answering);
    let watching = async {
        tokio::select! {
            () = watch_expiry(&desk) => {}
            () = until_stopped() => {}
        }
    };
    let syncing = async {
        tokio::select! {
            () = fleet::follow(identity, &desk) => {}
            () = until_stopped() => {}
        }
    };
    let informing = async {
        if let Some(supervisor) = Supervisor::of_environment() {
            tokio::select! {
                () = supervisor.keep_informed() => {}
                () = until_stopped() => {}
            }
        }
    };
    let stopping = async {
        shutdown.await;
        // The proxy lets running exchanges end: what waits is refused first.
        desk.stop_holding();
        drop(stop);
    };
    tokio::join!(proxying, calling, answering, watching, syncing, informing, stopping);
}

/// A bundle that expires while it runs is taken out of force, by the clock on the wall: it may have been asleep. What must not
/// go back with a clock is kept.
async fn watch_expiry(desk: &Arc<Desk>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(30));
    loop {
        ticks.tick().await;
        let desk = Arc::clone(desk);
        // Compiling the built-in pack takes a while. A panic there is reported by the runtime, and the next tick tries again.
        let _ = tokio::task::spawn_blocking(move || {
            desk.end_expired();
            desk.reckon_freshness();
            desk.keep_time();
        })
        .await;
    }
}

/// Whose bundles are run, and for which groups: those of the command line, or of the admin server. A pack on the command line
/// is what somebody wants to try, whatever the server says.
fn approvers(
    options: &Options,
    identity: Option<&Identity>,
) -> Result<Option<(Approvers, BTreeSet<String>)>, RunError> {
    Ok(match (&options.bundles, identity) {
        (Some(bundles), _) => {
            let approvers = match &bundles.signers {
                Signers::Keys { keys, threshold } => trust(keys, *threshold)?.into(),
                Signers::Root(told) => of_root(told, &options.state.policy())?,
            };
            Some((approvers, bundles.groups.iter().cloned().collect()))
        }
        (None, Some(identity)) if options.pack.is_none() => {
            Some((identity.trust().into(), BTreeSet::from([identity.group().to_owned()])))
        }
        _ => None,
    })
}

/// Directives come from the admin server. A root says who may give them, or else what the device was told when it enrolled.
fn receiving(options: &Options, identity: &Identity, approvers: Option<&(Approvers, BTreeSet<String>)>) -> Receiving {
    let of_root = approvers.and_then(|(approvers, _)| approvers.orders.clone());
    Receiving {
        path: options.state.policy().join("order.json"),
        trust: of_root.unwrap_or_else(|| identity.order_trust()),
        group: identity.group().to_owned(),
    }
}

/// Exceptions come from the admin server, signed with the key of its directives.
fn taking(options: &Options, identity: &Identity, receiving: &Receiving) -> Taking {
    Taking {
        path: options.state.policy().join("exceptions.json"),
        trust: receiving.trust.server.clone(),
        device: identity.device().to_string(),
    }
}

/// Codes are given out by the admin server, and counted here. What a root keeps out of the server's hands, they do not lift.
fn keeping(options: &Options, identity: &Identity, approvers: Option<&(Approvers, BTreeSet<String>)>) -> Keeping {
    let is_servers = |of_root: fn(&Approvers) -> bool| !approvers.is_some_and(|(approvers, _)| of_root(approvers));
    Keeping {
        path: options.state.policy().join("overrides.json"),
        device: identity.device(),
        reach: Liftable {
            directives: is_servers(|approvers| approvers.orders.is_some()),
            freshness: is_servers(|approvers| approvers.fresh.is_some()),
        },
    }
}

/// What is newest is said by the admin server, where it has a key for that. A root may name another.
fn telling(options: &Options, identity: &Identity, approvers: &Approvers) -> Option<Telling> {
    let trust = approvers.fresh.clone().or_else(|| identity.fresh_trust())?;
    Some(Telling {
        path: options.state.policy().join("fresh.json"),
        trust,
        group: identity.group().to_owned(),
        device: identity.device().to_string(),
    })
}

fn of_root(told: &Path, policy: &Path) -> Result<Approvers, RunError> {
    let failed = |source: approvers::RootError| RunError::Root {
        path: told.to_owned(),
        source: Box::new(source),
    };
    let (root, refused) = approvers::root(told, policy, clock::now()).map_err(failed)?;
    if let Some(refused) = refused {
        tracing::warn!(
            version = root.root().version,
            why = chain(&refused),
            "the root of the configuration is not gone by; the one before stays"
        );
    }
    Ok(Approvers::from(&root))
}

fn trust(keys: &[PathBuf], threshold: usize) -> Result<Trust, RunError> {
    let key = |path: &PathBuf| {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| RunError::BundleKey {
            path: path.clone(),
            source,
        };
        let pem = fs::read(path).map_err(|error| failed(error.into()))?;
        PublicKey::from_pem(&pem).map_err(|error| failed(error.into()))
    };
    Ok(Trust {
        keys: keys.iter().map(key).collect::<Result<_, _>>()?,
        threshold,
    })
}

/// The bundle that was installed last, or the built-in pack and why.
fn from_slot(slot: &Slot) -> Result<(Loaded, Option<String>), RunError> {
    let why = match slot.current(clock::now()) {
        Ok(Some(loaded)) => return Ok((loaded, None)),
        Ok(None) => "No bundle was installed yet; the built-in weir/baseline is in force.".to_owned(),
        Err(error) => format!(
            "The installed bundle is not run ({}); the built-in weir/baseline is in force.",
            chain(&error)
        ),
    };
    Ok((in_force::load(None, None)?, Some(why)))
}

/// Where an enrolled device keeps what its server says beside bundles.
#[derive(Default)]
struct FromServer {
    receiving: Option<Receiving>,
    taking: Option<Taking>,
    telling: Option<Telling>,
    keeping: Option<Keeping>,
}

impl FromServer {
    fn of(options: &Options, identity: &Identity, approvers: Option<&(Approvers, BTreeSet<String>)>) -> Self {
        let receiving = receiving(options, identity, approvers);
        Self {
            taking: Some(taking(options, identity, &receiving)),
            receiving: Some(receiving),
            telling: approvers.and_then(|(approvers, _)| telling(options, identity, approvers)),
            keeping: Some(keeping(options, identity, approvers)),
        }
    }
}

fn enforcer(
    options: &Options,
    loaded: Loaded,
    FromServer {
        receiving,
        taking,
        telling,
        keeping,
    }: FromServer,
) -> Result<Enforcer, RunError> {
    let state = &options.state;
    let bundle = loaded.in_force.policy.bundle().clone();
    let store = Arc::new(open_store(state, taking.is_some())?);
    let newest = newest_record(&store);
    let enforcer = Enforcer {
        in_force: ArcSwap::from_pointee(loaded.in_force),
        exceptions: Exceptions::open(taking, newest, clock::now()),
        waiting: Arc::default(),
        store,
        kept: Kept::inside(&state.policy()),
        orders: Orders::open(receiving, clock::now()),
        overrides: Overrides::open(keeping, newest, clock::now()),
        fresh: Watched::open(telling, clock::now()),
        vault: Vault::default(),
        decided: Decided::default(),
        uploaded: Uploaded::default(),
        programs: Programs::default(),
        copies: Copies::default(),
        scanned: Scanned::default(),
        buckets: Mutex::default(),
        drifted: Mutex::default(),
        vault_seal: VaultSeal::new(&state.vault_key()?).ok_or(RunError::VaultKey)?,
        fingerprints: ArcSwap::from_pointee(FingerprintKey::new(&*state.fingerprint_key()?)),
        device: crate::os::device_name(),
        environment: options.environment,
    };
    enforcer.keep(&bundle, &loaded.texts);
    Ok(enforcer)
}

/// When the last record was made: a clock that says less was set back.
fn newest_record(store: &Store) -> Timestamp {
    let last = Query {
        limit: Some(1),
        ..Query::default()
    };
    let newest = store.read(&last).find_map(Result::ok);
    newest.map_or(Timestamp::from_millis(0), |entry| entry.time)
}

fn open_store(state: &StateDir, enrolled: bool) -> Result<Store, RunError> {
    let options = weir_store::Options {
        index_dir: Some(state.index()),
        needed: enrolled,
        ..weir_store::Options::new(SealKey::new(*state.seal_key()?))
    };
    let path = state.audit();
    Store::open(&path, options).map_err(|source| RunError::Store { path, source })
}

/// Stand-ins of the last day, so that an answer to yesterday's chat can still be read, and the numbers of all others.
fn restore_vault(enforcer: &Enforcer) {
    let query = Query {
        kinds: vec![Kind::Vault],
        ..Query::default()
    };
    let entries: Vec<(Timestamp, Vec<u8>)> = enforcer
        .store
        .read(&query)
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| match entry.record {
            Record::Vault(vault) => Some((entry.time, vault.sealed)),
            _ => None,
        })
        .collect();
    // Newest first in the log's order; the table must see the oldest pair first.
    let restored = enforcer.restore_vault(entries.into_iter().rev());
    tracing::debug!(restored, "stand-ins restored");
}

fn upstream(options: &Options) -> Result<TlsUpstream, RunError> {
    let extra_roots = match &options.upstream_ca {
        Some(path) => fs::read(path).map_err(|source| RunError::UpstreamRoots {
            path: path.clone(),
            source,
        })?,
        None => Vec::new(),
    };
    let resolve = options
        .resolve
        .iter()
        .map(|entry| ((entry.host.clone(), entry.port), entry.to))
        .collect();
    Ok(TlsUpstream::new(TlsUpstreamOptions {
        extra_roots,
        resolve,
        ..TlsUpstreamOptions::default()
    })?)
}

/// Managed browsers then go on by the list from before: hosts that are new are not sent here, which `weir doctor` finds.
pub(crate) fn publish_hosts(state: &StateDir, hosts: &[String]) {
    if let Err(error) = state.publish_hosts(hosts) {
        tracing::warn!(%error, "the list of hosts for managed browsers cannot be written");
    }
}

fn note_authority(enforcer: &Enforcer, standing: Standing) {
    if let Standing::Kept = standing {
        return;
    }
    enforcer.note(
        "ca.new",
        Severity::Warning,
        "A new certificate authority was made; programs must be told to trust it (weir ca install).".to_owned(),
    );
    tracing::warn!("a new certificate authority was made; run `weir ca install` so that programs trust it");
}
