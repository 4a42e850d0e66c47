//! Devices: how one comes to belong to the fleet, and stops belonging to it.

mod certify;
mod roll;
mod routes;
mod table;

pub use certify::{CertifyError, certify, new_token};
pub use roll::Roll;
pub use routes::{enrol, renew, standing};
pub use table::{Device, DeviceTable, Listed, NewToken};
