//! The audit log on disk, its index, and the agent's small stores.
