//! The bill of materials of a resource: an act, recorded with what it holds, before it is assessed.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use sekisho_capability::{ChangeError, Services};
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, ResourceId, Timestamp};
use sekisho_store::Expected;
use sekisho_vulnerability_matching::{Inventory, Unreadable, cyclonedx, lockfile};
use serde_json::{json, to_value};

use crate::acts::SOFTWARE_INVENTORY_SET;
use crate::inventory::SoftwareInventory;

/// The largest bill of materials, in bytes without compression.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Why a bill was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadRefusal {
    /// It is in neither format.
    #[error("it {0}: send a CycloneDX bill of materials in JSON, or a Cargo.lock")]
    Unreadable(#[from] Unreadable),
    /// It is compressed wrongly.
    #[error("it is not compressed as gzip does")]
    Compressed,
    /// It is too large.
    #[error("it is larger than 32 MiB")]
    TooLarge,
    /// It was not recorded or not written.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Keeps what a resource is made of. Returns how many components count.
pub(crate) async fn set(
    services: &Services,
    resource: ResourceId,
    content: &[u8],
    actor: Actor,
    now: Timestamp,
) -> Result<Inventory, UploadRefusal> {
    let inventory = inventory(&plain(content)?)?;
    let id = resource.to_string();
    let detail =
        json!({ "components": inventory.components.len(), "skipped": inventory.skipped, "product": inventory.product });
    let body = to_value(SoftwareInventory::new(resource, &inventory, now)).unwrap_or_default();
    let change = services.changes.begin(actor, SOFTWARE_INVENTORY_SET.code, format!("{}/{id}", Kind::Resource));
    change.detail(detail).put(Kind::SoftwareInventory, id, Expected::Any, body).commit(now).await?;
    Ok(inventory)
}

fn plain(content: &[u8]) -> Result<Vec<u8>, UploadRefusal> {
    let mut plain = Vec::new();
    let read = match content.starts_with(&[0x1f, 0x8b]) {
        true => MultiGzDecoder::new(content).take(LARGEST + 1).read_to_end(&mut plain),
        false => content.take(LARGEST + 1).read_to_end(&mut plain),
    };
    match read.map(u64::try_from) {
        Ok(Ok(length)) if length <= LARGEST => Ok(plain),
        Ok(_) => Err(UploadRefusal::TooLarge),
        Err(_) => Err(UploadRefusal::Compressed),
    }
}

fn inventory(plain: &[u8]) -> Result<Inventory, Unreadable> {
    if plain.trim_ascii_start().starts_with(b"{") {
        return cyclonedx::read(plain);
    }
    let text = std::str::from_utf8(plain).map_err(|_| Unreadable::Form("CycloneDX bill of materials in JSON"))?;
    lockfile::read(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("written");
        encoder.finish().expect("finished")
    }

    #[test]
    fn a_bill_is_read_compressed_or_not_and_one_that_swells_is_refused() {
        let bill = br#"{"bomFormat":"CycloneDX","components":[{"purl":"pkg:cargo/a@1.0.0"}]}"#;
        for content in [bill.to_vec(), compressed(bill)] {
            let plain = plain(&content).expect("plain");
            assert_eq!(inventory(&plain).expect("an inventory").components.len(), 1);
        }
        assert!(matches!(plain(&compressed(&vec![b' '; 33 * 1024 * 1024])), Err(UploadRefusal::TooLarge)));
        assert!(matches!(plain(&[0x1f, 0x8b, 1]), Err(UploadRefusal::Compressed)));
        assert!(inventory(b"\xff").is_err() && inventory(b"").is_err());
    }
}
