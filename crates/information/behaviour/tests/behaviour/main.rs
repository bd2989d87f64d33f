//! What is usual, what is not, and how often people are asked again for attackers to be found.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise, and says what it measured")]

mod atlas;
mod judging;
mod month;

use sekisho_behaviour::{Profile, Seen, Spot};
use sekisho_model::Timestamp;

const DAY: i64 = 86_400_000;

/// A sign-in on a day, at an hour, from a country.
fn sign_in(day: i64, hour: u8, country: &str) -> Seen {
    let spot = match country {
        "JP" => Spot::of_degrees(35.68, 139.77),
        "BR" => Spot::of_degrees(-23.55, -46.63),
        _ => None,
    };
    let at = Timestamp::from_millis(day * DAY + i64::from(hour) * 3_600_000);
    Seen { at, hour, country: Some(country.to_owned()), network: Some(64_496), spot }
}

/// Somebody who signed in that often, at nine, on following days, from Japan.
fn known(sign_ins: u32) -> Profile {
    let mut profile = Profile::new("alice");
    (0..sign_ins).for_each(|day| profile.learn(&sign_in(day.into(), 9, "JP")));
    profile
}
