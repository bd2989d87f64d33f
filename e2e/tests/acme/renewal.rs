//! Certificates are renewed in time, under open connections.

use futures_util::{SinkExt, StreamExt};
use sekisho_e2e::acme::Conduct;
use sekisho_e2e::client::Load;
use sekisho_e2e::platform::example::OPEN;
use tokio_tungstenite::tungstenite::Message;

use crate::place::{PORTAL, Place, shown};

#[tokio::test]
async fn renewals_lose_no_request_and_no_stream() {
    let mut place = Place::start(Conduct { life: 12, ..Conduct::default() }).await;
    place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    let connector = place.trusting_both();
    let mut load = Load::start(&connector, (OPEN, &place.person.cookie(OPEN), 200), 3, 2);
    load.answers(60).await.unwrap();
    let mut socket = place.person.socket(OPEN, "/socket").await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("welcome"));

    place.order(&[OPEN]).await;
    let mut seen = Vec::new();
    for number in 1..=3 {
        place.server.sees("a renewal", |server| server.issued(OPEN) >= number).await.unwrap();
        place.becomes(OPEN, |row| row["source"] == "acme").await;
        let certificate = async {
            loop {
                let certificate = shown(&connector, OPEN).await;
                if !seen.contains(&certificate) {
                    return certificate;
                }
                load.answers(1).await.unwrap();
            }
        };
        seen.push(tokio::time::timeout(std::time::Duration::from_secs(30), certificate).await.unwrap());
        load.answers(60).await.unwrap();
    }
    socket.send(Message::text("close")).await.unwrap();
    let last = tokio::time::timeout(std::time::Duration::from_secs(30), socket.next()).await.unwrap();
    assert!(matches!(last, Some(Ok(Message::Close(None)))), "{last:?}");
    println!("{} requests, none failed; {} certificates", load.stop().await.unwrap().len(), seen.len());
    assert_eq!((place.server.accounts(), place.server.wrongs()), (1, Vec::new()));
}

#[tokio::test]
async fn an_authority_that_wants_a_renewal_gets_it_and_is_told_what_it_replaces() {
    let place = Place::start(Conduct { hurries: Some(1), ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    place.server.sees("the renewal that it wants", |server| server.issued(PORTAL) == 2).await.unwrap();
    let orders = place.server.orders();
    assert!(orders[0].1.is_none() && orders[1].1.is_some(), "{orders:?}");
    // The suggestion for the second one lies a month ahead, within the day that it names.
    let in_a_month = |row: &serde_json::Value| {
        let days = sekisho_e2e::instant::millis(&row["renew_at"]).map(|at| (at - now()) / 86_400_000);
        days.is_some_and(|days| (29..=31).contains(&days))
    };
    place.becomes(PORTAL, in_a_month).await;
    assert_eq!((place.server.orders().len(), place.server.wrongs()), (2, Vec::new()));
}

#[tokio::test]
async fn an_authority_that_says_there_is_time_lets_no_certificate_end() {
    // It suggests a month from now, and what it issues ends in seconds.
    let place = Place::start(Conduct { hurries: Some(0), life: 20, ..Conduct::default() }).await;
    place.order(&[PORTAL]).await;
    place.server.sees("a renewal in time", |server| server.issued(PORTAL) == 3).await.unwrap();
    assert_eq!((place.row(PORTAL).await["source"].as_str(), place.server.wrongs()), (Some("acme"), Vec::new()));
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
