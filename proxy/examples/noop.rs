//! The proxy with a gate that passes everything, to measure it alone.
//!
//! `noop --listen 127.0.0.1:8080 --ca DIR --host '*.example.com' [--upstream-ca FILE] [--resolve HOST:PORT:ADDRESS]`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use weir_model::HostPattern;
use weir_proxy::ca::{Authority, Paths};
use weir_proxy::{
    Client, Config, Forward, Gate, Limits, Pac, Proxy, Received, RequestHead, Ruling, TlsUpstream, TlsUpstreamOptions,
    Treatment, Triage,
};

struct PassAll {
    hosts: Vec<HostPattern>,
    judge: bool,
}

impl Gate for PassAll {
    fn treatment(&self, host: &str, port: u16) -> Treatment {
        let governed = self.hosts.iter().any(|pattern| pattern.covers(host, port));
        if governed {
            Treatment::Intercept
        } else {
            Treatment::Tunnel
        }
    }

    fn triage(&self, _: &RequestHead, _: &Client) -> Triage {
        if self.judge {
            Triage::Judge {
                limit: 32 * 1024 * 1024,
            }
        } else {
            Triage::Pass
        }
    }

    async fn review(&self, _: Received, _: &Client) -> Ruling {
        Ruling::Forward(Forward::default())
    }
}

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let options = Options::read(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.threads)
        .enable_all()
        .build()?;
    runtime.block_on(run(options))
}

async fn run(options: Options) -> Result<(), Anything> {
    std::fs::create_dir_all(&options.ca)?;
    let (authority, _) = Authority::open(&Paths::inside(&options.ca), &options.hosts, SystemTime::now())?;
    let upstream = TlsUpstream::new(options.upstream)?;
    let config = Config {
        listen: vec![options.listen],
        inherited: Vec::new(),
        limits: Limits::default(),
        upstream: Arc::new(upstream),
        authority: Arc::new(authority),
        pac: Arc::new(Pac::new(&options.hosts)),
    };
    let hosts = options
        .hosts
        .iter()
        .filter_map(|host| HostPattern::parse(host).ok())
        .collect();
    let proxy = Proxy::bind(
        config,
        Arc::new(PassAll {
            hosts,
            judge: options.judge,
        }),
    )
    .await?;
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    proxy.run(stop).await;
    Ok(())
}

struct Options {
    listen: SocketAddr,
    ca: PathBuf,
    hosts: Vec<String>,
    upstream: TlsUpstreamOptions,
    threads: usize,
    judge: bool,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, Anything> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ca: PathBuf::from("ca"),
            hosts: Vec::new(),
            upstream: TlsUpstreamOptions::default(),
            threads: 2,
            judge: false,
        };
        while let Some(name) = args.next() {
            if name == "--judge" {
                options.judge = true;
                continue;
            }
            let value = args.next().ok_or_else(|| format!("`{name}` needs a value"))?;
            match name.as_str() {
                "--listen" => options.listen = value.parse()?,
                "--ca" => options.ca = value.into(),
                "--host" => options.hosts.push(value),
                "--upstream-ca" => options.upstream.extra_roots = std::fs::read(Path::new(&value))?,
                "--threads" => options.threads = value.parse()?,
                "--resolve" => {
                    let mut parts = value.splitn(3, ':');
                    let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next()) else {
                        return Err("`--resolve` needs HOST:PORT:ADDRESS".into());
                    };
                    let port: u16 = port.parse()?;
                    let address = match address.parse::<SocketAddr>() {
                        Ok(address) => address,
                        Err(_) => SocketAddr::new(address.parse()?, port),
                    };
                    options.upstream.resolve.insert((host.to_owned(), port), address);
                }
                other => return Err(format!("unknown option `{other}`").into()),
            }
        }
        Ok(options)
    }
}
