//! A clock that cannot be right ends no session, revives nothing, and is an alarm until it is corrected or accepted.

use std::time::{Duration, Instant};

use sekisho_e2e::origin::Origin;
use sekisho_e2e::peer::server_address;
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};
use sekisho_e2e::platform::{Clock, Platform};

use crate::readiness::becomes;
use crate::rollback::acts;

const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

async fn live(platform: &Platform) -> usize {
    let listed = platform.command(&["session", "list"]).await.unwrap();
    listed.as_array().unwrap().iter().filter(|session| session["user"] == ACCOUNT).count()
}

#[tokio::test]
async fn i10_half_an_hour_ahead_ends_no_session_and_is_an_alarm() {
    let (address, clock) = (server_address().unwrap(), Clock::ahead(0).unwrap());
    let wrapper = clock.wrapper().unwrap();
    let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let settings = format!("operation_listen = \"{address}\"\n");
    let platform = Platform::start_with(1, &words, &settings).await.unwrap();
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    becomes(address, None).await;
    clock.set_ahead(HOUR).unwrap();
    let began = Instant::now();
    while !platform.log().contains("ALARM") {
        assert!(began.elapsed() < PATIENCE, "no alarm");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for ahead in [HOUR / 2 + 60, 20 * HOUR, -HOUR] {
        clock.set_ahead(ahead).unwrap();
        becomes(address, Some("clock")).await;
        assert_eq!(person.open(OPEN, "/").await.unwrap().status, 200, "decisions go by the time that passed");
        assert_eq!(live(&platform).await, 1, "{ahead}");
        clock.set_ahead(0).unwrap();
        becomes(address, None).await;
    }
    // Within the bound the clock is gone by, and never back.
    clock.set_ahead(-60).unwrap();
    becomes(address, None).await;
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
    assert!(acts(&platform, "platform/clock").await.contains(&"clock-implausible".to_owned()));
}

#[tokio::test]
async fn i10_a_start_years_back_is_an_alarm_until_it_is_accepted() {
    let (address, clock) = (server_address().unwrap(), Clock::ahead(10 * YEAR).unwrap());
    let wrapper = clock.wrapper().unwrap();
    let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let settings = format!("operation_listen = \"{address}\"\n");
    let platform = Platform::start_with(1, &words, &settings).await.unwrap();
    becomes(address, None).await;
    let platform = platform.stop_and_restart(|_| ()).await.unwrap();
    becomes(address, Some("clock")).await;
    let accepted = platform.command(&["clock", "accept"]).await.unwrap();
    assert_ne!(accepted["went_by"], accepted["now"], "{accepted}");
    becomes(address, None).await;
    let platform = platform.kill_and_restart().await.unwrap();
    becomes(address, None).await;
    assert!(acts(&platform, "platform/clock").await.contains(&"clock-accepted".to_owned()));
}
