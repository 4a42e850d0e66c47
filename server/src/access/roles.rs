//! Roles, and what each may do: one table.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// What an account or a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees how the fleet stands.
    Viewer,
    /// Looks into events.
    Analyst,
    /// Says yes or no to what others ask for.
    Approver,
    /// Writes policy.
    Author,
    /// Sees everything, what administrators do included, and changes nothing.
    Auditor,
    /// Runs the server.
    Admin,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See in numbers how the fleet stands.
    OverviewRead,
    /// See accounts and their roles.
    AccountsRead,
    /// Make, change and disable accounts.
    AccountsManage,
    /// See API tokens of everybody.
    ApiTokensRead,
    /// Make and revoke API tokens.
    ApiTokensManage,
    /// See enrolment tokens, without their secrets.
    EnrolmentRead,
    /// Make and drop enrolment tokens.
    EnrolmentManage,
    /// See devices and what they run.
    DevicesRead,
    /// Serve a device no more.
    DevicesRevoke,
    /// See bundles.
    BundlesRead,
    /// Give a signed bundle to devices.
    BundlesPublish,
    /// See drafts, proposals and roll-outs.
    DraftsRead,
    /// Write drafts, try them out, and propose them.
    DraftsWrite,
    /// Approve or refuse what others propose.
    DraftsApprove,
    /// Give what was approved and signed to devices, and steer its roll-out.
    RolloutsSteer,
    /// See directives, and how many devices have them.
    DirectivesRead,
    /// Order all devices at once to close AI services, or to go by policy again.
    DirectivesGive,
    /// Ask for a code that lifts something on one device, and read it once it is approved.
    OverridesAsk,
    /// Approve and refuse codes that others ask for.
    OverridesApprove,
    /// See what employees ask exceptions for.
    ExceptionsRead,
    /// Approve and refuse exceptions, and take them back.
    ExceptionsDecide,
    /// See the register of providers: requests, answers and promises.
    ProvidersRead,
    /// Ask for a provider.
    ProvidersAsk,
    /// Approve and refuse providers, and keep what they promised.
    ProvidersDecide,
    /// Read events, for a stated purpose.
    EventsRead,
    /// See alerts, and what is not told.
    AlertsRead,
    /// Acknowledge and close alerts, and have some not told for a while.
    AlertsManage,
    /// Ask that keys by which values are found in records are destroyed, and agree where somebody else asks.
    DeletionsDecide,
    /// Read and verify the journal, and receipts of what was destroyed.
    JournalRead,
}

use Permission::{
    AccountsManage, AccountsRead, AlertsManage, AlertsRead, ApiTokensManage, ApiTokensRead, BundlesPublish,
    BundlesRead, DeletionsDecide, DevicesRead, DevicesRevoke, DirectivesGive, DirectivesRead, DraftsApprove,
    DraftsRead, DraftsWrite, EnrolmentManage, EnrolmentRead, EventsRead, ExceptionsDecide, ExceptionsRead, JournalRead,
    OverridesApprove, OverridesAsk, OverviewRead, ProvidersAsk, ProvidersDecide, ProvidersRead, RolloutsSteer,
};

