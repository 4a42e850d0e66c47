//! Messages between the agent and the programs that talk to it.
