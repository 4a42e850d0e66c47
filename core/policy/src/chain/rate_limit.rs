//! `rate-limit`: how much may be sent in a time, by token bucket.
//!
//! The buckets are a value ([`Buckets`]) that whoever judges keeps between two messages: [`Policy::draw`] says which limits
//! a message is over and what it takes from which bucket, and the member decides by that alone. So a decision depends on its
//! facts, and can be made again.
//!
//! [`Policy::draw`]: crate::Policy::draw

use std::collections::BTreeMap;

use weir_model::{Action, Channel, Kind, Mode, Timestamp};

use super::{Case, ChainMember, Member, Place, Registration, Ruling, Setting, mode_of};
use crate::decision::{Reason, Why};
use crate::format::{CHANNELS, MODES};
use crate::shape::{Field, Shape, field, required};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::RateLimit,
    about: "how much may be sent in a time",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    required(
        "limits",
        Shape::List(&Shape::Map(LIMIT)),
        "all that are for a message count it; one that is reached is enough",
    ),
    field(
        "action",
        Shape::Choice(&["warn", "block"]),
        "what happens to a message over a limit; default `block`",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

const LIMIT: &[Field] = &[
    field("id", Shape::Text, "name of the limit, in place of its number"),
    required(
        "messages",
        Shape::Whole { min: 1, max: 1_000_000 },
        "prompts and files in the time of `every`",
    ),
    required("every", Shape::Choice(&["second", "minute", "hour", "day"]), "the time"),
    field(
        "burst",
        Shape::Whole { min: 1, max: 1_000_000 },
        "most messages at once; default `messages`",
    ),
    field(
        "per",
        Shape::OneOrMore(&Shape::Choice(&["user", "process", "provider"])),
        "a bucket for each of these; absent is one for all",
    ),
    field(
        "service",
        Shape::OneOrMore(&Shape::Text),
        "services this is for; absent is all",
    ),
    field(
        "channel",
        Shape::OneOrMore(&Shape::Choice(CHANNELS)),
        "channels this is for; absent is all",
    ),
];

/// Buckets kept; the fullest, which is to say those that matter least, make room.
const MOST_BUCKETS: usize = 16_384;

/// How full the buckets are. A bucket that is not here is full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets(BTreeMap<BucketKey, Bucket>);

/// Whose bucket, by the rule of its limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BucketKey {
    rule: String,
    /// User, process and provider, as far as the limit tells them apart.
    whose: [Option<String>; 3],
}

/// A bucket as it was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    /// Messages times the milliseconds of the limit, so that nothing is lost by rounding.
    level: u64,
    at: Timestamp,
}

/// What a message draws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// Rules of the limits that it is over.
    pub over: Vec<String>,
    /// In how many seconds it would be over none of them, if nothing else is sent.
    pub wait: Option<u32>,
    /// The buckets it takes from, as they are then.
    taken: Vec<(BucketKey, Bucket)>,
}

impl Draw {
    /// True when every bucket stays as it is.
    #[must_use]
    pub fn takes_nothing(&self) -> bool {
        self.taken.is_empty()
    }
}

impl Buckets {
    /// The buckets after a message, if it still draws what it drew: with another message in between, a bucket may have become
    /// empty, and `None` says that the message must be judged anew.
    #[must_use]
    pub fn after(&self, before: &Buckets, draw: &Draw) -> Option<Self> {
        let untouched = |(key, _): &(BucketKey, Bucket)| self.0.get(key) == before.0.get(key);
        if !draw.taken.iter().all(untouched) {
            return None;
        }
        let mut after = self.clone();
        for (key, bucket) in &draw.taken {
            after.0.insert(key.clone(), *bucket);
        }
        after.make_room();
        Some(after)
    }

    /// How many buckets are not known to be full.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when all buckets are full.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The buckets that were used longest ago are the fullest of their kind.
    fn make_room(&mut self) {
        while self.0.len() > MOST_BUCKETS {
            let oldest = self.0.iter().min_by_key(|(_, bucket)| bucket.at);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            self.0.remove(&key);
        }
    }
}

