use std::future::Future;
use std::io::{IsTerminal, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Mutex;

use clap::Args;
use serde_json::json;
use tracing_subscriber::EnvFilter;
use weir_policy::Environment;

use super::{CliError, Ending, owner};
use crate::config::{Bundles, DEFAULT_GATEWAY, DEFAULT_LISTEN, Options, Ready, Resolve, Signers};
use crate::state::StateDir;

/// Run the agent in the foreground
///
/// Opens the proxy, judges what goes to AI services, and records every decision. Ends cleanly on Ctrl-C or SIGTERM; a
/// second Ctrl-C ends it at once.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir agent
  weir agent --pack acme.yaml --environment development
  weir agent --bundle-key alice.pub --group acme         policy comes by `weir policy install`
  weir agent --bundle-root root.json --group acme        the same, signed by those whom the root names
  weir agent --pack acme.yaml --gateway        programs call the models of `providers.targets`
  weir agent --listen 127.0.0.1:0 --json       take a free port and say which

Packs are checked with `weir policy check`. Programs are pointed at the proxy with `weir env`.")]
pub(crate) struct AgentArgs {
    /// Address of the proxy; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = DEFAULT_LISTEN)]
    listen: Vec<SocketAddr>,
    /// Answer the programs of all users of this machine on this socket, each about their own [default: the one that systemd
    /// made /run/weir for]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Open the gateway for programs, here or at 127.0.0.1:18081; loopback addresses only
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = DEFAULT_GATEWAY)]
    gateway: Option<SocketAddr>,
    /// Policy pack to put in force [default: the built-in weir/baseline]
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Run the signed bundle that was installed last, and take new ones signed with this public key (repeatable)
    #[arg(long, value_name = "FILE", group = "signers", conflicts_with_all = ["pack", "catalogue"], requires = "group")]
    bundle_key: Vec<PathBuf>,
    /// The same for bundles signed by those whom this root names, made by `weir policy root`
    #[arg(long, value_name = "FILE", group = "signers", conflicts_with_all = ["pack", "catalogue"], requires = "group")]
    bundle_root: Option<PathBuf>,
    /// How many of the keys must have signed a bundle
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "bundle_key")]
    bundle_threshold: usize,
    /// Group this device belongs to, as bundles name it (repeatable)
    #[arg(long, value_name = "GROUP", requires = "signers")]
    group: Vec<String>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Roots to accept upstream beside those of the system (PEM)
    #[arg(long, value_name = "FILE")]
    upstream_ca: Option<PathBuf>,
    /// Connect to ADDR when a client asks for HOST:PORT (as curl's option)
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT]")]
    resolve: Vec<Resolve>,
    /// The environment this machine works in: approvals may differ
    #[arg(long, value_name = "ENVIRONMENT", default_value = "production", value_parser = environment_parser())]
    environment: Environment,
    /// What to log, as in `info` or `weir_proxy=debug,info`; content is never logged
    #[arg(
        long,
        value_name = "FILTER",
        env = "WEIR_LOG",
        default_value = "info",
        hide_env_values = true
    )]
    log: String,
    /// Log to a file instead of standard error
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Print one line of JSON when the proxy is up
    #[arg(long)]
    json: bool,
    /// Started by the service manager, which is told when the proxy is up and says when to stop
    #[cfg(windows)]
    #[arg(long)]
    service: bool,
}

pub(crate) fn run(args: AgentArgs, state: StateDir) -> Result<Ending, CliError> {
    #[cfg(windows)]
    if args.service {
        return as_a_service(args, state);
    }
    owner::must_be_own(&state)?;
    start_log(&args)?;
    let announce = if args.json { announce_json } else { announce_words };
    serve(args, state, Box::new(announce), shutdown())
}

/// What goes wrong later is in the log: nobody reads what a service prints.
#[cfg(windows)]
fn as_a_service(mut args: AgentArgs, state: StateDir) -> Result<Ending, CliError> {
    use crate::os::service;

    std::fs::create_dir_all(state.root())
        .map_err(|error| CliError::environment(format!("cannot make `{}`: {error}", state.root().display())))?;
    service::close(state.root()).map_err(|error| CliError::from_chain(&error))?;
    start_log(&args)?;
    args.socket = args.socket.or_else(|| Some(PathBuf::from(weir_ipc::MACHINE_SOCKET)));
    let work: service::Work = Box::new(move |stop, up| {
        let shared = state.clone();
        let announce = move |_: &Ready| {
            // First of all: until then the manager can neither use nor stop it.
            up();
            if let Err(error) = service::share_certificate(&shared) {
                tracing::error!(error = weir_model::chain(&error), "users cannot read the certificate");
            }
        };
        let served = serve(args, state, Box::new(announce), async move { stop.notified().await });
        served
            .map_err(|error| tracing::error!(%error, "the agent ended"))
            .is_ok()
    });
    service::run(work).map_err(|error| CliError::from_chain(&error))?;
    Ok(Ending::Clean)
}

