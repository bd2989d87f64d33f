//! A generated month of sign-ins with three attackers: how many sign-ins of people are asked to authenticate again so that 95 % and 99 %
//! of the attacker's are. The attackers are those of research: one who knows nothing, one who comes from the same country, and one who
//! also comes through the same networks at the same hours.

use sekisho_behaviour::{Habits, Profile, Seen};
use sekisho_model::Timestamp;

use crate::DAY;

const PEOPLE: usize = 100;
const DAYS: i64 = 60;
/// The first half is learned; what follows is measured.
const MEASURED: i64 = 30;
const COUNTRIES: [&str; 12] = ["JP", "US", "DE", "BR", "RU", "CN", "IN", "VN", "NG", "GB", "FR", "KR"];

/// A generator of numbers: the same ones at each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(from.len() as u64)).expect("an index");
        from.get(at).expect("one of them")
    }
}

/// A person: where they are, through which networks they come, and when.
struct Somebody {
    home: &'static str,
    networks: [u32; 3],
    hour: u64,
    profile: Profile,
}

impl Somebody {
    fn new(number: usize, chance: &mut Chance) -> Self {
        let home = if chance.of(80) { "JP" } else { *chance.pick(&COUNTRIES) };
        let networks = [0; 3].map(|_| network(home, chance));
        Self { home, networks, hour: 7 + chance.below(4), profile: Profile::new(&format!("person-{number}")) }
    }

    /// One of their sign-ins: now and then from elsewhere, from a new network, or at night.
    fn sign_in(&self, day: i64, chance: &mut Chance) -> Seen {
        let is_away = chance.below(1000) < 5;
        let country = if is_away { *chance.pick(&COUNTRIES) } else { self.home };
        let is_usual = !is_away && chance.of(97);
        let usual = *chance.pick(&[self.networks[0], self.networks[0], self.networks[1], self.networks[2]]);
        let network = if is_usual { usual } else { network(country, chance) };
        let spread = chance.below(5) + chance.below(5);
        let hour = if chance.of(98) { (self.hour + spread) % 24 } else { chance.below(24) };
        seen(day, hour, country, network)
    }
}

fn network(country: &str, chance: &mut Chance) -> u32 {
    let of = COUNTRIES.iter().position(|other| *other == country).expect("a country");
    // A country has a few large networks and many small ones.
    let number = if chance.of(70) { chance.below(5) } else { chance.below(200) };
    u32::try_from(of as u64 * 1000 + number).expect("a number")
}

fn seen(day: i64, hour: u64, country: &str, network: u32) -> Seen {
    let at = Timestamp::from_millis(day * DAY + i64::try_from(hour).expect("an hour") * 3_600_000);
    let hour = u8::try_from(hour).expect("an hour");
    Seen { at, hour, country: Some(country.to_owned()), network: Some(network), spot: None }
}

/// How many of ten thousand sign-ins of people are as surprising as the attacks that are found, where that part of a hundred is.
fn asked_again(people: &[u32], attacks: &[u32], found: usize) -> usize {
    let mut attacks = attacks.to_vec();
    attacks.sort_unstable();
    let threshold = attacks.get(attacks.len() * (100 - found) / 100).copied().expect("attacks");
    people.iter().filter(|surprise| **surprise >= threshold).count() * 10_000 / people.len()
}

#[test]
fn attackers_are_found_and_people_are_left_alone() {
    let mut chance = Chance(12);
    let mut people: Vec<Somebody> = (0..PEOPLE).map(|number| Somebody::new(number, &mut chance)).collect();
    let (mut everybody, mut own, mut attacks) = (Habits::default(), Vec::new(), [const { Vec::new() }; 3]);
    for day in 0..DAYS {
        for person in &mut people {
            for _ in 0..1 + chance.below(3) {
                let seen = person.sign_in(day, &mut chance);
                if day >= MEASURED {
                    own.push(person.profile.habits.surprise(&everybody, &seen));
                }
                person.profile.learn(&seen);
                everybody.learn_of_anybody(&seen);
            }
            if day < MEASURED {
                continue;
            }
            let (hour, country) = (chance.below(24), *chance.pick(&COUNTRIES));
            let usual_hour = (person.hour + chance.below(5) + chance.below(5)) % 24;
            let tries = [
                seen(day, hour, country, network(country, &mut chance)),
                seen(day, hour, person.home, network(person.home, &mut chance)),
                seen(day, usual_hour, person.home, *chance.pick(&person.networks)),
            ];
            for (of, tried) in attacks.iter_mut().zip(tries) {
                of.push(person.profile.habits.surprise(&everybody, &tried));
            }
        }
    }
    let rates = attacks.map(|attacks| [95, 99].map(|found| asked_again(&own, &attacks, found)));
    for (name, [at_95, at_99]) in ["naive", "same country", "targeted"].iter().zip(rates) {
        let percent = |rate: usize| format!("{}.{:02} %", rate / 100, rate % 100);
        println!("{name}: {} asked again at 95 % detection, {} at 99 %", percent(at_95), percent(at_99));
    }
    println!("{} sign-ins of {PEOPLE} people in {} days", own.len(), DAYS - MEASURED);
    let [naive, same_country, targeted] = rates;
    assert!(naive[0] <= same_country[0] && same_country[0] < targeted[0], "{rates:?}");
    assert!(naive[1] < 2000, "{rates:?}");
}
