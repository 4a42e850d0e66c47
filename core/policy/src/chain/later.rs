//! Members that packs may name and this version does not build. They are reported, never silently skipped: naming one
//! gives a warning, and insisting on it with `mode: enforce` is an error, because nothing would be enforced.

use super::{ChainMember, Member, Registration, Setting};
use crate::format::MODES;
use crate::shape::{Field, Shape, field};

pub(super) const RESPONSE_GUARD: Registration = later(
    ChainMember::ResponseGuard,
    "what may come back in an answer",
    response_guard,
);
pub(super) const RATE_LIMIT: Registration = later(ChainMember::RateLimit, "how much may be sent", rate_limit);

type Build = fn(&mut Setting<'_>) -> Option<Box<dyn Member>>;

const CONFIG: &[Field] = &[field(
    "mode",
    Shape::Choice(MODES),
    "`monitor` or `off`, until this member is built",
)];

const fn later(member: ChainMember, about: &'static str, build: Build) -> Registration {
    Registration {
        member,
        about,
        shape: Shape::Open(CONFIG),
        build,
    }
}

fn response_guard(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    report(ChainMember::ResponseGuard, setting)
}

fn rate_limit(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    report(ChainMember::RateLimit, setting)
}

fn report(member: ChainMember, setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let mode = setting.config.and_then(|config| config.get("mode"));
    match mode.and_then(crate::yaml::Node::text) {
        Some("off") => {}
        Some("enforce") => {
            let at = mode.map_or(setting.at, |node| node.at);
            setting
                .report
                .error(
                    at,
                    "not-yet-enforced",
                    format!("this version of Weir does not act on `{member}`"),
                )
                .help("take `mode: enforce` out: the member is then named and does nothing");
        }
        _ => {
            setting
                .report
                .warning(
                    setting.at,
                    "not-yet-enforced",
                    format!("this version of Weir does not act on `{member}`"),
                )
                .help("do not count on it: no message is stopped or changed by this member");
        }
    }
    None
}