fn serve(
    args: AgentArgs,
    state: StateDir,
    announce: Box<dyn FnOnce(&Ready) + Send>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Ending, CliError> {
    let signers = match args.bundle_root {
        Some(root) => Some(Signers::Root(root)),
        None if args.bundle_key.is_empty() => None,
        None => Some(Signers::Keys {
            keys: args.bundle_key,
            threshold: args.bundle_threshold,
        }),
    };
    let options = Options {
        state,
        listen: args.listen,
        inherited: handed_over()?,
        machine_socket: args.socket.or_else(socket_of_the_machine),
        gateway: args.gateway,
        pack: args.pack,
        bundles: signers.map(|signers| Bundles {
            signers,
            groups: args.group,
        }),
        catalogue: args.catalogue,
        upstream_ca: args.upstream_ca,
        resolve: args.resolve,
        environment: args.environment,
        ready: announce,
    };
    // One worker moves the bytes of a whole laptop, and costs a third less CPU a request than two that wake each other.
    // Long work leaves it: judging large bodies blocks in place, the log has threads of its own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| CliError::environment(format!("cannot start: {error}")))?;
    runtime
        .block_on(crate::agent::run(options, shutdown))
        .map_err(|error| CliError::from_chain(&error))?;
    Ok(Ending::Clean)
}

/// For clap: the names of [`Environment`].
pub(crate) fn environment_parser() -> impl clap::builder::TypedValueParser<Value = Environment> {
    use clap::builder::TypedValueParser;
    let names = clap::builder::PossibleValuesParser::new(Environment::ALL.map(Environment::as_str));
    names.map(|name| {
        Environment::ALL
            .into_iter()
            .find(|environment| environment.as_str() == name)
            .unwrap_or_default()
    })
}

/// The sockets that systemd has bound for its service (`sd_listen_fds(3)`, `weir.socket`).
#[cfg(unix)]
fn handed_over() -> Result<Vec<TcpListener>, CliError> {
    let mut sockets = listenfd::ListenFd::from_env();
    let taken = (0..sockets.len()).map(|at| sockets.take_tcp_listener(at));
    let taken: Result<Vec<_>, _> = taken.collect();
    let wrong = |error| {
        CliError::environment(format!(
            "the service manager handed over what is no socket of TCP: {error}"
        ))
    };
    Ok(taken.map_err(wrong)?.into_iter().flatten().collect())
}

/// No service manager hands sockets over here.
#[cfg(not(unix))]
fn handed_over() -> Result<Vec<TcpListener>, CliError> {
    Ok(Vec::new())
}

/// As a service of the machine, systemd has made its directory and says so. A service of a user gets another one.
fn socket_of_the_machine() -> Option<PathBuf> {
    let made = std::env::var_os("RUNTIME_DIRECTORY")?;
    let socket = PathBuf::from(weir_ipc::MACHINE_SOCKET);
    let directory = socket.parent()?;
    std::env::split_paths(&made)
        .any(|path| path == directory)
        .then_some(socket)
}

fn announce_json(ready: &Ready) {
    let mut line = json!({ "ready": true, "proxy": ready.proxy.to_string(), "ca": ready.ca, "pac": ready.pac });
    if let Some(gateway) = ready.gateway {
        line["gateway"] = json!(gateway.to_string());
    }
    print_now(&line.to_string());
}

fn announce_words(ready: &Ready) {
    let gateway = ready
        .gateway
        .map(|address| format!("\n  gateway      http://{address}/openai/v1 and http://{address}/anthropic"))
        .unwrap_or_default();
    print_now(&format!(
        "weir is up\n  proxy        {}\n  PAC          {}\n  certificate  {}{gateway}\n\nNext: `weir ca install --user` for browsers, `eval \"$(weir env)\"` for this shell.",
        ready.proxy,
        ready.pac,
        ready.ca.display()
    ));
}

/// A reader may be waiting for the line; that nobody reads it is no reason to stop.
fn print_now(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

fn start_log(args: &AgentArgs) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(&args.log)
        .map_err(|error| CliError::usage(format!("`{}` is not a log filter: {error}", args.log)))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    let started = match &args.log_file {
        Some(path) => {
            let file = open_log(path)
                .map_err(|error| CliError::environment(format!("cannot log to `{}`: {error}", path.display())))?;
            builder.with_ansi(false).with_writer(Mutex::new(file)).try_init()
        }
        None => builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .try_init(),
    };
    started.map_err(|error| CliError::environment(format!("cannot start the log: {error}")))
}

fn open_log(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Ends with the first signal to stop. The second one ends the process.
#[cfg(unix)]
pub(super) fn shutdown() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    async {
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            // Without handlers the signals end the process by themselves.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(130);
        });
    }
}

/// Ends with Ctrl-C.
#[cfg(not(unix))]
pub(super) fn shutdown() -> impl Future<Output = ()> + Send + 'static {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
