//! The server, from start to stop.

mod parts;

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
use crate::net::{CertificateError, Limits, ListenError, Listener, OwnCertificate};
use crate::outbound::SetUpError;
use crate::overrides;
use crate::policies::{self, Hints, Statements};
use crate::readings;
use crate::repo::{self, Repo, RepoError};
use crate::reports::WeekMailer;
use crate::seals::{self, SealWatch};
use crate::search_keys;
use crate::tlog::{self, Log};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use parts::Parts;
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
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
    /// A part that the node cannot be without has ended.
    #[error("`{part}` broke off, and nothing goes on without it")]
    Broken {
        /// Which.
        part: &'static str,
    },
}

/// Runs the server whose home is `home` until `shutdown` ends. `ready` is called with its address once it answers; `program` is
/// where this program can be started again, to try packs out.
///
/// # Errors
/// When any part cannot be set up, or one ends that the node cannot be without.
pub async fn run(
    home: &Path,
    program: &Path,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    run_within(Limits::default(), home, program, ready, shutdown).await
}

/// The same, with limits of one's own.
///
/// # Errors
/// The same.
pub async fn run_within(
    limits: Limits,
    home: &Path,
    program: &Path,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let config = Config::read(home)?;
    let keys = Keys::read(&home.join(KEYS))?;
    let trust = config.trust_in(home)?;
    let tls = Arc::new(tls(&keys, &config.names)?);
    let mut outside = Outside::open(&config, home, &keys)?;
    let repo = repo::open(&config.database_in(home)).await?;
    let fleet = Arc::new(Fleet {
        home: home.to_owned(),
        roll: Roll::new(Arc::clone(&repo)),
        writer: Writer::start(Arc::clone(&repo)),
        standings: Standings::start(Arc::clone(&repo)),
        hints: Arc::new(Hints::new(Arc::clone(&repo))),
        statements: Statements::new(keys.fresh()?),
        access: Access::new(&keys)?.with_openid(outside.openid.take()),
        witness: Witness::in_home(home),
        log: Log::new(&keys.receipt)?,
        repo,
        keys,
        trust,
        approval: config.policy.require_approval,
        telling: alerts::telling(&config.routes),
        metrics: Arc::default(),
    });
    let mut parts = Parts::resting(AGAIN);
    observe(&mut parts, &fleet, &config).await?;
    let listener = Listener::bind(config.listen, tls, limits).await?;
    let address = listener.address()?;
    look_after_devices(&mut parts, &fleet);
    judge(&mut parts, &fleet, &config)?;
    keep(&mut parts, &fleet, &config, outside.archive.take(), program);
    tell(&mut parts, &fleet, outside)?;
    tracing::info!(%address, "the server is up");
    ready(address);
    serve(&fleet, listener, parts, shutdown).await
}

/// How long work of the server that broke off rests.
const AGAIN: Duration = Duration::from_secs(60);

/// Until `shutdown` ends, or a part that the node cannot be without.
async fn serve(
    fleet: &Arc<Fleet>,
    listener: Listener,
    mut parts: Parts,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let mut broken = None;
    let shutdown = async {
        tokio::select! {
            () = shutdown => {}
            part = parts.broken() => {
                tracing::error!(part, "the server cannot go on without this, and ends");
                broken = Some(part);
            }
        }
        // Devices are told that their streams end, and come back to another node or later.
        fleet.hints.end();
    };
    listener.run(router(Arc::clone(fleet)), shutdown).await;
    fleet.hints.ended().await;
    tracing::info!("the server is down");
    broken.map_or(Ok(()), |part| Err(RunError::Broken { part }))
}

/// What the server calls by itself, opened as the configuration says.
struct Outside {
    routes: Vec<OpenRoute>,
    sinks: Vec<OpenSink>,
    openid: Option<Provider>,
    archive: Option<OpenArchive>,
    week_mailer: Option<WeekMailer>,
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
        let routes: Vec<_> = config.routes.iter().map(route).collect::<Result<_, _>>()?;
        Ok(Self {
            routes: routes.into_iter().flatten().collect(),
            sinks: config.sinks.iter().map(sink).collect::<Result<_, _>>()?,
            openid: openid.transpose().map_err(RunError::OpenId)?,
            archive: archive.transpose().map_err(RunError::Archive)?,
            week_mailer: week_mailer(config, home)?,
        })
    }
}

