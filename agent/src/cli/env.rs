use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::screen::Screen;
use super::status::block_on;
use super::{CliError, Ending, place};
use crate::config::DEFAULT_LISTEN;
use crate::setup::bundle;
use crate::state::StateDir;
use weir_ipc::{Client, ConnectError};

/// Print the variables that send a shell's programs through Weir
///
/// Covers what has settings of its own: Node, Python (requests, httpx, urllib), curl, git, the AWS tools, Deno, cargo.
/// Where a variable replaces the roots of a program instead of adding to them, it points to a file with the system's
/// roots and the certificate, which this command writes into the state directory.
#[derive(Args)]
#[command(after_help = "\
Examples:
  eval \"$(weir env)\"
  weir env --shell fish | source
  weir env --shell powershell | Invoke-Expression
  weir env --shell json
  eval \"$(weir env --unset)\"")]
pub(crate) struct EnvArgs {
    /// The shell to write for
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    shell: Shell,
    /// Address of the proxy [default: the running agent's, else 127.0.0.1:18080]
    #[arg(long, value_name = "ADDR:PORT")]
    proxy: Option<SocketAddr>,
    /// The system's roots (PEM), where they are not found
    #[arg(long, value_name = "FILE")]
    roots: Option<PathBuf>,
    /// Write the lines that take the variables away again
    #[arg(long)]
    unset: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// POSIX shells: sh, bash, zsh
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// One JSON object
    Json,
}

pub(crate) fn run(args: &EnvArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    if args.unset {
        let lines = NAMES.map(|name| unset_line(name, args.shell)).join("\n");
        screen.line(&if args.shell == Shell::Json {
            serde_json::json!(NAMES).to_string()
        } else {
            lines
        })?;
        return Ok(Ending::Clean);
    }
    let certificate = place::certificate(state)?;
    let roots = state.ca().join("bundle.pem");
    bundle::write(&roots, args.roots.clone(), &certificate).map_err(|error| CliError::from_chain(&error))?;
    let proxy = match args.proxy {
        Some(told) => told.to_string(),
        None => running_proxy(state)?,
    };
    let variables = variables(&proxy, certificate.path(), &roots);
    if args.shell == Shell::Json {
        let object: serde_json::Map<_, _> = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        screen.json(&object)?;
    } else {
        for (name, value) in &variables {
            screen.line(&set_line(name, value, args.shell))?;
        }
    }
    Ok(Ending::Clean)
}

/// The address of the running agent; the default where none runs. Somebody else's socket is an error: a proxy address
/// from there could be anyone's.
fn running_proxy(state: &StateDir) -> Result<String, CliError> {
    let asked = block_on(async {
        match Client::connect(&state.agent(), "weir").await {
            Ok(mut client) => client
                .status()
                .await
                .map(Some)
                .map_err(|error| CliError::from_chain(&error)),
            Err(ConnectError::NotRunning(_)) => Ok(None),
            Err(error) => Err(CliError::from_chain(&error)),
        }
    })?;
    let listen = asked.and_then(|status| status.proxy.listen.into_iter().next());
    Ok(listen.unwrap_or_else(|| DEFAULT_LISTEN.to_owned()))
}

const NAMES: [&str; 15] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "NODE_USE_ENV_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
];

/// curl reads `http_proxy` only in lower case; others read only capitals.
fn variables(proxy: &str, certificate: &Path, roots: &Path) -> Vec<(&'static str, String)> {
    let proxy = format!("http://{proxy}");
    let (certificate, roots) = (certificate.display().to_string(), roots.display().to_string());
    let value = |name: &str| match name {
        "HTTPS_PROXY" | "https_proxy" | "HTTP_PROXY" | "http_proxy" => proxy.clone(),
        "NO_PROXY" | "no_proxy" => "localhost,127.0.0.1,::1".to_owned(),
        "NODE_USE_ENV_PROXY" => "1".to_owned(),
        // These add to the roots the program has.
        "NODE_EXTRA_CA_CERTS" | "DENO_CERT" => certificate.clone(),
        // The others replace them.
        _ => roots.clone(),
    };
    NAMES.into_iter().map(|name| (name, value(name))).collect()
}

fn set_line(name: &str, value: &str, shell: Shell) -> String {
    match shell {
        Shell::Sh | Shell::Json => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Shell::Fish => format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
        Shell::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
    }
}

fn unset_line(name: &str, shell: Shell) -> String {
    match shell {
        Shell::Sh | Shell::Json => format!("unset {name}"),
        Shell::Fish => format!("set -e {name}"),
        Shell::Powershell => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue"),
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Shell, set_line, variables};
    use std::path::Path;

    #[test]
    fn what_replaces_roots_gets_the_combined_file_and_what_adds_gets_the_certificate() {
        let variables = variables("127.0.0.1:1", Path::new("/s/ca.pem"), Path::new("/s/bundle.pem"));
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
        assert_eq!(variables.len(), NAMES.len());
        assert_eq!(value("HTTPS_PROXY"), "http://127.0.0.1:1");
        assert_eq!(value("NODE_EXTRA_CA_CERTS"), "/s/ca.pem");
        for replaces in [
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "GIT_SSL_CAINFO",
        ] {
            assert_eq!(value(replaces), "/s/bundle.pem");
        }
    }

    #[test]
    fn a_quote_in_a_path_cannot_end_the_value() {
        assert_eq!(set_line("A", "it's", Shell::Sh), r"export A='it'\''s'");
        assert_eq!(set_line("A", "it's", Shell::Fish), r"set -gx A 'it\'s'");
        assert_eq!(set_line("A", "it's", Shell::Powershell), "$env:A = 'it''s'");
    }
}
