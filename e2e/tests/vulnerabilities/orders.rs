//! The orders of versions against dpkg's own library and program, and against Python's `packaging`.

use std::cmp::Ordering;
use std::io::Write as _;
use std::process::{Command, Stdio};

use sekisho_e2e::peer::packages;
use sekisho_vulnerability_matching::Order;

use crate::numbers::Numbers;

const PAIRS: usize = 100_000;

/// dpkg's library in Perl: 0 for a pair of which one is no version.
const DPKG: &str = r#"
while (<STDIN>) {
    chomp;
    my ($a, $b) = map { Dpkg::Version->new($_) } split /\t/, $_, 2;
    print +($a->is_valid && $b->is_valid ? ($a <=> $b) + 2 : 0), "\n";
}
"#;

const PACKAGING: &str = r#"
import sys
from packaging.version import Version, InvalidVersion
for line in sys.stdin:
    try:
        a, b = (Version(text) for text in line.rstrip("\n").split("\t"))
        print(2 + (a > b) - (a < b))
    except InvalidVersion:
        print(0)
"#;

/// dpkg itself: prints each pair that does not stand as it is said to.
const PROGRAM: &str = r#"while read -r a is b; do dpkg --compare-versions "$a" "$is" "$b" || echo "$a $is $b"; done"#;

#[test]
fn a_hundred_thousand_pairs_are_ordered_as_dpkg_orders_them() {
    let mut perl = Command::new("perl");
    perl.args(["-MDpkg::Version", "-e", DPKG]);
    let counts = agrees(Order::Dpkg, perl, &debian_pairs());
    println!("no version, less, equal, greater: {counts:?}");
}

#[test]
#[ignore = "starts dpkg 100,000 times"]
fn the_program_dpkg_agrees_on_a_hundred_thousand_pairs() {
    program_agrees(&debian_pairs());
}

#[test]
fn the_program_dpkg_agrees_on_a_thousand_pairs() {
    let pairs: Vec<_> = debian_pairs().into_iter().step_by(100).collect();
    program_agrees(&pairs);
}

#[test]
fn a_hundred_thousand_pairs_are_ordered_as_packaging_orders_them() {
    let mut python = Command::new(packages().join("python3"));
    python.args(["-c", PACKAGING]);
    let counts = agrees(Order::Pep440, python, &python_pairs());
    println!("no version, less, equal, greater: {counts:?}");
}

fn agrees(order: Order, peer: Command, pairs: &[(String, String)]) -> [usize; 4] {
    let text: String = pairs.iter().map(|(a, b)| format!("{a}\t{b}\n")).collect();
    let said = ask(peer, text);
    let (mut counts, mut lines) = ([0; 4], said.lines());
    for (a, b) in pairs {
        let theirs: usize = lines.next().unwrap().parse().unwrap();
        let ours = order.compare(a, b).map_or(0, number);
        assert_eq!(ours, theirs, "`{a}` `{b}`");
        counts[theirs] += 1;
    }
    assert!(
        lines.next().is_none() && counts.iter().all(|count| *count > pairs.len() / 100),
        "hardly any pair of a kind: {counts:?}"
    );
    counts
}

const fn number(order: Ordering) -> usize {
    match order {
        Ordering::Less => 1,
        Ordering::Equal => 2,
        Ordering::Greater => 3,
    }
}

fn program_agrees(pairs: &[(String, String)]) {
    let line = |(a, b): &(String, String)| {
        Some(format!("{a} {} {b}\n", ["lt", "eq", "gt"][number(Order::Dpkg.compare(a, b)?) - 1]))
    };
    let text: String = pairs.iter().filter_map(line).collect();
    assert!(text.lines().count() > pairs.len() / 2);
    let mut shell = Command::new("sh");
    shell.args(["-c", PROGRAM]);
    assert_eq!(ask(shell, text), "");
}

fn ask(mut peer: Command, text: String) -> String {
    let mut peer = peer.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = peer.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let said = peer.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(said.status.success(), "a peer is missing: run `cargo verify`");
    String::from_utf8(said.stdout).unwrap()
}

fn debian_pairs() -> Vec<(String, String)> {
    let mut numbers = Numbers::new(20_261_201);
    pairs(&mut numbers, debian_version)
}

fn debian_version(numbers: &mut Numbers) -> String {
    const PARTS: &[&str] =
        &["0", "00", "1", "10", "9", "09", ".", ".", "~", "~~", "+", "a", "b", "rc", "Z", "+b1", "~bpo12", "dfsg"];
    let mut text = numbers.pick(&["", "", "", "0:", "1:", "01:"]).to_owned();
    text.push_str(numbers.pick(&["0", "1", "1", "2", "10", ""]));
    (0..numbers.below(5)).for_each(|_| text.push_str(numbers.pick(PARTS)));
    // Perl takes an epoch without anything behind it for a version; dpkg does not.
    if text.ends_with(':') {
        text.push('0');
    }
    if numbers.below(2) == 0 {
        text.push('-');
        (0..1 + numbers.below(3)).for_each(|_| text.push_str(numbers.pick(PARTS)));
    }
    text
}

fn python_pairs() -> Vec<(String, String)> {
    let mut numbers = Numbers::new(440);
    pairs(&mut numbers, python_version)
}

fn python_version(numbers: &mut Numbers) -> String {
    let mut text = numbers.pick(&["", "", "", "", "v", "0!", "1!"]).to_owned();
    text.push_str(numbers.pick(&["0", "1", "1", "1.0", "1.0.0", "01", "1.10", "1.9", "2"]));
    if numbers.below(2) == 0 {
        text.push_str(numbers.pick(&["", ".", "-", "_"]));
        text.push_str(numbers.pick(&["a", "alpha", "b", "BETA", "rc", "c", "pre", "preview"]));
        text.push_str(numbers.pick(&["", "0", "1", ".1", "-2", "_10"]));
    }
    if numbers.below(3) == 0 {
        text.push_str(numbers.pick(&[".post", "-", "-r", "rev", ".post.", ".POST"]));
        text.push_str(numbers.pick(&["", "0", "1", "01", "10"]));
    }
    if numbers.below(3) == 0 {
        text.push_str(numbers.pick(&[".dev", "dev", "-dev-"]));
        text.push_str(numbers.pick(&["", "0", "1", "10"]));
    }
    if numbers.below(4) == 0 {
        text.push_str(numbers.pick(&["+a", "+1", "+a.1", "+1_b", "+01", "+", "+a..b"]));
    }
    if numbers.below(20) == 0 {
        text.push_str(numbers.pick(&["x", ".", " ", "-", "!"]));
    }
    text
}

/// Pairs of versions, every third of them alike but for one character.
fn pairs(numbers: &mut Numbers, version: fn(&mut Numbers) -> String) -> Vec<(String, String)> {
    let mut made = Vec::with_capacity(PAIRS);
    while made.len() < PAIRS {
        let a = version(numbers);
        let b = match numbers.below(3) {
            0 => {
                let mut bytes = a.clone().into_bytes();
                let at = numbers.below(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = numbers.pick(&["0", "1", "~", ".", "a", "9"]).as_bytes()[0];
                }
                String::from_utf8(bytes).unwrap()
            }
            1 if numbers.below(4) == 0 => a.clone(),
            _ => version(numbers),
        };
        made.push((a, b));
    }
    made
}
