use serde::{Deserialize, Serialize};

use crate::capability::{CURRENT, OLDEST};
use crate::{Capability, NotLifted};

/// The first message of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Who asks, for the log: `weir`, `weir-tray`.
    pub program: String,
    /// Its version, for people.
    pub version: String,
    /// What it speaks.
    pub capability: Capability,
    /// The oldest agent it understands.
    pub oldest: Capability,
}

impl Hello {
    /// For a program of this build.
    #[must_use]
    pub fn from(program: &str, version: &str) -> Self {
        Self {
            program: program.to_owned(),
            version: version.to_owned(),
            capability: CURRENT,
            oldest: OLDEST,
        }
    }

    /// The agent's side of the handshake.
    ///
    /// # Errors
    /// When the two have no version in common.
    pub fn answer(&self, agent_version: &str) -> Result<Welcome, Refusal> {
        if self.capability < OLDEST {
            return Err(Refusal::ClientTooOld {
                theirs: self.capability,
                oldest: OLDEST,
            });
        }
        if CURRENT < self.oldest {
            return Err(Refusal::AgentTooOld {
                theirs: CURRENT,
                oldest: self.oldest,
            });
        }
        Ok(Welcome {
            version: agent_version.to_owned(),
            capability: CURRENT,
            agreed: CURRENT.min(self.capability),
        })
    }
}

/// The agent's answer to [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The agent's version, for people.
    pub version: String,
    /// What the agent speaks.
    pub capability: Capability,
    /// What both speak: nothing newer may be asked on this connection.
    pub agreed: Capability,
}

/// Why a request is not answered. Sent as the body of the refusal; says nothing about other requests or people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The program must be upgraded.
    #[error(
        "this program is older than the agent: it speaks version {theirs}, the agent needs {oldest} or newer; upgrade it"
    )]
    ClientTooOld {
        /// What it speaks.
        theirs: Capability,
        /// What the agent still understands.
        oldest: Capability,
    },
    /// The agent must be upgraded or restarted.
    #[error(
        "the running agent is older than this program: it speaks version {theirs}, {oldest} or newer is needed; restart the agent"
    )]
    AgentTooOld {
        /// What the agent speaks.
        theirs: Capability,
        /// What the program still understands.
        oldest: Capability,
    },
    /// Something was asked before the handshake.
    #[error("the first message of a connection must be the handshake")]
    HelloExpected,
    /// Nothing is answered at this path.
    #[error("the agent does not know this request; it may be older than this program")]
    UnknownRequest,
    /// The request cannot be read.
    #[error("the agent cannot read the request")]
    BadRequest,
    /// Another user must ask it.
    #[error("only the user whom the agent runs as, or root, may ask this")]
    NotAllowed,
    /// There is no such event.
    #[error("no event with this id is in the log")]
    NoSuchEvent,
    /// The bundle is not put in force; what was in force stays.
    #[error("the agent does not take the bundle: {why}")]
    Bundle {
        /// What is wrong with it.
        why: String,
    },
    /// The pack that was to be tried has errors.
    #[error("the pack cannot be used: {why}")]
    Pack {
        /// What is wrong with it.
        why: String,
    },
    /// The code lifts nothing.
    #[error("{why}")]
    Override {
        /// Why, for programs.
        reason: NotLifted,
        /// Why, in words.
        why: String,
    },
    /// No such message of this user waits.
    #[error("no message with this id waits; it may have gone, or its time was over")]
    NoSuchHeld,
    /// It cannot go so; it waits on.
    #[error("{why}")]
    Held {
        /// Why.
        why: String,
    },
    /// The administrators cannot be asked for this; nothing was sent.
    #[error("{why}")]
    NotAsked {
        /// Why.
        why: String,
    },
    /// The agent failed; its log says why.
    #[error("the agent could not answer; its log says why")]
    Failed,
}

#[cfg(test)]
mod tests {
    use super::{Hello, Refusal};
    use crate::Capability;
    use crate::capability::CURRENT;

    #[test]
    fn the_same_build_agrees() {
        let welcome = Hello::from("weir", "1.0.0").answer("1.0.0").unwrap();
        assert_eq!(welcome.agreed, CURRENT);
    }

    #[test]
    fn a_newer_program_speaks_down_to_the_agent() {
        let hello = Hello {
            capability: Capability(CURRENT.0 + 5),
            ..Hello::from("weir", "9.0.0")
        };
        assert_eq!(hello.answer("1.0.0").unwrap().agreed, CURRENT);
    }

    #[test]
    fn no_common_version_is_said_by_the_side_that_must_be_upgraded() {
        let old = Hello {
            capability: Capability(0),
            ..Hello::from("weir", "0.0.1")
        };
        assert!(matches!(old.answer("1.0.0"), Err(Refusal::ClientTooOld { .. })));
        let demanding = Hello {
            oldest: Capability(CURRENT.0 + 1),
            ..Hello::from("weir", "9.0.0")
        };
        assert!(matches!(demanding.answer("1.0.0"), Err(Refusal::AgentTooOld { .. })));
    }

    #[test]
    fn an_unknown_field_of_a_newer_program_is_ignored() {
        let text = r#"{"program":"weir","version":"9.0.0","capability":1,"oldest":1,"mood":"new"}"#;
        assert!(serde_json::from_str::<Hello>(text).is_ok());
    }
}
