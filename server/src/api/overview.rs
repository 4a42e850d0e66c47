//! How the fleet stands.

use super::problem::Problem;
use super::take::Asked;
use crate::clock;
use crate::overview::{Counted, ServiceCount};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_model::{Action, Level, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// More services than people read in one go.
const SERVICES: usize = 12;

/// Over how many days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// Up to now. 7 where nothing is said.
    #[param(minimum = 1, maximum = 92)]
    days: Option<i64>,
    /// Minutes that the clock on the wall is ahead of UTC: where days begin. 0 where nothing is said.
    #[param(minimum = -840, maximum = 840)]
    ahead: Option<i64>,
}

/// How the fleet stands, in numbers. Times are milliseconds since 1970.
#[derive(Serialize, ToSchema)]
pub(super) struct Overview {
    /// From when on messages are counted, by the clocks of devices.
    since: i64,
    /// Until when.
    until: i64,
    /// Milliseconds of a slot: an hour, or a day.
    step: i64,
    /// Decisions by time, oldest first; none is left out.
    slots: Vec<Slot>,
    /// Where most messages went, at most twelve.
    services: Vec<ServiceCounted>,
    /// How devices do.
    devices: DevicesCounted,
    /// Open alerts of urgency 1, 2 and 3, in that order.
    #[schema(value_type = Vec<u64>, min_items = 3, max_items = 3)]
    alerts: [u64; 3],
}

/// Decisions of an hour or a day.
#[derive(Clone, Default, Serialize, ToSchema)]
struct Slot {
    /// When it begins.
    from: i64,
    /// By what was decided.
    #[schema(value_type = BTreeMap<String, u64>)]
    actions: BTreeMap<Action, u64>,
    /// By the level of the message.
    #[schema(value_type = BTreeMap<String, u64>)]
    levels: BTreeMap<Level, u64>,
}

/// Decisions about messages to one service.
#[derive(Serialize, ToSchema)]
struct ServiceCounted {
    /// As records name it.
    service: String,
    /// All of them.
    messages: u64,
    /// By what was decided.
    #[schema(value_type = BTreeMap<String, u64>)]
    actions: BTreeMap<Action, u64>,
}

/// Devices that were not revoked.
#[derive(Serialize, ToSchema)]
struct DevicesCounted {
    /// All of them.
    served: u64,
    /// Heard of within the last day.
    heard: u64,
    /// Refused a newer bundle.
    refused: u64,
}

/// How many messages went where and what was decided, and how devices do. It names nobody.
#[utoipa::path(get, path = "/api/v1/overview", tag = "overview", params(Span), responses((status = 200, body = Overview)))]
pub(super) async fn overview(
    State(fleet): State<Arc<Fleet>>,
    Asked(span): Asked<Span>,
) -> Result<Json<Overview>, Problem> {
    let (days, ahead) = (span.days.unwrap_or(7), span.ahead.unwrap_or(0));
    if !(1..=92).contains(&days) || !(-840..=840).contains(&ahead) {
        return Err(Problem::malformed(
            "1 to 92 days, and at most 840 minutes ahead or behind",
        ));
    }
    let now = clock::now();
    let times = Times::over(days, ahead, now.as_millis());
    let (since, until) = (Timestamp::from_millis(times.since), Timestamp::from_millis(times.until));
    let decisions = fleet.repo.decisions(since, until, times.step).await?;
    let services = fleet.repo.services(since, until).await?;
    let standing = fleet.repo.standing(now.plus_millis(-DAY)).await?;
    let alerts = fleet.repo.open_alerts().await?;
    Ok(Json(Overview {
        since: times.since,
        until: times.until,
        step: times.step,
        slots: slots(times, &decisions),
        services: busiest(services),
        devices: DevicesCounted {
            served: standing.devices,
            heard: standing.heard,
            refused: standing.refused,
        },
        alerts,
    }))
}

/// Whole slots, the last of which is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    since: i64,
    until: i64,
    step: i64,
}

impl Times {
    fn over(days: i64, ahead: i64, now: i64) -> Self {
        let step = if days <= 2 { HOUR } else { DAY };
        let shift = ahead * 60_000;
        let until = (now + shift).div_euclid(step) * step + step - shift;
        Self {
            since: until - days * DAY,
            until,
            step,
        }
    }
}

fn slots(times: Times, decisions: &[Counted]) -> Vec<Slot> {
    let from = |slot: i64| times.since + slot * times.step;
    let mut slots: BTreeMap<i64, Slot> = (0..(times.until - times.since) / times.step)
        .map(|slot| {
            let empty = Slot {
                from: from(slot),
                ..Slot::default()
            };
            (slot, empty)
        })
        .collect();
    for counted in decisions {
        if let Some(slot) = slots.get_mut(&counted.slot) {
            *slot.actions.entry(counted.action).or_default() += counted.count;
            *slot.levels.entry(counted.level).or_default() += counted.count;
        }
    }
    slots.into_values().collect()
}

fn busiest(counted: Vec<ServiceCount>) -> Vec<ServiceCounted> {
    let mut services: BTreeMap<String, BTreeMap<Action, u64>> = BTreeMap::new();
    for one in counted {
        *services.entry(one.service).or_default().entry(one.action).or_default() += one.count;
    }
    let mut services: Vec<_> = services
        .into_iter()
        .map(|(service, actions)| ServiceCounted {
            service,
            messages: actions.values().sum(),
            actions,
        })
        .collect();
    services.sort_by_key(|service| Reverse(service.messages));
    services.truncate(SERVICES);
    services
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, Times, busiest, slots};
    use crate::overview::{Counted, ServiceCount};
    use weir_model::{Action, Level};

    #[test]
    fn days_begin_where_the_clock_on_the_wall_says() {
        // Ten days and five hours after 1970 began.
        let now = 10 * DAY + 5 * HOUR;
        let utc = Times::over(7, 0, now);
        assert_eq!((utc.since, utc.until, utc.step), (4 * DAY, 11 * DAY, DAY));
        // Six hours behind UTC it is still the day before.
        let west = Times::over(7, -360, now);
        assert_eq!(west.until, 10 * DAY + 6 * HOUR);
        assert_eq!(Times::over(1, 0, now).until - now, HOUR);
        assert_eq!(slots(Times::over(1, 0, now), &[]).len(), 24);
    }

    #[test]
    fn counts_fall_into_their_slots_and_days_without_any_stay() {
        let counted = |slot, action, level| Counted {
            slot,
            action,
            level,
            count: 2,
        };
        let given = [
            counted(1, Action::Block, Level::Restricted),
            counted(1, Action::Allow, Level::Restricted),
            counted(9, Action::Allow, Level::Public),
        ];
        let slots = slots(Times::over(3, 0, 10 * DAY), &given);
        assert_eq!(slots.len(), 3);
        assert_eq!(slots[1].levels[&Level::Restricted], 4);
        assert_eq!(slots[1].actions[&Action::Block], 2);
        assert!(slots[0].actions.is_empty() && slots[2].actions.is_empty());
        assert_eq!(slots[2].from - slots[1].from, DAY);
    }

    #[test]
    fn the_busiest_stand_first_and_few_are_shown() {
        let service = |number: u64| ServiceCount {
            service: format!("service-{number}"),
            action: Action::Allow,
            count: number,
        };
        let busiest = busiest((1..=20).chain([3]).map(service).collect());
        assert_eq!(busiest.len(), 12);
        assert_eq!((&*busiest[0].service, busiest[0].messages), ("service-20", 20));
        assert_eq!(busiest[11].messages, 9);
    }
}
