//! From the log's entries to events as people see them.

use std::collections::HashMap;

use weir_audit::{Kind, Record, ResponseRecord};
use weir_model::EventId;
use weir_store::{Entry, Query, ReadError};
use weir_wire::{Event, EventList, EventQuery};

use crate::ipc::{LIMIT, event_of};

/// What the store must be asked for an event query. Conditions the store cannot check are checked on the events.
#[must_use]
pub fn store_query(query: &EventQuery) -> Query {
    // No upper bound: the answer to a message may be recorded after it, and belongs to the message's event.
    Query {
        from: query.since,
        kinds: vec![Kind::Decision, Kind::Response],
        ..Query::default()
    }
}

/// Events that meet the query, oldest first, from entries newest first.
pub fn events(entries: impl Iterator<Item = Result<Entry, ReadError>>, query: &EventQuery) -> EventList {
    let limit = if query.limit == 0 {
        LIMIT
    } else {
        query.limit.min(LIMIT)
    } as usize;
    let mut list = EventList::default();
    let mut responses: HashMap<EventId, ResponseRecord> = HashMap::new();
    for entry in entries {
        let Ok(entry) = entry else {
            list.unreadable += 1;
            continue;
        };
        match entry.record {
            // Read newest first, an answer comes before its decision.
            Record::Response(response) => {
                responses.insert(response.event, response);
            }
            Record::Decision(decision) => {
                let response = responses.remove(&decision.event);
                let event = event_of(entry.seq, *decision, response);
                if !query.admits(&event) {
                    continue;
                }
                if list.events.len() == limit {
                    list.more = true;
                    break;
                }
                list.events.push(event);
            }
            _ => {}
        }
    }
    list.events.reverse();
    list
}

/// One event from its entries, oldest first; `None` when there is no decision among them.
#[must_use]
pub fn event(entries: Vec<Entry>) -> Option<Event> {
    let (mut decision, mut response) = (None, None);
    for entry in entries {
        match entry.record {
            Record::Decision(record) => decision = Some((entry.seq, *record)),
            Record::Response(record) => response = Some(record),
            _ => {}
        }
    }
    decision.map(|(seq, decision)| event_of(seq, decision, response))
}
