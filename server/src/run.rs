//! The server, from start to stop.

use crate::access::{Access, AccessError, Provider};
use crate::alerts::{self, OpenRoute, Route, Telling, Watch};
use crate::api;
use crate::approvals;
use crate::archive::{self, OpenArchive};
use crate::asked;
use crate::clock::{self, NoRandomness};
use crate::config::{Config, ConfigError};
use crate::console;
use crate::devices::{self, Roll, Standings};
use crate::directives;
use crate::drafts::{self, Apart};
use crate::forward::{self, OpenSink, Sink};
use crate::ingest::{self, Writer};
use crate::journal::Witness;
use crate::keys::{Keys, KeysError};
use crate::metrics::{self, Metrics};
use crate::net::{CertificateError, ListenError, Listener, OwnCertificate};
use crate::outbound::SetUpError;
use crate::overrides;
use crate::policies::{self, Hints, Statements};
use crate::readings;
use crate::repo::{self, Repo, RepoError};
use crate::reports::{WeekMailer, Weekly};
use crate::seals::{self, SealWatch};
use crate::search_keys;
use crate::tlog::{self, Log};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use weir_bundle::Trust;
use weir_fleet::{MOST_BYTES, routes};

/// What all routes share.
pub struct Fleet {
    /// Where the server's files are.
    pub home: PathBuf,
    /// The database.
    pub repo: Arc<dyn Repo>,
    /// What the server proves with.
    pub keys: Keys,
    /// Who may sign policy.
    pub trust: Trust,
    /// Whether bundles come from approved drafts alone.
    pub approval: bool,
    /// Which devices are served.
    pub roll: Roll,
    /// Takes batches.
    pub writer: Writer,
    /// Takes what devices say of themselves.
    pub standings: Standings,
    /// Streams to devices.
    pub hints: Arc<Hints>,
    /// Says to devices what is newest.
    pub statements: Statements,
    /// Tells people apart.
    pub access: Access,
    /// Holds the journal against its signed heads.
    pub witness: Witness,
    /// The log of what was acknowledged.
    pub log: Log,
    /// Whom to tell of alerts.
    pub telling: Telling,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// The server could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// The server's own certificate.
    #[error("no certificate can be made for the server's names")]
    Certificate(#[from] CertificateError),
    /// People could not be told apart.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// TLS.
    #[error("TLS cannot be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody who is to be called.
    #[error("`{name}` cannot be called as it is configured")]
    Outbound {
        /// Of the route or sink.
        name: String,
        /// Why.
        source: SetUpError,
    },
    /// Who says who people are.
    #[error("the provider of sign-ins cannot be asked as `[openid]` says it")]
    OpenId(#[source] SetUpError),
    /// Where records are put.
    #[error("nothing can be archived as `[archive]` says it")]
    Archive(#[source] SetUpError),
    /// The log of what was acknowledged has no name.
    #[error("the server's log cannot be named")]
    Log(#[from] weir_tlog::OriginError),
    /// Keys of devices' logs cannot be kept.
    #[error("keys of devices' logs cannot be kept")]
    Seals(#[from] crate::keys::SealError),
    /// No name for this node.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The socket.
    #[error("the socket is gone")]
    Socket(#[from] io::Error),
}

/// Runs the server whose home is `home` until `shutdown` ends. `ready` is called with its address once it answers; `program` is
/// where this program can be started again, to try packs out.
///
/// # Errors
/// When any part cannot be set up.
pub async fn run(
    home: &Path,
    program: &Path,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let config = Config::read(home)?;
    let keys = Keys::read(&home.join(KEYS))?;
    let trust = config.trust_in(home)?;
    let tls = Arc::new(tls(&keys, &config.names)?);
    let outside = Outside::open(&config, home, &keys)?;
    let repo = repo::open(&config.database_in(home)).await?;
    let fleet = Arc::new(Fleet {
        home: home.to_owned(),
        roll: Roll::new(Arc::clone(&repo)),
        writer: Writer::start(Arc::clone(&repo)),
        standings: Standings::start(Arc::clone(&repo)),
        hints: Arc::new(Hints::new(Arc::clone(&repo))),
        statements: Statements::new(keys.fresh()?),
        access: Access::new(&keys)?.with_openid(outside.openid),
        witness: Witness::in_home(home),
        log: Log::new(&keys.receipt)?,
        repo,
        keys,
        trust,
        approval: config.policy.require_approval,
        telling: alerts::telling(&config.routes),
        metrics: Arc::default(),
    });
    let observed = observed(&fleet, config.metrics).await?;
    let forwarding = forwarding(&fleet.repo, outside.sinks)?;
    let seals = SealWatch::new(
        Arc::clone(&fleet.repo),
        &fleet.keys.receipt,
        alerts::telling(&config.routes),
    )?;
    let seals = Arc::new(seals);
    let (repo, archive) = (&fleet.repo, outside.archive.as_ref());
    let watch = Watch::new(Arc::clone(repo), config.alerts, alerts::telling(&config.routes));
    let rollouts = policies::Watch::new(Arc::clone(repo), alerts::telling(&config.routes));
    let listener = Listener::bind(config.listen, tls).await?;
    let address = listener.address()?;
    tracing::info!(%address, "the server is up");
    ready(address);
    // Devices are told that their streams end, and come back to another node or later.
    let shutdown = async {
        shutdown.await;
        fleet.hints.end();
    };
    let served = async {
        listener.run(router(Arc::clone(&fleet)), shutdown).await;
        fleet.hints.ended().await;
    };
    tokio::select! {
        () = served => {}
        () = fleet.roll.follow() => {}
        () = fleet.hints.follow() => {}
        () = fleet.witness.follow(&**repo, &fleet.keys.receipt) => {}
        () = watch.follow() => {}
        () = archive::follow(&**repo, archive, home) => {}
        () = config.retention.follow(&**repo, archive.is_some()) => {}
        () = weeks(&config.reports, repo, home) => {}
        () = mailed_weeks(outside.week_mailer, repo) => {}
        () = rollouts.follow() => {}
        () = apart("verifying seals", || { let seals = Arc::clone(&seals); async move { seals.follow().await } }) => {}
        () = drafts::follow(Arc::clone(repo), Apart::new(program)) => {}
        () = alerts::deliver(Arc::clone(repo), outside.routes) => {}
        () = forwarding => {}
        () = observed => {}
    }
    tracing::info!("the server is down");
    Ok(())
}

/// What the server calls by itself, opened as the configuration says.
struct Outside {
    routes: Vec<OpenRoute>,
    sinks: Vec<OpenSink>,
    openid: Option<Provider>,
    archive: Option<OpenArchive>,
    week_mailer: Option<Arc<WeekMailer>>,
}

impl Outside {
    fn open(config: &Config, home: &Path, keys: &Keys) -> Result<Self, RunError> {
        let route = |route: &Route| {
            OpenRoute::open(route, home).map_err(|source| RunError::Outbound {
                name: route.name.clone(),
                source,
            })
        };
        let sink = |sink: &Sink| {
            OpenSink::open(sink, home).map_err(|source| RunError::Outbound {
                name: sink.name.clone(),
                source,
            })
        };
        let openid = config
            .openid
            .as_ref()
            .map(|settings| Provider::open(settings, home, keys));
        let archive = config
            .archive
            .as_ref()
            .map(|settings| OpenArchive::open(settings, home));
        Ok(Self {
            routes: config.routes.iter().map(route).collect::<Result<_, _>>()?,
            sinks: config.sinks.iter().map(sink).collect::<Result<_, _>>()?,
            openid: openid.transpose().map_err(RunError::OpenId)?,
            archive: archive.transpose().map_err(RunError::Archive)?,
            week_mailer: week_mailer(config, home)?.map(Arc::new),
        })
    }
}

/// How long work that broke off rests.
const AGAIN: Duration = Duration::from_secs(60);

/// Work in a task of its own, for what takes its time: it must not hold up those who connect. A fault in it does not end the node: it
/// begins again. It ends with the node.
async fn apart<W>(what: &'static str, work: impl Fn() -> W)
where
    W: Future<Output = ()> + Send + 'static,
{
    let mut task = JoinSet::new();
    loop {
        task.spawn(work());
        // What a panic says could repeat content.
        if let Some(Err(_)) = task.join_next().await {
            tracing::error!(what, "work of the server broke off; it begins again");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Writes reports of weeks.
async fn weeks(weekly: &Weekly, repo: &Arc<dyn Repo>, home: &Path) {
    let work = || {
        let (weekly, repo, home) = (weekly.clone(), Arc::clone(repo), home.to_owned());
        async move { weekly.follow(&*repo, &home).await }
    };
    apart("the report of the week", work).await;
}

/// Sends reports of weeks, where somebody gets them.
async fn mailed_weeks(mailer: Option<Arc<WeekMailer>>, repo: &Arc<dyn Repo>) {
    let Some(mailer) = mailer else {
        return std::future::pending().await;
    };
    let work = || {
        let (mailer, repo) = (Arc::clone(&mailer), Arc::clone(repo));
        async move { mailer.follow(&*repo).await }
    };
    apart("the report of the week by mail", work).await;
}

/// Whom reports of weeks are sent to, where somebody is.
fn week_mailer(config: &Config, home: &Path) -> Result<Option<WeekMailer>, RunError> {
    let Some(mail) = &config.reports.mail else {
        return Ok(None);
    };
    let smtp = mail.server(&config.routes).map_err(ConfigError::from)?;
    let opened = WeekMailer::open(smtp, &mail.to, home);
    opened.map(Some).map_err(|source| RunError::Outbound {
        name: mail.route.clone(),
        source,
    })
}

/// Answers those who watch over the server, where that is asked for.
async fn observed(
    fleet: &Arc<Fleet>,
    address: Option<SocketAddr>,
) -> Result<impl Future<Output = ()> + use<>, RunError> {
    let socket = match address {
        None => None,
        Some(address) => {
            let socket = TcpListener::bind(address).await;
            Some(socket.map_err(|source| ListenError { address, source })?)
        }
    };
    let (metrics, repo) = (Arc::clone(&fleet.metrics), Arc::clone(&fleet.repo));
    let hints = Arc::clone(&fleet.hints);
    Ok(async move {
        if let Some(socket) = socket
            && let Err(error) = metrics::serve(socket, metrics, repo, hints).await
        {
            tracing::error!(%error, "metrics are not served any more");
        }
        // Devices are served without.
        std::future::pending::<()>().await;
    })
}

/// All sinks, each at its own pace.
fn forwarding(repo: &Arc<dyn Repo>, sinks: Vec<OpenSink>) -> Result<impl Future<Output = ()> + use<>, RunError> {
    let holder = clock::random()?;
    let each = sinks
        .into_iter()
        .map(|sink| forward::forward(Arc::clone(repo), sink, holder));
    let all = futures_util::future::join_all(each.collect::<Vec<_>>());
    Ok(async move {
        all.await;
        std::future::pending::<()>().await;
    })
}

/// Name of the directory with keys, in the server's home.
pub const KEYS: &str = "keys";

/// Everything devices ask for, and beside it the admin API and the console.
pub fn router(fleet: Arc<Fleet>) -> Router {
    const SMALL: usize = 64 * 1024;
    const COSIGNATURE: usize = 1024;
    Router::new()
        .route(
            routes::RECORDS,
            post(ingest::records).layer(DefaultBodyLimit::max(MOST_BYTES)),
        )
        .route(routes::ENROL, post(devices::enrol))
        .route(routes::RENEW, post(devices::renew))
        .route(routes::STANDING, post(devices::standing))
        .route(routes::BUNDLE, get(policies::bundle))
        .route(routes::ORDER, get(directives::order))
        .route(routes::FRESH, get(policies::fresh))
        .route(routes::READINGS, get(readings::readings))
        .route(routes::SEARCH_KEY, get(search_keys::search_key))
        .route(routes::EPOCH_KEY, post(seals::epoch_key))
        .route(routes::OVERRIDE_KEY, get(overrides::override_key))
        .route(routes::EXCEPTIONS, get(approvals::answers).post(approvals::ask))
        .route(routes::PROVIDERS, post(asked::provider))
        .route(routes::APPEALS, post(asked::appeal))
        .route(routes::ANSWERS, get(asked::answers))
        .route(routes::STREAM, get(policies::stream))
        .route(routes::LOG_CONSISTENCY, get(tlog::consistent))
        .route(routes::LOG_INCLUSION, get(tlog::included))
        .route(routes::LOG_RECEIPT, get(tlog::receipt))
        .route(routes::LOG_CHECKPOINT, get(tlog::to_cosign))
        .route(
            routes::LOG_COSIGNATURE,
            post(tlog::cosignature).layer(DefaultBodyLimit::max(COSIGNATURE)),
        )
        .route("/log/checkpoint", get(tlog::checkpoint))
        .route("/log/checkpoint/cosigned", get(tlog::cosigned_checkpoint))
        .route("/log/tile/entries/{*number}", get(tlog::entries))
        .route("/log/tile/{*tile}", get(tlog::tile))
        .layer(DefaultBodyLimit::max(SMALL))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&fleet.metrics),
            metrics::counted,
        ))
        .merge(api::router(&fleet))
        .fallback(console::answer)
        .with_state(fleet)
}

/// Asks for a device's certificate and lets those without one in as well: they may enrol, and no more.
fn tls(keys: &Keys, names: &[String]) -> Result<rustls::ServerConfig, RunError> {
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| RunError::Tls(error);
    let mut roots = RootCertStore::empty();
    roots
        .add(keys.authority.der().clone())
        .map_err(|error| wrong(error.into()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(|error| wrong(error.into()))?;
    let own = OwnCertificate::make(Arc::clone(&keys.authority), names.to_vec(), SystemTime::now())?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.into()))?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(own));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
