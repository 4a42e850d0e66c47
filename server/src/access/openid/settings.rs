//! The section `[openid]` of the configuration.

use crate::access::Role;
use crate::outbound::Secret;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A provider that says who people are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenId {
    /// As the sign-in page names it.
    pub name: String,
    /// Its address, as its tokens name it.
    pub issuer: String,
    /// What it knows this server by.
    pub client_id: String,
    /// What it knows is told to this server alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// How browsers reach this server: `https://HOST[:PORT]`.
    pub url: String,
    /// Believed beside the authorities of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// What is asked for beside `openid`.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim that names the account.
    #[serde(default = "name_claim")]
    pub name_claim: String,
    /// The claim with the groups.
    #[serde(default = "groups_claim")]
    pub groups_claim: String,
    /// What groups may do; of several that fit, the first.
    pub roles: Vec<Grant>,
}

/// A role for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// As the provider names it.
    pub group: String,
    /// What its members may do.
    pub role: Role,
}

impl OpenId {
    /// What members of these groups may do; nothing where none of them is named.
    #[must_use]
    pub fn role(&self, groups: &[String]) -> Option<Role> {
        let grant = self.roles.iter().find(|grant| groups.contains(&grant.group));
        grant.map(|grant| grant.role)
    }
}

fn scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).to_vec()
}

fn name_claim() -> String {
    "preferred_username".to_owned()
}

fn groups_claim() -> String {
    "groups".to_owned()
}

#[cfg(test)]
mod tests {
    use super::OpenId;
    use crate::access::Role;

    #[test]
    fn the_first_group_that_fits_gives_the_role() {
        let settings: OpenId = toml::from_str(
            "name = \"Acme\"\nissuer = \"https://login.acme.example\"\nclient_id = \"weir\"\nurl = \"https://weir.acme.example\"\n\
             roles = [{ group = \"security\", role = \"admin\" }, { group = \"everybody\", role = \"viewer\" }]",
        )
        .unwrap();
        let role = |groups: &[&str]| settings.role(&groups.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>());
        assert_eq!(role(&["everybody", "security"]), Some(Role::Admin));
        assert_eq!(role(&["everybody"]), Some(Role::Viewer));
        assert_eq!(role(&["Security"]), None);
        assert_eq!(role(&[]), None);
    }
}