struct RateLimit {
    limits: Vec<Limit>,
    action: Action,
    mode: Mode,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Limit {
    rule: String,
    messages: u32,
    /// Milliseconds, and the word of the pack.
    every: u64,
    word: &'static str,
    burst: u32,
    /// User, process, provider.
    per: [bool; 3],
    services: Vec<String>,
    channels: Vec<Channel>,
}

impl Limit {
    fn is_for(&self, case: &Case<'_>) -> bool {
        let facts = case.facts;
        let service = facts.destination.service.as_deref();
        matches!(facts.kind, Kind::Prompt | Kind::Regenerate | Kind::Upload)
            && !facts.only_asks
            && (self.channels.is_empty() || self.channels.contains(&facts.channel))
            && (self.services.is_empty() || self.services.iter().any(|id| service == Some(id)))
    }

    fn key(&self, case: &Case<'_>) -> BucketKey {
        let whose = [
            case.user.clone(),
            case.process.clone(),
            case.facts.destination.provider.clone(),
        ];
        let told_apart = whose.into_iter().zip(self.per);
        let mut whose = told_apart.map(|(name, told)| name.filter(|_| told));
        BucketKey {
            rule: self.rule.clone(),
            whose: std::array::from_fn(|_| whose.next().flatten()),
        }
    }

    /// The bucket after one message; the milliseconds until there is one, when it holds none.
    fn draw(&self, before: Option<&Bucket>, now: Timestamp) -> Result<Bucket, u64> {
        let full = u64::from(self.burst) * self.every;
        let level = before.map_or(full, |bucket| {
            // A clock that was put back gives nothing.
            let passed = u64::try_from(now.as_millis() - bucket.at.as_millis()).unwrap_or(0);
            let refilled = passed.saturating_mul(u64::from(self.messages));
            bucket.level.saturating_add(refilled).min(full)
        });
        let missing = self.every.saturating_sub(level);
        if missing > 0 {
            return Err(missing.div_ceil(u64::from(self.messages)));
        }
        Ok(Bucket {
            level: level - self.every,
            at: before.map_or(now, |bucket| bucket.at.max(now)),
        })
    }
}

impl Member for RateLimit {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        for limit in self.limits.iter().filter(|limit| case.facts.over.contains(&limit.rule)) {
            ruling.ask(Reason {
                rule: limit.rule.clone(),
                member: ChainMember::RateLimit,
                action: self.action,
                mode: self.mode,
                why: Why::Message,
            });
        }
    }

    fn text(&self, reason: &Reason, _case: &Case<'_>) -> String {
        let limit = self.limits.iter().find(|limit| limit.rule == reason.rule);
        let Some(limit) = limit else { return String::new() };
        let names = ["user", "program", "provider"].into_iter().zip(limit.per);
        let per: Vec<&str> = names.filter(|(_, told)| *told).map(|(name, _)| name).collect();
        let whose = match per.is_empty() {
            true => String::new(),
            false => format!(" of one {}", per.join(" and ")),
        };
        format!(
            "there are more than {} messages a {}{whose}",
            limit.messages, limit.word
        )
    }

    fn mentions(&self, mentions: &mut Mentions) {
        if self.mode == Mode::Off {
            return;
        }
        mentions
            .limits
            .extend(self.limits.iter().map(|limit| limit.rule.clone()));
    }

    fn draw(&self, case: &Case<'_>, buckets: &Buckets, draw: &mut Draw) {
        if self.mode == Mode::Off {
            return;
        }
        let mut taken = Vec::new();
        for limit in self.limits.iter().filter(|limit| limit.is_for(case)) {
            let key = limit.key(case);
            match limit.draw(buckets.0.get(&key), case.facts.now) {
                Ok(bucket) => taken.push((key, bucket)),
                Err(millis) => {
                    draw.over.push(limit.rule.clone());
                    let seconds = u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX);
                    draw.wait = draw.wait.max(Some(seconds));
                }
            }
        }
        // What is over a limit is not sent, and takes nothing.
        if draw.over.is_empty() {
            draw.taken = taken;
        }
    }

    fn beyond_decisions(&self) -> String {
        format!("{:?}", self.limits)
    }

    fn places(&self) -> Vec<Place> {
        self.places.clone()
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let Some(config) = setting.config else {
        setting
            .report
            .warning(
                setting.at,
                "filters-nothing",
                "`rate-limit` names no limit, so it can never filter anything",
            )
            .help("add `rate-limit: {limits: [{messages: 60, every: minute, per: user}]}` to `policies.policy`");
        return None;
    };
    let written = config.get("limits").map(Node::items).unwrap_or_default();
    let mut places = Vec::new();
    let limits = written.iter().enumerate().map(|(number, node)| {
        let limit = read(node, number, setting);
        places.push(Place {
            rule: limit.rule.clone(),
            file: setting.report.file(node.at.file).to_string(),
            line: node.at.line,
        });
        limit
    });
    Some(Box::new(RateLimit {
        limits: limits.collect(),
        action: words::one(config, "action", words::action).unwrap_or(Action::Block),
        mode: mode_of(Some(config)),
        places,
    }))
}

