//! What the tests and benches of this crate share: the catalogue that comes with Weir.
#![allow(dead_code, unreachable_pub, reason = "each file uses its own part")]
#![allow(clippy::panic, clippy::missing_panics_doc, reason = "a test stops where it fails")]

use weir_content::Adapters;
use weir_model::catalogue::{RouteShape, Service};
use weir_policies::Embedded;

/// The services, with what their shapes say.
pub fn services() -> Vec<Service> {
    let shapes: Vec<RouteShape> = weir_policies::shapes().map(parse).collect();
    let mut services: Vec<Service> = weir_policies::services().map(parse).collect();
    for route in services.iter_mut().flat_map(|service| &mut service.routes) {
        if let Some(name) = route.shape.clone() {
            let shape = shapes.iter().find(|shape| shape.shape == name);
            route.take_shape(shape.unwrap_or_else(|| panic!("no shape is called `{name}`")));
        }
    }
    services
}

/// Their adapters.
pub fn adapters() -> Adapters {
    Adapters::compile(&services()).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

fn parse<T: serde::de::DeserializeOwned>(file: Embedded) -> T {
    serde_saphyr::from_str(file.text).unwrap_or_else(|error| panic!("{}: {error}", file.name))
}
