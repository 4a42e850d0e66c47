//! The command line. Commands beside `run` work on the same home and database: a running server hears of what they change.

mod account;
mod alert;
mod api_token;
mod archive;
mod backup;
mod bundle;
mod device;
mod directive;
mod events;
mod exception;
mod exposure;
mod forward;
mod init;
mod journal;
mod log;
mod new;
mod override_code;
mod policy;
mod provider;
mod report;
mod search_key;
mod shown;
mod token;
mod when;

use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use weir_server::clock;
use weir_server::config::Config;
use weir_server::journal::Witness;
use weir_server::keys::Keys;
use weir_server::limits;
use weir_server::repo::{self, Repo};
use weir_server::run;

/// The admin server of Weir: enrols devices, pushes policy, gathers evidence
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Directory with the server's configuration, keys and (by default) database
    #[arg(
        long,
        value_name = "DIR",
        env = "WEIR_SERVER_HOME",
        default_value = "weir-server",
        global = true
    )]
    home: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Make a new server: configuration, keys and the first administrator
    Init(init::Init),
    /// Serve devices
    Run,
    /// Tokens that let machines enrol
    #[command(subcommand)]
    Token(token::Token),
    /// Devices that have enrolled
    #[command(subcommand)]
    Device(device::Device),
    /// Signed policy
    #[command(subcommand)]
    Bundle(bundle::Bundle),
    /// Policy before it is signed, and its roll-out
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Try a pack out for a running server, which writes to the input
    #[command(hide = true)]
    PolicyCheck,
    /// What all devices are ordered to do at once, beside policy
    #[command(subcommand)]
    Directive(directive::Directive),
    /// What employees ask leave for
    #[command(subcommand)]
    Exception(exception::Exception),
    /// Which providers are asked for, and what they have promised
    #[command(subcommand)]
    Provider(provider::Provider),
    /// Records that devices have sent, newest first
    Events(events::Events),
    /// People who administer, and their roles
    #[command(subcommand)]
    Account(account::Account),
    /// Tokens of programs that use the admin API
    #[command(subcommand)]
    ApiToken(api_token::ApiToken),
    /// Save configuration, keys and (of SQLite) the database, while the server runs
    Backup(backup::Backup),
    /// Make a home of a backup
    Restore(backup::Restore),
    /// The server's own log: who changed what
    #[command(subcommand)]
    Journal(journal::Journal),
    /// The log of all that the server acknowledged, which devices witness
    #[command(subcommand)]
    Log(log::Log),
    /// What people should look at
    #[command(subcommand)]
    Alert(alert::Alert),
    /// Records on their way to other systems
    #[command(subcommand)]
    Forward(forward::Forward),
    /// Records in files of Parquet, a day each
    #[command(subcommand)]
    Archive(archive::Archive),
    /// What a provider received in a time, by data type
    Exposure(exposure::Exposure),
    /// What those are told who ask: people, authorities, auditors
    #[command(subcommand)]
    Report(report::Report),
    /// Keys by which values are found in records
    #[command(subcommand)]
    SearchKey(search_key::SearchKey),
}

/// Whatever went wrong, said once, with its causes.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How people read it: a table, or JSON.
#[derive(Clone, Copy)]
struct Output {
    json: bool,
}

/// A limit on rows.
#[derive(Args)]
struct Limit {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
}

pub(crate) fn main(arguments: Arguments) -> ExitCode {
    let Arguments { home, json, task } = arguments;
    let level = std::env::var("WEIR_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_writer(std::io::stderr)
        .init();
    if let Task::PolicyCheck = task {
        return policy::check();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(carry_out(&home, task, Output { json })) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", weir_model::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(home: &Path, task: Task, output: Output) -> Result<(), Failure> {
    match task {
        Task::Init(init) => init.run(home, output).await,
        Task::Run => {
            let descriptors = limits::raise_descriptors();
            tracing::info!(descriptors, "as many connections and files may be open");
            let ready = |address| match output.json {
                true => println!("{}", serde_json::json!({ "address": address })),
                false => println!("serving devices on https://{address}"),
            };
            Ok(run::run(home, &own_program(), ready, stopped()).await?)
        }
        Task::Token(token) => token.run(home, output).await,
        Task::Device(device) => device.run(home, output).await,
        Task::Bundle(bundle) => bundle.run(home, output).await,
        Task::Policy(policy) => policy.run(home, output).await,
        // Done before anything was started.
        Task::PolicyCheck => Ok(()),
        Task::Exception(exception) => exception.run(home, output).await,
        Task::Provider(provider) => provider.run(home, output).await,
        Task::Directive(directive) => directive.run(home, output).await,
        Task::Events(events) => events.run(home).await,
        Task::Account(account) => account.run(home, output).await,
        Task::ApiToken(token) => token.run(home, output).await,
        Task::Backup(backup) => backup.run(home, output).await,
        Task::Restore(restore) => restore.run(home, output).await,
        Task::Journal(journal) => journal.run(home, output).await,
        Task::Log(log) => log.run(home, output).await,
        Task::Alert(alert) => alert.run(home, output).await,
        Task::Forward(forward) => forward.run(home, output).await,
        Task::Archive(archive) => archive.run(home, output).await,
        Task::Exposure(exposure) => exposure.run(home, output).await,
        Task::Report(report) => report.run(home, output).await,
        Task::SearchKey(key) => key.run(home, output).await,
    }
}

/// Where this program can be started again: what runs, also when an update has put another one in its place.
fn own_program() -> PathBuf {
    match cfg!(target_os = "linux") {
        true => PathBuf::from("/proc/self/exe"),
        false => std::env::current_exe().unwrap_or_default(),
    }
}

async fn open(home: &Path) -> Result<(Config, Arc<dyn Repo>), Failure> {
    let config = Config::read(home)?;
    let repo = repo::open(&config.database_in(home)).await?;
    Ok((config, repo))
}

/// Signs where the journal stands, after a change.
async fn vouch(home: &Path, repo: &dyn Repo) -> Result<(), Failure> {
    let keys = Keys::read(&home.join(run::KEYS))?;
    Ok(Witness::in_home(home).sign(repo, &keys.receipt, clock::now()).await?)
}

/// Ends on an interrupt or a termination.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without signals the program is killed, which loses nothing.
    let _ = tokio::signal::ctrl_c().await;
}
