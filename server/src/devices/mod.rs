//! Devices: how one comes to belong to the fleet, and stops belonging to it.

mod certify;
mod change;
mod roll;
mod routes;
mod standings;
mod table;

pub use certify::{CertifyError, certify};
pub use change::{TokenError, TokenWanted, create_token, drop_token, revoke};
pub use roll::Roll;
pub use routes::{enrol, keep, renew, standing};
pub use standings::Standings;
pub use table::{Device, DeviceTable, Listed, NewToken, Running, Shown};