/// What devices are served by, and cannot be told wrong.
fn look_after_devices(parts: &mut Parts, fleet: &Arc<Fleet>) {
    let own = || Arc::clone(fleet);
    let fleet = own();
    parts.vital("who is served", async move { fleet.roll.follow().await });
    let fleet = own();
    parts.vital("telling devices what is new", async move { fleet.hints.follow().await });
    let fleet = own();
    parts.vital("storing records", async move { fleet.writer.ended().await });
    let fleet = own();
    parts.vital("keeping what devices run", async move { fleet.standings.ended().await });
}

/// What looks at what has arrived.
fn judge(parts: &mut Parts, fleet: &Arc<Fleet>, config: &Config) -> Result<(), RunError> {
    let telling = || alerts::telling(&config.routes);
    let watch = Watch::new(Arc::clone(&fleet.repo), config.alerts.clone(), telling());
    parts.again("raising alerts", Arc::new(watch), |watch| async move {
        watch.follow().await;
    });
    let watch = policies::Watch::new(Arc::clone(&fleet.repo), telling());
    parts.again("looking after roll-outs", Arc::new(watch), |watch| async move {
        watch.follow().await;
    });
    let seals = SealWatch::new(Arc::clone(&fleet.repo), &fleet.keys.receipt, telling())?;
    parts.again("verifying seals", Arc::new(seals), |seals| async move {
        seals.follow().await;
    });
    parts.again("signing the journal", Arc::clone(fleet), |fleet| async move {
        fleet.witness.follow(&*fleet.repo, &fleet.keys.receipt).await;
    });
    Ok(())
}

/// What is kept, tried out and taken away.
fn keep(parts: &mut Parts, fleet: &Arc<Fleet>, config: &Config, archive: Option<OpenArchive>, program: &Path) {
    let (retention, archived) = (config.retention, archive.is_some());
    if let Some(archive) = archive {
        let with = (Arc::clone(fleet), Arc::new(archive));
        parts.again("the archive", with, |(fleet, archive)| async move {
            archive::follow(&*fleet.repo, &archive, &fleet.home).await;
        });
    }
    parts.again("retention", Arc::clone(fleet), move |fleet| async move {
        retention.follow(&*fleet.repo, archived).await;
    });
    let with = (Arc::clone(fleet), config.reports.clone());
    parts.again("the report of the week", with, |(fleet, weekly)| async move {
        weekly.follow(&*fleet.repo, &fleet.home).await;
    });
    let with = (Arc::clone(&fleet.repo), Apart::new(program));
    parts.again("trying drafts out", with, |(repo, apart)| drafts::follow(repo, apart));
}

/// What tells people and other systems.
fn tell(parts: &mut Parts, fleet: &Arc<Fleet>, outside: Outside) -> Result<(), RunError> {
    let repo = || Arc::clone(&fleet.repo);
    let with = (repo(), Arc::new(outside.routes));
    parts.again("telling of alerts", with, |(repo, routes)| async move {
        alerts::deliver(&*repo, &routes).await;
    });
    if let Some(mailer) = outside.week_mailer {
        let with = (repo(), Arc::new(mailer));
        parts.again("the report of the week by mail", with, |(repo, mailer)| async move {
            mailer.follow(&*repo).await;
        });
    }
    // Each at its own pace.
    let holder = clock::random()?;
    for sink in outside.sinks {
        let (what, with) = (format!("forwarding to `{}`", sink.name), (repo(), Arc::new(sink)));
        parts.again(what, with, move |(repo, sink)| async move {
            forward::forward(&*repo, &sink, holder).await;
        });
    }
    Ok(())
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
async fn observe(parts: &mut Parts, fleet: &Arc<Fleet>, config: &Config) -> Result<(), RunError> {
    let Some(address) = config.metrics else {
        return Ok(());
    };
    let sinks: Arc<[String]> = config.sinks.iter().map(|sink| sink.name.clone()).collect();
    let socket = TcpListener::bind(address).await.and_then(TcpListener::into_std);
    let socket = socket.map_err(|source| ListenError { address, source })?;
    parts.again(
        "metrics",
        (Arc::clone(fleet), Arc::new(socket), sinks),
        |(fleet, socket, sinks)| async move {
            let (metrics, repo, hints) = (&fleet.metrics, &fleet.repo, &fleet.hints);
            let served = async {
                let socket = TcpListener::from_std(socket.try_clone()?)?;
                metrics::serve(socket, Arc::clone(metrics), Arc::clone(repo), Arc::clone(hints), sinks).await
            };
            if let Err(error) = served.await {
                tracing::error!(%error, "metrics are not served");
            }
        },
    );
    Ok(())
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
