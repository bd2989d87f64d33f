//! HOST-15, H2-24 and COOK: whose request it is. Each stream of a connection speaks for itself, a cookie opens its own application
//! only, and whoever has none is nobody.

use std::sync::Arc;

use sekisho_attacks::Client;
use sekisho_attacks::h2::{Peer, field, frame};

use crate::ground::{APP, CALM, Ground};
use crate::moments::connect;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

pub(crate) fn names() -> Vec<Scenario> {
    vec![Scenario::new("HOST-15b", |ground| Box::pin(nobody_is_served_without_a_name(ground)))]
}

pub(crate) fn streams() -> Vec<Scenario> {
    vec![Scenario::new("H2-24b", |ground| Box::pin(each_stream_is_its_own_person_s(ground)))]
}

pub(crate) fn cookies() -> Vec<Scenario> {
    vec![
        Scenario::new("COOK-06c", |ground| Box::pin(very_many_cookies_are_refused(ground))),
        Scenario::new("COOK-09b", |ground| Box::pin(another_application_s_cookie_opens_nothing(ground))),
        Scenario::new("COOK-12a", |ground| Box::pin(a_picture_signs_nobody_out(ground))),
        Scenario::new("COOK-17a", |ground| Box::pin(no_cache_keeps_what_is_somebody_s(ground))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i15_each_request_is_whose_cookie_it_carries() {
    let ground = Ground::start().await;
    let scenarios: Vec<Scenario> = names().into_iter().chain(streams()).chain(cookies()).collect();
    let mut failures = run(&ground.bystander, &ground, &scenarios, 1).await;
    failures.extend(holds(ground, &Happened::default()).await);
    conclude("HOST, H2 and COOK (whose)", scenarios.len(), &failures);
}

async fn nobody_is_served_without_a_name(ground: &Ground) -> Outcome {
    let mut config = rustls::ClientConfig::clone(&ground.setting.tls);
    config.enable_sni = false;
    match Client::connect(ground.setting.address, Arc::new(config), APP).await {
        Ok(_) => Err("a handshake without a name came to its end".to_owned()),
        // With the name the same client is served.
        Err(_) => connect(ground).await.map(drop),
    }
}

async fn each_stream_is_its_own_person_s(ground: &Ground) -> Outcome {
    let bob = ground.somebody("h2-24b").await.cookie(APP);
    ground.recorder.forget();
    let (address, tls) = (ground.setting.address, ground.setting.tls_h2.clone());
    let mut peer = Peer::begin(address, tls, APP).await.map_err(|error| error.to_string())?;
    let cookies = [(1, Some(&ground.setting.cookie)), (3, Some(&bob)), (5, None)];
    for (stream, cookie) in cookies {
        let mut head = vec![
            field(":method", "GET"),
            field(":scheme", "https"),
            field(":authority", APP),
            field(":path", format!("/stream-{stream}")),
        ];
        head.extend(cookie.map(|cookie| field("cookie", cookie)));
        peer.send(&frame(1, 5, stream, head.concat())).await;
    }
    peer.until(|seen| seen.closed || seen.statuses.len() == cookies.len()).await;
    let statuses: Vec<u16> = peer.seen.statuses.values().copied().collect();
    let recorded = ground.recorder.recorded().strict;
    let mut lines: Vec<&str> = recorded.iter().map(|request| request.line.as_str()).collect();
    lines.sort_unstable();
    let mut assertions: Vec<&str> = recorded.iter().flat_map(|request| request.values("sekisho-assertion")).collect();
    assertions.sort_unstable();
    assertions.dedup();
    let right = statuses == [200, 200, 401] && lines == ["GET /stream-1", "GET /stream-3"] && assertions.len() == 2;
    if right { Ok(()) } else { Err(format!("{statuses:?}, {lines:?} with {} assertions", assertions.len())) }
}

async fn very_many_cookies_are_refused(ground: &Ground) -> Outcome {
    ground.recorder.forget();
    let mut client = connect(ground).await?;
    let cookies = ["; a=b"; 20_000].concat();
    let request = format!("GET /status HTTP/1.1\r\nHost: {APP}\r\nCookie: {}{cookies}\r\n\r\n", ground.setting.cookie);
    // The answer comes before all of it is taken.
    let _ = client.send(request.as_bytes()).await;
    let status = client.response("GET").await.ok().flatten().map(|response| response.status);
    let seen = ground.recorder.recorded().strict.len();
    let right = status.is_none_or(|status| status == 431) && seen == 0;
    if right { Ok(()) } else { Err(format!("{status:?}, and {seen} requests at the application")) }
}

async fn another_application_s_cookie_opens_nothing(ground: &Ground) -> Outcome {
    let client = Client::connect(ground.setting.address, ground.setting.tls.clone(), CALM).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let request = format!("GET / HTTP/1.1\r\nHost: {CALM}\r\nCookie: {}\r\n\r\n", ground.setting.cookie);
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let answer = client.response("GET").await.map_err(|error| error.to_string())?;
    let status = answer.map(|answer| answer.status);
    if status == Some(401) { Ok(()) } else { Err(format!("{status:?} with another application's cookie")) }
}

async fn a_picture_signs_nobody_out(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-12a").await;
    let told = |trouble: sekisho_e2e::Trouble| trouble.to_string();
    let picture = person.portal("/sign-out").await.map_err(told)?.status;
    let forged = person.submit("/sign-out", &[]).await.map_err(told)?.status;
    let after = person.open(APP, "/").await.map_err(told)?.status;
    let right = !(200..400).contains(&picture) && !(200..400).contains(&forged) && after == 200;
    if right { Ok(()) } else { Err(format!("GET {picture}, POST without a token {forged}, and then {after}")) }
}

async fn no_cache_keeps_what_is_somebody_s(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("cook-17a").await;
    let page = person.portal("/").await.map_err(|trouble| trouble.to_string())?;
    let mut client = connect(ground).await?;
    let request = format!("GET /status HTTP/1.1\r\nHost: {APP}\r\n\r\n");
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let refused = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no answer")?;
    let kept = [page.header("cache-control").to_owned(), refused.values("cache-control").concat()];
    let right = page.status == 200 && kept.iter().all(|control| control.contains("no-store"));
    if right { Ok(()) } else { Err(format!("{}, and {kept:?}", page.status)) }
}