fn read(node: &Node, number: usize, setting: &mut Setting<'_>) -> Limit {
    let (every, word) = match node.get("every").and_then(Node::text) {
        Some("second") => (1_000, "second"),
        Some("hour") => (3_600_000, "hour"),
        Some("day") => (86_400_000, "day"),
        _ => (60_000, "minute"),
    };
    let messages = node.get("messages").and_then(Node::whole).unwrap_or(1);
    let per = words::texts(node, "per");
    let id = node.get("id").and_then(Node::text);
    Limit {
        rule: id.map_or_else(
            || format!("rate-limit/limits/{number}"),
            |id| format!("rate-limit/{id}"),
        ),
        messages,
        every,
        word,
        burst: node.get("burst").and_then(Node::whole).unwrap_or(messages),
        per: ["user", "process", "provider"].map(|name| per.iter().any(|told| told == name)),
        services: setting.context.services(node.get("service"), setting.report),
        channels: words::all(node, "channel", words::channel),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Limit};
    use proptest::prelude::*;
    use weir_model::Timestamp;

    fn limit(messages: u32, burst: u32) -> Limit {
        Limit {
            rule: "rate-limit/limits/0".to_owned(),
            messages,
            every: 60_000,
            word: "minute",
            burst,
            per: [false; 3],
            services: Vec::new(),
            channels: Vec::new(),
        }
    }

    proptest! {
        /// In no stretch of time do more messages pass than the limit says: what fills the bucket and what flows in.
        #[test]
        fn no_more_than_the_limit_passes(messages in 1u32..20, burst in 1u32..20, steps in proptest::collection::vec(0i64..20_000, 1..200)) {
            let limit = limit(messages, burst);
            let (mut bucket, mut now) = (None::<Bucket>, 0i64);
            let mut passed: Vec<i64> = Vec::new();
            for step in steps {
                now += step;
                if let Ok(after) = limit.draw(bucket.as_ref(), Timestamp::from_millis(now)) {
                    bucket = Some(after);
                    passed.push(now);
                }
            }
            for (index, from) in passed.iter().enumerate() {
                for (count, until) in passed[index..].iter().enumerate() {
                    let most = f64::from(burst) + (until - from) as f64 * f64::from(messages) / 60_000.0;
                    prop_assert!((count + 1) as f64 <= most + 1e-9);
                }
            }
        }

        /// Who keeps below the rate is never held back.
        #[test]
        fn a_slow_sender_always_passes(messages in 1u32..60, pauses in proptest::collection::vec(0i64..1_000, 1..100)) {
            let limit = limit(messages, 1);
            let (mut bucket, mut now) = (None, 0i64);
            for pause in pauses {
                bucket = limit.draw(bucket.as_ref(), Timestamp::from_millis(now)).ok();
                prop_assert!(bucket.is_some());
                now += pause + 60_000 / i64::from(messages) + 1;
            }
        }

        #[test]
        fn a_clock_that_is_put_back_gives_nothing(back in 0i64..10_000_000) {
            let limit = limit(1, 1);
            let now = Timestamp::from_millis(100_000_000);
            let first = limit.draw(None, now).ok();
            prop_assert_eq!(limit.draw(first.as_ref(), now.plus_millis(-back)), Err(60_000));
        }

        /// Who waits as long as is said may send, and not a moment before.
        #[test]
        fn the_wait_is_as_long_as_is_said(messages in 1u32..60, burst in 1u32..10, passed in 0i64..60_000) {
            let limit = limit(messages, burst);
            let mut bucket = None;
            for _ in 0..burst {
                bucket = limit.draw(bucket.as_ref(), Timestamp::from_millis(0)).ok();
            }
            if let Err(wait) = limit.draw(bucket.as_ref(), Timestamp::from_millis(passed)) {
                let then = passed + i64::try_from(wait).unwrap();
                prop_assert!(limit.draw(bucket.as_ref(), Timestamp::from_millis(then)).is_ok());
                prop_assert!(limit.draw(bucket.as_ref(), Timestamp::from_millis(then - 1)).is_err());
            }
        }
    }
}
