//! How many cases there are in each class. The number only grows: `e2e/attacks/cases.txt` holds it.

use std::collections::BTreeMap;

use sekisho_attacks::cases;
use sekisho_attacks::h2::Names;

use crate::{
    broken_bodies, chaos, clocks, cluster, cookies, differential, expectations, first_starts, floods, forewords,
    guesses, introductions, linear, many_sessions, moments, navigations, partition, pressure, routes, sessions, skew,
    stalled, stores, suspended, tunnels, visits, volumes, wandering_cookies, whose,
};

#[test]
fn the_number_of_cases_only_grows() {
    let names =
        Names { app: "app.localhost".to_owned(), other: "other.localhost".to_owned(), cookie: "a=b".to_owned() };
    let counts = BTreeMap::from([
        (
            "COOK",
            cases::cook().len()
                + whose::cookies().len()
                + cookies::scenarios().len()
                + wandering_cookies::scenarios().len()
                + stores::CASES.len(),
        ),
        (
            "DOS",
            floods::scenarios().len()
                + forewords::scenarios().len()
                + pressure::scenarios().len()
                + pressure::CASES.len()
                + stalled::scenarios().len()
                + volumes::scenarios().len()
                + volumes::CASES.len()
                + guesses::CASES.len()
                + visits::CASES.len()
                + linear::CASES,
        ),
        ("H2", cases::h2(&names).len() + whose::streams().len()),
        ("HDR", cases::hdr().len() + introductions::scenarios().len()),
        ("HOST", cases::host().len() + whose::names().len() + navigations::scenarios().len()),
        ("PATH", cases::path().len() + routes::scenarios().len()),
        ("RACE", moments::races().len() + chaos::SEEDS.len() + cluster::SEEDS.len() + first_starts::CASES.len()),
        (
            "SESS",
            sessions::scenarios().len()
                + partition::scenarios().len()
                + clocks::SESSION_CASES
                + many_sessions::CASES.len(),
        ),
        (
            "SMUG",
            cases::smug().len()
                + cases::well_formed().len()
                + differential::SERVERS
                + expectations::scenarios().len()
                + broken_bodies::scenarios().len(),
        ),
        ("TIME", moments::count_of_times() + clocks::CASES + skew::scenarios().len() + suspended::CASES.len()),
        ("TUN", tunnels::scenarios().len()),
    ]);
    let lines: String = counts.iter().map(|(class, count)| format!("{class} {count}\n")).collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/attacks/cases.txt");
    let kept = std::fs::read_to_string(file).unwrap();
    println!("attacks: {} cases in {} classes\n{lines}", counts.values().sum::<usize>(), counts.len());
    for line in kept.lines() {
        let (class, least) = line.split_once(' ').unwrap();
        let count = counts.get(class).copied().unwrap_or_default();
        assert!(
            count >= least.parse().unwrap(),
            "{class} has {count} cases, and had {least}: cases may not be taken out"
        );
    }
    assert_eq!(kept, lines, "there are more cases than {file} says: write the new numbers, so that they are kept");
}
