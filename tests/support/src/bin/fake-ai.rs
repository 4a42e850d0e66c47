//! The fake AI service by itself, for trying things out by hand.

use clap::Parser;
use std::path::PathBuf;
use weir_support::certs::Fault;
use weir_support::fake::{FakeAi, Options};

/// Plays chatgpt.com, claude.ai, api.openai.com, api.anthropic.com and any other host on a loopback port.
#[derive(Parser)]
struct Arguments {
    /// Port for TLS; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Folder for the certificate to trust, fake-ca.pem
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Show a certificate that must be refused
    #[arg(long, value_parser = ["expired", "self-signed", "wrong-host"])]
    fault: Option<String>,
}

#[expect(clippy::print_stdout, reason = "a program for people and scripts")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let fault = arguments.fault.as_deref().map(|name| match name {
        "expired" => Fault::Expired,
        "self-signed" => Fault::SelfSigned,
        _ => Fault::WrongHost,
    });
    let fake = FakeAi::start(
        &arguments.dir,
        Options {
            port: arguments.port,
            fault,
            ..Options::default()
        },
    )?;
    println!(
        "{}",
        serde_json::json!({
            "ready": true, "https": fake.address().to_string(), "admin": format!("http://{}", fake.admin()), "ca": fake.ca(),
        })
    );
    loop {
        std::thread::park();
    }
}
