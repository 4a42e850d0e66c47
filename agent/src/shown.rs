//! What people see of policy, and of records as they are sent.

use std::collections::BTreeSet;

use weir_model::{Action, Channel, EventId, Timestamp};
use weir_policy::{Approval, Cell, Data, Environment, Policy, Row};
use weir_store::{Most, ReadError, Store};
use weir_wire::{EventRecord, MatrixCell, MatrixLevel, MatrixRow, MatrixWay, PolicyMatrix, ProviderApproval};

/// The table of `weir policy matrix` for this policy, now.
pub(crate) fn matrix(policy: &Policy, environment: Environment, now: Timestamp) -> PolicyMatrix {
    let matrix = weir_policy::matrix(policy, environment, now);
    PolicyMatrix {
        levels: matrix
            .columns
            .into_iter()
            .map(|column| MatrixLevel {
                level: column.level,
                example: match column.data {
                    Data::Found { data_type, .. } => Some(data_type),
                    _ => None,
                },
            })
            .collect(),
        rows: matrix.rows.into_iter().map(row).collect(),
    }
}

fn row(row: Row) -> MatrixRow {
    MatrixRow {
        destination: row.destination,
        approval: match row.approval {
            Approval::Approved => ProviderApproval::Approved,
            Approval::Unapproved => ProviderApproval::Unapproved,
            Approval::Denied => ProviderApproval::Denied,
        },
        reason: row.approval_reason,
        agreed_until: row.agreed_until,
        cells: row.cells.iter().map(cell).collect(),
    }
}

fn cell(cell: &Cell) -> MatrixCell {
    let taken: BTreeSet<Action> = cell.actions.iter().map(|(_, action)| *action).collect();
    MatrixCell {
        ways: taken.into_iter().rev().map(|action| way(cell, action)).collect(),
    }
}

fn way(cell: &Cell, action: Action) -> MatrixWay {
    let channels = cell.actions.iter().filter(|(_, taken)| *taken == action);
    let channels: Vec<Channel> = channels.map(|(channel, _)| *channel).collect();
    let ruled = cell.rules.iter().find(|ruled| ruled.action == action);
    MatrixWay {
        action,
        channels,
        rule: ruled.map(|ruled| ruled.rule.clone()),
        text: ruled.map(|ruled| ruled.text.clone()).unwrap_or_default(),
    }
}

/// The records of one event as the admin server gets them, oldest first: read from the log again, as they are sent.
///
/// # Errors
/// The log cannot be read.
pub(crate) fn records(store: &Store, event: &EventId) -> Result<Vec<EventRecord>, ReadError> {
    let mut records = Vec::new();
    for entry in store.get(event)? {
        let one = Most {
            records: 1,
            bytes: usize::MAX,
        };
        let stretch = store.stretch(entry.seq.checked_sub(1), one)?;
        let piece = stretch.and_then(|stretch| stretch.pieces.into_iter().find(|piece| piece.seq == entry.seq));
        records.extend(piece.as_ref().and_then(weir_sync::sent).map(|sent| EventRecord {
            seq: sent.seq,
            kind: sent.kind.as_str().to_owned(),
            time: sent.time,
            body: sent.body.get().to_owned(),
        }));
    }
    Ok(records)
}
