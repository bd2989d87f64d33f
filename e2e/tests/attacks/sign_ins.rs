//! SESS: sign-ins that race with the end of sessions, all sessions at once, and a session from another place.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use sekisho_e2e::client::Person;

use crate::ground::{APP, Ground};
use crate::moments::apply;
use crate::record::text;
use crate::scenario::{Outcome, Scenario};
use crate::sessions::{asks, end};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("SESS-11a", |ground| Box::pin(every_session_of_an_account_ends(ground))),
        Scenario::new("SESS-11b", |ground| Box::pin(a_policy_shuts_every_session_out(ground))),
        Scenario::new("SESS-12a", |ground| Box::pin(a_sign_in_races_with_the_end(ground))),
        Scenario::new("SESS-12b", |ground| Box::pin(a_sign_in_races_with_the_accounts_end(ground))),
        Scenario::new("SESS-18a", |ground| Box::pin(another_address_is_no_crash(ground))),
        Scenario::new("SESS-18b", |ground| Box::pin(a_policy_binds_to_an_address(ground))),
    ]
}

/// As many browsers of one account, each with its own session.
async fn browsers(ground: &Ground, account: &str, count: usize) -> Result<(Person, Vec<String>), String> {
    let mut person = ground.somebody(account).await;
    let mut cookies = vec![person.cookie(APP)];
    while cookies.len() < count {
        // Whoever is signed in signs in no second time.
        person.take_another_browser();
        person.sign_in().await.map_err(|trouble| trouble.to_string())?;
        person.open(APP, "/").await.map_err(|trouble| trouble.to_string())?;
        cookies.push(person.cookie(APP));
    }
    Ok((person, cookies))
}

/// A second after an act was acknowledged, requests with each of these cookies come out like this.
async fn all_become(ground: &Ground, cookies: &[String], expected: u16) -> Outcome {
    let acknowledged = Instant::now();
    for cookie in cookies {
        loop {
            let status = asks(ground, cookie).await?;
            if status == expected {
                break;
            }
            if acknowledged.elapsed() > Duration::from_secs(1) {
                return Err(format!("{status} instead of {expected} a second after the acknowledgement"));
            }
        }
    }
    Ok(())
}

/// SESS-11: twenty sessions of one account, each with its cookie, ended by one command. Very many are in `many_sessions.rs`.
async fn every_session_of_an_account_ends(ground: &Ground) -> Outcome {
    let (_person, cookies) = browsers(ground, "sess-11a", 20).await?;
    all_become(ground, &cookies, 200).await?;
    let open = live(ground, "sess-11a").await?;
    if open != 20 {
        return Err(format!("{open} sessions are open, and 20 were opened"));
    }
    end(ground, "sess-11a").await?;
    all_become(ground, &cookies, 401).await
}

/// SESS-11: one policy shuts out everybody who is signed in, at once.
async fn a_policy_shuts_every_session_out(ground: &Ground) -> Outcome {
    let (_person, cookies) = browsers(ground, "sess-11b", 10).await?;
    let shut = "@id(\"shut\") forbid (principal, action, resource == Sekisho::Resource::\"app\");\n";
    apply(ground, &[("shut.cedar", shut)]).await?;
    all_become(ground, &cookies, 403).await?;
    apply(ground, &[("shut.cedar", "// nothing is shut\n")]).await?;
    all_become(ground, &cookies, 200).await
}

/// SESS-12: the end of everything races with a sign-in. Whichever was later counts, and what is listed is what opens.
async fn a_sign_in_races_with_the_end(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("sess-12a").await;
    for round in 0..8 {
        let before = person.cookie(APP);
        let (_, ended) = tokio::join!(person.sign_in(), end(ground, "sess-12a"));
        ended?;
        // Where the sign-in came first there is nothing to open with.
        let opened = person.open(APP, "/").await.is_ok_and(|answer| answer.status == 200 && answer.url.contains(APP));
        let (cookie, listed) = (person.cookie(APP), live(ground, "sess-12a").await?);
        let status = asks(ground, &cookie).await?;
        if (status == 200) != (opened && listed == 1) || (status != 200 && listed != 0) {
            return Err(format!("round {round}: {status}, opened: {opened}, listed: {listed}"));
        }
        match asks(ground, &before).await? {
            401 => {}
            other => return Err(format!("round {round}: {other} with a session from before the end")),
        }
    }
    end(ground, "sess-12a").await?;
    // A request that meets the end on its way is cut, with 403.
    all_become(ground, &[person.cookie(APP)], 401).await
}

