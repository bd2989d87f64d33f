//! What a device or a resource is made of: from a device's report, or from the bill of materials of a resource.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sekisho_model::documents::{FactValue, Posture};
use sekisho_model::{ResourceId, Timestamp};
use sekisho_vulnerability_matching::{Component, Inventory};
use serde::{Deserialize, Serialize};

/// The facts of a report that name source packages, and the system that they are of.
const PACKAGES: &str = "packages.sources";
const SYSTEM: &str = "os.id";
const RELEASE: &str = "os.version";

/// The packages that a device reports. `None` where it reports none, or of a system that has no advisories here: then nothing is known.
pub(crate) fn of_posture(posture: &Posture) -> Option<Inventory> {
    let text = |name: &str| match posture.facts.get(name) {
        Some(FactValue::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let ecosystem = Component::ecosystem_of_system(text(SYSTEM)?, text(RELEASE)?)?;
    let Some(FactValue::List(packages)) = posture.facts.get(PACKAGES) else { return None };
    let component = |package: &String| {
        let (name, version) = package.split_once(' ')?;
        Some(Component::new(&ecosystem, name, version))
    };
    let components: Vec<Component> = packages.iter().filter_map(component).collect();
    let skipped = packages.len() - components.len();
    (!components.is_empty()).then(|| Inventory::new(None, components, skipped))
}

/// What an application is made of, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SoftwareInventory {
    /// The application.
    pub(crate) resource: ResourceId,
    /// When it was set.
    pub(crate) at: Timestamp,
    /// What it is itself, as a package URL, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) product: Option<String>,
    /// Ecosystem, name and version of each component.
    pub(crate) components: Vec<(String, String, String)>,
    /// How many of its components name no package or no version.
    pub(crate) skipped: usize,
}

impl SoftwareInventory {
    pub(crate) fn new(resource: ResourceId, inventory: &Inventory, at: Timestamp) -> Self {
        let stored =
            |component: &Component| (component.ecosystem.clone(), component.name.clone(), component.version.clone());
        let components = inventory.components.iter().map(stored).collect();
        Self { resource, at, product: inventory.product.clone(), components, skipped: inventory.skipped }
    }

    pub(crate) fn inventory(self) -> Inventory {
        let components =
            self.components.iter().map(|(ecosystem, name, version)| Component::new(ecosystem, name, version));
        Inventory::new(self.product, components.collect(), self.skipped)
    }
}

/// Stands for an inventory, to see that it is another one. Another program may compute another number: then what is known is computed again.
pub(crate) fn digest(inventory: &Inventory) -> u64 {
    let mut hasher = DefaultHasher::new();
    inventory.product.hash(&mut hasher);
    for Component { ecosystem, name, version } in &inventory.components {
        (ecosystem, name, version).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn posture(facts: &Value) -> Posture {
        let body = json!({ "device": "d", "reported_at": Timestamp::from_millis(0), "sequence": 1, "failing": [], "facts": facts });
        serde_json::from_value(body).expect("a posture")
    }

    #[test]
    fn i45_a_device_that_does_not_report_its_packages_has_no_inventory() {
        let whole = json!({ "os.id": "debian", "os.version": "12", "packages.sources": ["openssl 3.0.11-1", "odd"] });
        let found = of_posture(&posture(&whole)).expect("an inventory");
        assert_eq!((found.components, found.skipped), (vec![Component::new("Debian:12", "openssl", "3.0.11-1")], 1));
        for (name, value) in [
            ("packages.sources", json!([])),
            ("packages.sources", json!(true)),
            ("packages.sources", json!(["odd"])),
            ("os.id", json!("arch")),
            ("os.version", json!(12)),
        ] {
            let mut other = whole.clone();
            other[name] = value;
            assert_eq!(of_posture(&posture(&other)), None, "{name}");
            other.as_object_mut().expect("facts").remove(name);
            assert_eq!(of_posture(&posture(&other)), None, "{name}");
        }
    }

    #[test]
    fn an_inventory_is_stored_and_read_again() {
        let inventory =
            Inventory::new(Some("pkg:generic/wiki@1".to_owned()), vec![Component::new("npm", "a", "1.0.0")], 3);
        let stored = SoftwareInventory::new("wiki".parse().expect("a name"), &inventory, Timestamp::from_millis(0));
        assert_eq!(stored.inventory(), inventory);
        assert_ne!(digest(&inventory), digest(&Inventory::default()));
    }
}
