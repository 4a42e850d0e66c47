use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::{OwnedValue, Structure, Value};

use crate::{Desktop, until};

/// A stand-in for the desktop's panel: icons register with it.
pub struct Panel {
    connection: Connection,
    items: Arc<Mutex<Vec<(String, String)>>>,
}

struct Watcher(Arc<Mutex<Vec<(String, String)>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// Some name themselves, some only the path of their icon.
    #[allow(clippy::needless_pass_by_value, reason = "the macro hands it over so")]
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: zbus::message::Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let item = match service.starts_with('/') {
            true => (sender, service.to_owned()),
            false => (service.to_owned(), "/StatusNotifierItem".to_owned()),
        };
        let mut items = self.0.lock().unwrap();
        // Some say it twice.
        if !items.contains(&item) {
            items.push(item);
        }
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|(name, path)| format!("{name}{path}"))
            .collect()
    }

    /// Without a host, icons would be drawn the old way.
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A line of a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    id: i32,
    /// What it says.
    pub label: String,
    /// It can be chosen.
    pub enabled: bool,
    /// It has a mark; whether it is set.
    pub checked: Option<bool>,
    /// What is below it.
    pub below: Vec<Item>,
}

impl Panel {
    /// Waits for icons on the bus of this desktop.
    ///
    /// # Panics
    /// Where the bus does not answer.
    #[must_use]
    pub fn watch(desktop: &Desktop) -> Self {
        let items = Arc::default();
        let connection = connection::Builder::address(desktop.bus())
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items))))
            .and_then(connection::Builder::build)
            .unwrap();
        Self { connection, items }
    }

    /// How many icons have registered so far.
    ///
    /// # Panics
    /// Never while no other thread has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.items.lock().unwrap().len()
    }

    /// The menu of the newest icon.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn menu(&self) -> Vec<Item> {
        until("a menu", || self.layout().ok()).below
    }

    /// Chooses a line of it, by what it says. The menu may be made anew between reading it and choosing from it: then it is read
    /// again.
    ///
    /// # Panics
    /// Where there is no such line, or it cannot be chosen.
    pub fn choose(&self, label: &str) {
        until(label, || {
            let item = find(&self.menu(), label)?;
            assert!(item.enabled, "`{label}` cannot be chosen");
            let menu = self.proxy().unwrap();
            let _: bool = menu.call("AboutToShow", &(0_i32,)).unwrap_or_default();
            let chosen: Result<(), _> = menu.call("Event", &(item.id, "clicked", Value::from(0_i32), 0_u32));
            chosen.ok()
        });
    }

    fn proxy(&self) -> zbus::Result<Proxy<'static>> {
        let newest = self.items.lock().unwrap().last().cloned();
        let (name, path) = newest.ok_or(zbus::Error::InterfaceNotFound)?;
        let icon = Proxy::new(&self.connection, name.clone(), path, "org.kde.StatusNotifierItem")?;
        let menu: zbus::zvariant::OwnedObjectPath = icon.get_property("Menu")?;
        Proxy::new(&self.connection, name, menu, "com.canonical.dbusmenu")
    }

    fn layout(&self) -> zbus::Result<Item> {
        type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let none: &[&str] = &[];
        let (_, (id, properties, below)): (u32, Node) = self.proxy()?.call("GetLayout", &(0_i32, -1_i32, none))?;
        Ok(item(id, &properties, below))
    }
}

fn item(id: i32, properties: &HashMap<String, OwnedValue>, below: Vec<OwnedValue>) -> Item {
    let text = |key: &str| properties.get(key).and_then(|value| <&str>::try_from(&**value).ok());
    let number = |key: &str| properties.get(key).and_then(|value| i32::try_from(&**value).ok());
    let enabled = properties
        .get("enabled")
        .and_then(|value| bool::try_from(&**value).ok());
    Item {
        id,
        // Underscores mark the letter of a key.
        label: text("label").unwrap_or_default().replace('_', ""),
        enabled: enabled.unwrap_or(true),
        checked: text("toggle-type").map(|_| number("toggle-state") == Some(1)),
        below: below.into_iter().filter_map(child).collect(),
    }
}

fn child(value: OwnedValue) -> Option<Item> {
    let structure = Structure::try_from(Value::from(value)).ok()?;
    let (id, properties, below): (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>) = structure.try_into().ok()?;
    Some(item(id, &properties, below))
}

fn find(items: &[Item], label: &str) -> Option<Item> {
    items.iter().find_map(|item| match item.label == label {
        true => Some(item.clone()),
        false => find(&item.below, label),
    })
}
