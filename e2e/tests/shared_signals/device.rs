//! A device that a transmitter calls not compliant is cut off; what it says late undoes nothing, and it makes no device compliant.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::place::{Place, alive, end_of, was_cut};
use crate::transmitter::now;

const POLICY: &str = "@id(\"compliant\")
@reason(\"The device is not compliant.\")
@reason_ja(\"端末が基準を満たしていません。\")
forbid (principal, action, resource == Sekisho::Resource::\"open\")
unless { context has device && context.device has compliant && context.device.compliant };
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i62_device_compliance_change_cuts_and_opens_again() {
    let mut place = Place::new().await;
    place.platform.apply(&[("compliant.cedar", POLICY)]).await.unwrap();
    let agent = place.platform.enrolled("laptop", "runner").await.unwrap();
    place.person.prove_device(&agent).await.unwrap().expect(200).unwrap();
    place.until_opened(200).await;
    let mut socket = place.socket().await;
    // The neighbours: another device, and a status that says nothing.
    let claims = claims(&mut place, "desktop", now(), "not-compliant");
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    let wrong = self::claims(&mut place, "laptop", now(), "unknown");
    assert_eq!(place.transmitter.send("idp", &wrong).await.unwrap().status, 400);
    alive(&mut socket).await;
    let began = now();
    let claims = self::claims(&mut place, "laptop", began, "not-compliant");
    let end = tokio::spawn(end_of(socket));
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    was_cut(end, Instant::now()).await;
    assert_eq!(place.asked().await, 403);
    // An older event that arrives late undoes nothing.
    let claims = self::claims(&mut place, "laptop", began - 60, "compliant");
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    let received = place.command(&["shared-signal", "received"]).await;
    assert_eq!(received[0]["outcome"], "overtaken", "{received}");
    assert_eq!(place.asked().await, 403);
    let claims = self::claims(&mut place, "laptop", now(), "compliant");
    assert_eq!(place.transmitter.send("idp", &claims).await.unwrap().status, 202);
    place.until_opened(200).await;
}

fn claims(place: &mut Place, device: &str, at: i64, status: &str) -> Value {
    let subject = json!({ "format": "complex", "device": { "format": "opaque", "id": device } });
    let mut claims = place.transmitter.claims("device-compliance-change", &subject);
    claims["events"] = json!({ "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change": {
        "event_timestamp": at, "previous_status": "compliant", "current_status": status } });
    claims
}
