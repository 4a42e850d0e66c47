//! Directives: what administrators order all devices to do at once, beside policy.
//!
//! A directive is the whole state: the newest one takes the place of all before it, so that what a device missed does no
//! harm. To close destinations holds more back than policy does, and the server may order it alone. To suspend holds
//! nothing back: people sign that, as many of them as must sign what lets more pass. A server that is stolen can close; it
//! cannot open.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use weir_model::{Closed, Timestamp};

use crate::envelope::{Envelope, EnvelopeError, Kind, SealError};
use crate::key::SigningKey;
use crate::verify::Trust;

/// A directive to devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Rises with every directive; a device never goes back.
    pub epoch: u64,
    /// The group it is for; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is to be done.
    pub directive: Directive,
    /// Why, for the people who are concerned.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was given.
    pub issued: Timestamp,
    /// Until when it holds. Policy alone holds then.
    pub expires: Timestamp,
}

/// What a directive asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Directive {
    /// Policy as it is.
    Resume,
    /// Intercept nothing.
    Suspend,
    /// Nothing goes to any AI service.
    Lockdown,
    /// Nothing goes to these providers.
    Block(BTreeSet<String>),
}

impl Directive {
    /// The destinations it closes.
    #[must_use]
    pub fn closed(&self) -> Closed {
        match self {
            Self::Resume | Self::Suspend => Closed::Nothing,
            Self::Lockdown => Closed::Everything,
            Self::Block(providers) => Closed::Providers(providers.clone()),
        }
    }

    /// True when nothing is intercepted.
    #[must_use]
    pub const fn suspends(&self) -> bool {
        matches!(self, Self::Suspend)
    }
}

/// Hours for which interception may be suspended by one order.
pub const LONGEST_SUSPENSION: u32 = 72;

/// Whose directives count.
#[derive(Clone, Debug)]
pub struct OrderTrust {
    /// Who may close.
    pub server: Trust,
    /// Who may do anything.
    pub people: Trust,
}

/// Why a directive is not carried out. What was in force stays.
#[derive(Debug, thiserror::Error)]
pub enum OrderRefused {
    /// Not a directive.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not signed by those who may order it.
    #[error("signatures that count for it: {valid}, of {wanted} needed")]
    Unsigned {
        /// Signatures that are valid.
        valid: usize,
        /// Signatures that are needed.
        wanted: usize,
    },
    /// For other devices.
    #[error("it is for `{0}`")]
    Foreign(String),
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It suspends for longer than anybody may.
    #[error("it suspends for longer than {LONGEST_SUSPENSION} hours")]
    TooLong,
    /// It comes from before the last one.
    #[error("it is number {epoch}, and number {newest} was the last")]
    Older {
        /// Its number.
        epoch: u64,
        /// The last one.
        newest: u64,
    },
}

/// Gives a directive.
///
/// # Errors
/// When a key is given twice.
pub fn seal_order(order: &Order, keys: &[&SigningKey]) -> Result<Vec<u8>, SealError> {
    Envelope::sealed(Kind::Order, order, keys)
}

/// What a device asks of a directive: signed by those who may order it, for its group, newer than the last, and not over.
/// A server asks the same of one that people signed, for the group it names.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_order(
    bytes: &[u8],
    trust: &OrderTrust,
    group: Option<&str>,
    last: u64,
    now: Timestamp,
) -> Result<Order, OrderRefused> {
    let envelope = Envelope::read(bytes, Kind::Order)?;
    let order: Order = envelope.statement()?;
    let asked: &[&Trust] = match order.directive.suspends() {
        true => &[&trust.people],
        false => &[&trust.server, &trust.people],
    };
    let counted = asked.iter().map(|trust| {
        let wanted = trust.threshold.max(1);
        (envelope.signers(&trust.keys).len(), wanted)
    });
    let missing = counted.min_by_key(|(valid, wanted)| wanted.saturating_sub(*valid));
    match missing {
        Some((valid, wanted)) if valid >= wanted => {}
        Some((valid, wanted)) => return Err(OrderRefused::Unsigned { valid, wanted }),
        None => return Err(OrderRefused::Unsigned { valid: 0, wanted: 1 }),
    }
    within(order, group, last, now)
}

fn within(order: Order, group: Option<&str>, last: u64, now: Timestamp) -> Result<Order, OrderRefused> {
    const HOUR: i64 = 60 * 60 * 1000;
    let longest = i64::from(LONGEST_SUSPENSION) * HOUR;
    // Also of one that says it was given tomorrow, which would last longer from now.
    let is_long = order.expires > order.issued.plus_millis(longest) || order.expires > now.plus_millis(longest);
    match &order {
        Order { group: Some(other), .. } if group.is_some_and(|group| group != other) => {
            Err(OrderRefused::Foreign(other.clone()))
        }
        Order { epoch, .. } if *epoch <= last => Err(OrderRefused::Older {
            epoch: *epoch,
            newest: last,
        }),
        Order { expires, .. } if *expires <= now => Err(OrderRefused::Expired),
        Order { directive, .. } if directive.suspends() && is_long => Err(OrderRefused::TooLong),
        _ => Ok(order),
    }
}

/// A directive as it says it is. Nobody has vouched for it.
///
/// # Errors
/// When it is none.
pub fn inspect_order(bytes: &[u8]) -> Result<Order, EnvelopeError> {
    Envelope::read(bytes, Kind::Order)?.statement()
}
