use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use weir_model::HostPattern;

use super::screen::{Screen, Tone};
use super::status::block_on;
use super::{CliError, Ending, place, status};
use crate::setup::certificate;
use crate::state::StateDir;

/// Show that a host is passed through byte for byte
///
/// Makes a TLS handshake with the host directly and one through the proxy, and compares the certificates. Whoever presents the
/// site's own certificate has to have its key, and the keys of the connection come from that handshake: what is between can then
/// neither read nor change a byte. No request is sent.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 untouched, 1 intercepted, refused or different, 3 the host or the agent cannot be reached.

Examples:
  weir prove-untouched bank.example.com
  weir prove-untouched intranet.example:8443 --json")]
pub(crate) struct ProveArgs {
    /// Host, with a port where it is not 443
    #[arg(value_name = "HOST[:PORT]")]
    host: String,
    /// Connect directly to this address, where the name leads nowhere
    #[arg(long, value_name = "ADDR:PORT")]
    address: Option<SocketAddr>,
    /// The proxy to go through [default: the running agent's]
    #[arg(long, value_name = "ADDR:PORT")]
    proxy: Option<SocketAddr>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Sites with many machines may show a different certificate to each connection.
const ATTEMPTS: usize = 3;
const STEP: Duration = Duration::from_secs(10);

/// A chain of certificates, the site's own first.
type Chain = Vec<Vec<u8>>;

/// What a connection through the proxy came to.
enum Through {
    Chain(Chain),
    Refused(String),
}

/// How the host is treated.
enum Treatment {
    Tunnelled,
    Intercepted(String),
    Refused(String),
    Different,
}

pub(crate) fn run(args: &ProveArgs, state: &StateDir, screen: &mut Screen) -> Result<Ending, CliError> {
    let (name, port) = weir_model::split_port(&args.host);
    let (name, port) = (name.to_ascii_lowercase(), port.unwrap_or(443));
    let status = status::ask(state);
    let proxy = match (args.proxy, &status) {
        (Some(proxy), _) => proxy.to_string(),
        (None, Ok(status)) => status.proxy.listen.first().cloned().unwrap_or_default(),
        (None, Err(error)) => return Err(CliError::environment(error.to_string())),
    };
    let path = status
        .ok()
        .map(|status| std::path::PathBuf::from(status.certificate.path));
    let path = path.unwrap_or_else(|| state.certificate());
    let ours = place::certificate_at(&path)?;
    let hosts = path.with_file_name("hosts");
    let (treatment, direct) = block_on(treated(args, &name, port, &proxy, &ours, &hosts))?;
    let (word, why, tone) = match &treatment {
        Treatment::Tunnelled => (
            "tunnelled",
            "the same certificates, directly and through the proxy".to_owned(),
            Tone::Good,
        ),
        Treatment::Intercepted(why) => ("intercepted", why.clone(), Tone::Bad),
        Treatment::Refused(why) => ("refused", why.clone(), Tone::Bad),
        Treatment::Different => (
            "different",
            "another certificate than directly, and not by Weir: something else is between, or the site has many"
                .to_owned(),
            Tone::Caution,
        ),
    };
    let leaf = direct
        .first()
        .map(|leaf| certificate::fingerprint(leaf))
        .unwrap_or_default();
    if args.json {
        screen.json(&json!({
            "host": name, "port": port, "proxy": proxy, "treatment": word, "untouched": word == "tunnelled",
            "why": why, "certificate_sha256": leaf, "chain": direct.len(),
        }))?;
    } else {
        screen.line(&format!("{} {name}:{port}: {why}", screen.paint(word, tone)))?;
        screen.line(&format!("SHA-256 of its own certificate: {leaf}"))?;
    }
    Ok(Ending::found_if(!matches!(treatment, Treatment::Tunnelled)))
}

async fn treated(
    args: &ProveArgs,
    name: &str,
    port: u16,
    proxy: &str,
    ours: &certificate::Certificate,
    hosts: &std::path::Path,
) -> Result<(Treatment, Chain), CliError> {
    let mut last = (Treatment::Different, Chain::new());
    for _ in 0..ATTEMPTS {
        let direct = match args.address {
            Some(address) => TcpStream::connect(address).await,
            None => TcpStream::connect((name, port)).await,
        };
        let direct =
            direct.map_err(|error| CliError::environment(format!("`{name}` cannot be reached directly: {error}")))?;
        let direct = presented(direct, name)
            .await
            .map_err(|error| CliError::environment(format!("no TLS with `{name}` directly: {error}")))?;
        let through = through(proxy, name, port).await?;
        let treatment = match through {
            Through::Refused(why) => Treatment::Refused(why),
            Through::Chain(chain) if chain == direct => Treatment::Tunnelled,
            Through::Chain(chain) if chain.iter().any(|der| der == ours.der()) || issued(&chain, ours) => {
                Treatment::Intercepted(named_by(hosts, name))
            }
            Through::Chain(_) => Treatment::Different,
        };
        last = (treatment, direct);
        if !matches!(last.0, Treatment::Different) {
            break;
        }
    }
    Ok(last)
}

/// True when the first certificate names the device's authority as its issuer.
fn issued(chain: &Chain, ours: &certificate::Certificate) -> bool {
    chain
        .first()
        .is_some_and(|leaf| certificate::issuer(leaf).as_deref() == Some(ours.subject()))
}

/// Why it is intercepted.
fn named_by(hosts: &std::path::Path, name: &str) -> String {
    let list = std::fs::read_to_string(hosts).unwrap_or_default();
    let covers = |line: &&str| HostPattern::parse(line).is_ok_and(|pattern| pattern.covers_name(name));
    match list.lines().find(covers) {
        Some(pattern) => format!("policy names it (`{pattern}`): Weir reads what is sent there"),
        None => "Weir presents a certificate of its own".to_owned(),
    }
}

async fn through(proxy: &str, name: &str, port: u16) -> Result<Through, CliError> {
    let failed =
        |error: std::io::Error| CliError::environment(format!("the proxy at {proxy} does not answer: {error}"));
    let mut stream = TcpStream::connect(proxy).await.map_err(failed)?;
    let head = format!("CONNECT {name}:{port} HTTP/1.1\r\nhost: {name}:{port}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.map_err(failed)?;
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") && read.len() < 16 * 1024 {
        read.push(stream.read_u8().await.map_err(failed)?);
    }
    let head = String::from_utf8_lossy(&read);
    if !head.starts_with("HTTP/1.1 200") {
        return Ok(Through::Refused(head.lines().next().unwrap_or_default().to_owned()));
    }
    match presented(stream, name).await {
        Ok(chain) => Ok(Through::Chain(chain)),
        Err(error) => Ok(Through::Refused(format!("no TLS through the proxy: {error}"))),
    }
}

/// The certificates that the other end presents, after it has shown that it has the key of the first.
async fn presented(stream: TcpStream, name: &str) -> Result<Chain, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let witness = Arc::new(Witness {
        provider: Arc::clone(&provider),
        chain: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    // Nothing is sent and nothing believed: whether a certificate is good is not the question, only whether it is the same.
    let verifier = Arc::clone(&witness) as Arc<dyn ServerCertVerifier>;
    let config = config
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let server = ServerName::try_from(name.to_owned()).map_err(|error| error.to_string())?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(server, stream);
    let connected = tokio::time::timeout(STEP, connecting)
        .await
        .map_err(|_| "no answer in time".to_owned())?;
    connected.map_err(|error| error.to_string())?;
    let chain = witness.chain.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(chain)
}

/// Takes down what is presented. Who presents it must have its key: the signature of the handshake is verified.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Chain>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        _server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(above).map(|der| der.to_vec()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
