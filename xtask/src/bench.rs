//! placeholder
use crate::shell::Outcome;
#[derive(clap::Args)]
pub(crate) struct Arguments {}
pub(crate) fn run(_: &Arguments) -> Outcome {
    Ok(())
}