/// The table.
const GRANTS: [(Role, &str, &[Permission]); 6] = [
    (
        Role::Viewer,
        "viewer",
        &[
            OverviewRead,
            DevicesRead,
            BundlesRead,
            DraftsRead,
            DirectivesRead,
            ProvidersRead,
        ],
    ),
    (
        Role::Analyst,
        "analyst",
        &[
            OverviewRead,
            DevicesRead,
            BundlesRead,
            DraftsRead,
            DirectivesRead,
            OverridesAsk,
            ExceptionsRead,
            EventsRead,
            AlertsRead,
            AlertsManage,
            ProvidersRead,
            ProvidersAsk,
        ],
    ),
    (
        Role::Approver,
        "approver",
        &[
            OverviewRead,
            DevicesRead,
            BundlesRead,
            BundlesPublish,
            DraftsRead,
            DraftsApprove,
            RolloutsSteer,
            DirectivesRead,
            DirectivesGive,
            OverridesAsk,
            OverridesApprove,
            ExceptionsRead,
            ExceptionsDecide,
            ProvidersRead,
            ProvidersAsk,
            ProvidersDecide,
        ],
    ),
    (
        Role::Author,
        "author",
        &[
            OverviewRead,
            DevicesRead,
            BundlesRead,
            DraftsRead,
            DraftsWrite,
            DirectivesRead,
            ProvidersRead,
            ProvidersAsk,
        ],
    ),
    (
        Role::Auditor,
        "auditor",
        &[
            OverviewRead,
            AccountsRead,
            ApiTokensRead,
            EnrolmentRead,
            DevicesRead,
            BundlesRead,
            DraftsRead,
            DirectivesRead,
            ExceptionsRead,
            EventsRead,
            AlertsRead,
            JournalRead,
            ProvidersRead,
        ],
    ),
    (
        Role::Admin,
        "admin",
        &[
            OverviewRead,
            AccountsRead,
            AccountsManage,
            ApiTokensRead,
            ApiTokensManage,
            EnrolmentRead,
            EnrolmentManage,
            DevicesRead,
            DevicesRevoke,
            BundlesRead,
            BundlesPublish,
            DraftsRead,
            DraftsWrite,
            DraftsApprove,
            RolloutsSteer,
            DirectivesRead,
            DirectivesGive,
            OverridesAsk,
            OverridesApprove,
            ExceptionsRead,
            ExceptionsDecide,
            EventsRead,
            AlertsRead,
            AlertsManage,
            JournalRead,
            DeletionsDecide,
            ProvidersRead,
            ProvidersAsk,
            ProvidersDecide,
        ],
    ),
];

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Viewer,
        Self::Analyst,
        Self::Approver,
        Self::Author,
        Self::Auditor,
        Self::Admin,
    ];

    fn row(self) -> (&'static str, &'static [Permission]) {
        let row = GRANTS.iter().find(|(role, ..)| *role == self);
        // The test below holds that every role has a row; without one it would be nobody, who may do nothing.
        row.map_or(("", &[]), |(_, name, permissions)| (*name, *permissions))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// What it may do.
    #[must_use]
    pub fn permissions(self) -> &'static [Permission] {
        self.row().1
    }

    /// True when it may do this.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// True when it may do all that the other may.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        other.permissions().iter().all(|permission| self.may(*permission))
    }
}

/// No role has that name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role (viewer, analyst, approver, author, auditor, admin)")]
pub struct ParseRoleError;

impl FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let row = GRANTS.iter().find(|(_, name, _)| *name == text);
        row.map(|(role, ..)| *role).ok_or(ParseRoleError)
    }
}

#[cfg(test)]
mod tests {
    use super::{GRANTS, Permission, Role};

    #[test]
    fn every_role_has_one_row_and_one_name() {
        for role in Role::ALL {
            assert_eq!(GRANTS.iter().filter(|(other, ..)| *other == role).count(), 1);
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }

    #[test]
    fn who_may_change_accounts_may_do_everything_and_auditors_change_nothing() {
        assert!(Role::ALL.iter().all(|role| Role::Admin.covers(*role)));
        let changes = [
            Permission::AccountsManage,
            Permission::ApiTokensManage,
            Permission::EnrolmentManage,
            Permission::DevicesRevoke,
            Permission::BundlesPublish,
            Permission::DraftsWrite,
            Permission::DraftsApprove,
            Permission::RolloutsSteer,
            Permission::OverridesAsk,
            Permission::OverridesApprove,
            Permission::ExceptionsDecide,
            Permission::ProvidersAsk,
            Permission::ProvidersDecide,
            Permission::DeletionsDecide,
        ];
        assert!(changes.iter().all(|change| !Role::Auditor.may(*change)));
        assert!(!Role::Analyst.covers(Role::Auditor));
    }
}