/// SESS-12: the same with the account itself: no sign-in that is under way outlives it.
async fn a_sign_in_races_with_the_accounts_end(ground: &Ground) -> Outcome {
    let mut person = ground.somebody("sess-12b").await;
    for _ in 0..4 {
        let disable = async { ground.platform.command(&["user", "disable", "sess-12b"]).await.map(drop) };
        let (_, disabled) = tokio::join!(person.sign_in(), disable);
        disabled.map_err(|trouble| trouble.to_string())?;
        let _ = person.open(APP, "/").await;
        match asks(ground, &person.cookie(APP)).await? {
            401 | 403 => {}
            other => return Err(format!("{other} for a disabled account")),
        }
        let enabled = ground.platform.command(&["user", "enable", "sess-12b"]).await;
        enabled.map_err(|trouble| trouble.to_string())?;
    }
    Ok(())
}

/// How many live sessions an account has.
async fn live(ground: &Ground, account: &str) -> Result<usize, String> {
    let listed = ground.platform.command(&["session", "list"]).await.map_err(|trouble| trouble.to_string())?;
    Ok(listed.as_array().into_iter().flatten().filter(|session| text(session, "/user") == account).count())
}

/// A request with that cookie from an address of this machine.
async fn asks_from(ground: &Ground, address: Ipv4Addr, cookie: &str) -> Result<u16, String> {
    let connector = ground.platform.connector().map_err(|trouble| trouble.to_string())?.from(address);
    let mut kept = connector.keep(APP).await.map_err(|trouble| trouble.to_string())?;
    let host = format!("{APP}:{}", connector.port());
    let request = Request::get("/").header("Host", host).header("Cookie", cookie).body(Full::new(Bytes::new()));
    let response =
        kept.send(request.map_err(|error| error.to_string())?).await.map_err(|trouble| trouble.to_string())?;
    Ok(response.status().as_u16())
}

const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);

/// SESS-18: a session is not bound to an address by itself: people's addresses change.
async fn another_address_is_no_crash(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("sess-18a").await.cookie(APP);
    for address in [Ipv4Addr::LOCALHOST, ELSEWHERE, Ipv4Addr::LOCALHOST] {
        let status = asks_from(ground, address, &cookie).await?;
        if status != 200 {
            return Err(format!("{status} from {address}"));
        }
    }
    Ok(())
}

/// SESS-18: a policy may ask for a network, and then each request counts by where it comes from.
async fn a_policy_binds_to_an_address(ground: &Ground) -> Outcome {
    let cookie = ground.somebody("sess-18b").await.cookie(APP);
    let policy = "@id(\"at-home\") forbid (principal == Sekisho::User::\"sess-18b\", action, resource)\n\
                  unless { context.network.ip.isInRange(ip(\"127.0.0.1/32\")) };\n";
    apply(ground, &[("at-home.cedar", policy)]).await?;
    let acknowledged = Instant::now();
    while asks_from(ground, ELSEWHERE, &cookie).await? != 403 {
        if acknowledged.elapsed() > Duration::from_secs(1) {
            return Err("not 403 a second after the acknowledgement".to_owned());
        }
    }
    for (address, expected) in [(Ipv4Addr::LOCALHOST, 200), (ELSEWHERE, 403), (Ipv4Addr::LOCALHOST, 200)] {
        let status = asks_from(ground, address, &cookie).await?;
        if status != expected {
            return Err(format!("{status} instead of {expected} from {address}"));
        }
    }
    Ok(())
}
