//! What was refused before there was a decision to record: added up by kind, address and application, and recorded and logged
//! once a second, so that a request's number can be explained and a flood of nonsense fills no disk.

use std::collections::HashMap;
use std::net::IpAddr;

use sekisho_model::{Act, Actor, Record, RequestId, ResourceId, Timestamp};
use sekisho_policy_enforcement::RefusalKind;

/// The most kinds and addresses with a sum of their own in one second; all others share one for each kind.
const MOST_SUMS: usize = 64;

/// The refusals since the last record.
#[derive(Default)]
pub(crate) struct Refused {
    sums: HashMap<Key, Sum>,
}

/// What is added up together. Without an address it is what came from all others.
type Key = (RefusalKind, Option<IpAddr>, Option<ResourceId>);

struct Sum {
    count: u64,
    first: RequestId,
    last: RequestId,
    detail: String,
}

impl Refused {
    /// Adds a refusal. `detail` says more about the first of its kind.
    pub(crate) fn add(
        &mut self,
        kind: RefusalKind,
        address: IpAddr,
        resource: Option<&ResourceId>,
        request: &RequestId,
        detail: impl FnOnce() -> String,
    ) {
        let mut key = (kind, Some(address.to_canonical()), resource.cloned());
        if self.sums.len() >= MOST_SUMS && !self.sums.contains_key(&key) {
            key = (kind, None, None);
        }
        let sum = self.sums.entry(key).or_insert_with(|| Sum {
            count: 0,
            first: request.clone(),
            last: request.clone(),
            detail: detail(),
        });
        sum.count += 1;
        // Identifiers sort by time, and those of one millisecond by chance.
        if request.as_str() < sum.first.as_str() {
            sum.first = request.clone();
        }
        if request.as_str() > sum.last.as_str() {
            sum.last = request.clone();
        }
    }

    /// Takes the records of what was added.
    pub(crate) fn take(&mut self, now: Timestamp) -> Vec<Record> {
        let sums = self.sums.drain();
        sums.map(|((kind, address, resource), sum)| {
            let address = address.map_or_else(|| "others".to_owned(), |address| address.to_string());
            let resource = resource.as_ref().map(ResourceId::as_str);
            tracing::info!(
                kind = kind.code(), %address, resource, count = sum.count, first = sum.first.as_str(),
                last = sum.last.as_str(), detail = sum.detail, "requests were refused"
            );
            let mut detail = serde_json::json!({
                "kind": kind.code(), "count": sum.count, "first": sum.first.as_str(), "last": sum.last.as_str(),
                "detail": sum.detail,
            });
            if let (Some(fields), Some(resource)) = (detail.as_object_mut(), resource) {
                fields.insert("resource".to_owned(), resource.into());
            }
            let (act, target) = ("requests-refused".to_owned(), format!("address/{address}"));
            Record::Act(Act { at: now, actor: Actor::System, act, target, detail })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_added_up_and_the_sums_are_bounded() {
        let mut refused = Refused::default();
        let add = |refused: &mut Refused, kind, host: u32, id: &'static str| {
            refused.add(kind, IpAddr::from(host.to_be_bytes()), None, &RequestId::new(id), || id.to_owned());
        };
        for id in ["B", "A", "C"] {
            add(&mut refused, RefusalKind::Malformed, 1, id);
        }
        add(&mut refused, RefusalKind::TooSlow, 1, "D");
        let records = refused.take(Timestamp::from_millis(5));
        let sum =
            serde_json::json!({"count": 3, "detail": "B", "first": "A", "kind": "malformed-request", "last": "C"});
        assert_eq!(records.len(), 2);
        assert!(records.iter().any(|record| matches!(record, Record::Act(act) if act.detail == sum)), "{records:?}");
        assert!(refused.take(Timestamp::from_millis(6)).is_empty());
        (0..10_000).for_each(|host| add(&mut refused, RefusalKind::Malformed, host, "E"));
        let records = refused.take(Timestamp::from_millis(7));
        assert_eq!(records.len(), MOST_SUMS + 1);
        let total: u64 = records
            .iter()
            .map(|record| match record {
                Record::Act(act) => act.detail.get("count").and_then(serde_json::Value::as_u64).expect("a count"),
                other => panic!("{other:?}"),
            })
            .sum();
        assert_eq!(total, 10_000, "none is lost");
    }
}
