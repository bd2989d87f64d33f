//! Asks for every page and says what each is: its size, and how long it takes.

use std::time::Duration;

use sekisho::embedded::{Embedded, Failure};
use sekisho_e2e::client::Person;

use crate::record::{PER_PERSON, request};
use crate::say;

/// What a page may be.
const SIZE: usize = 100 * 1024;
/// How long it may take at the 99th percentile.
const TIME: Duration = Duration::from_millis(50);
/// How often each page is asked for, after it was asked for some times without being counted.
const TIMES: usize = 100;
const BEFORE: usize = 5;

/// Rows of the table that are no pages of the console: a stream, files, and a form of an application that was published by a page.
const NO_PAGES: [&str; 3] = ["/console/overview/events", "/console/export/", "/console/applications/{id}/permission"];

/// Lists as people narrow them, and further pages of them.
const NARROWED: [&str; 24] = [
    "/console/find?q=person-4",
    "/console/find?q=%E9%88%B4%E6%9C%A8",
    "/console/find?q=yui%20suzuki",
    "/console/find?q=laptop%204",
    "/console/find?q=%E6%A5%AD%E5%8B%99%E3%82%A2%E3%83%97%E3%83%AA",
    "/console/find?q=10.0.0.77",
    "/console/find?q=nobody-has-this-name",
    "/console/users?q=suzuki",
    "/console/users?q=nobody-has-this-name",
    "/console/users?sort=name",
    "/console/users?group=department-7",
    "/console/users?after=person-5",
    "/console/devices?q=laptop%204",
    "/console/devices?state=not-compliant",
    "/console/devices?check=disk-encrypted",
    "/console/devices?owner=person-77",
    "/console/resources?q=application-4",
    "/console/groups?q=department-4",
    "/console/sessions?q=person-2",
    "/console/decisions?outcome=deny",
    "/console/decisions?user=person-77",
    "/console/decisions?resource=application-7",
    "/console/decisions?reason=device-not-compliant",
    "/console/decisions?user=nobody&outcome=deny",
];

/// Whether every page is as small and as fast as it must be.
pub(crate) async fn measure(platform: &Embedded, person: &mut Person, each: u64) -> Result<bool, Failure> {
    let number = request(each * PER_PERSON / 2);
    let of_table = platform.pages().into_iter().filter(|path| path.starts_with("/console"));
    let of_table = of_table.filter(|path| !NO_PAGES.iter().any(|none| path.starts_with(none)));
    let paths = of_table.flat_map(|path| filled(path, &number)).chain(NARROWED.map(ToOwned::to_owned));
    let (mut good, mut rows) = (true, Vec::new());
    say(&format!("{:<64} {:>9} {:>9} {:>9}", "page", "bytes", "p50 ms", "p99 ms"));
    for path in paths {
        let row = Row::of(person, path).await?;
        good &= row.is_good();
        say(&row.text());
        rows.push(row);
    }
    let over: Vec<&Row> = rows.iter().filter(|row| !row.is_good()).collect();
    say(&format!("{} pages, {} of them over {} KiB or {} ms", rows.len(), over.len(), SIZE / 1024, TIME.as_millis()));
    for row in over {
        say(&row.text());
    }
    Ok(good)
}

/// The addresses of a row of the table.
fn filled(path: &'static str, request: &str) -> Vec<String> {
    if path.contains("{kind}") {
        let of_kinds = [("user", "person-77"), ("device", "device-77"), ("resource", "application-7")];
        let more = [("group", "department-7"), ("policy", "application-7")];
        let all = of_kinds.into_iter().chain(more);
        return all.map(|(kind, id)| path.replace("{kind}", kind).replace("{id}", id)).collect();
    }
    let id = match path {
        path if path.contains("/users/") => "person-77",
        path if path.contains("/devices/") => "device-77",
        path if path.contains("/governance/") => "dod-7.1.2",
        _ => "application-7",
    };
    vec![path.replace("{request}", request).replace("{id}", id)]
}

struct Row {
    path: String,
    bytes: usize,
    median: Duration,
    most: Duration,
}

impl Row {
    async fn of(person: &mut Person, path: String) -> Result<Self, Failure> {
        let (mut times, mut bytes) = (Vec::with_capacity(TIMES), 0);
        for turn in 0..BEFORE + TIMES {
            let (answer, took) = person.timed(&path).await.map_err(Failure::failed)?;
            bytes = answer.expect(200).map_err(Failure::failed)?.body.len().max(bytes);
            if turn >= BEFORE {
                times.push(took);
            }
        }
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        Ok(Self { path, bytes, median: at(50), most: at(99) })
    }

    fn is_good(&self) -> bool {
        self.bytes <= SIZE && self.most <= TIME
    }

    fn text(&self) -> String {
        let millis = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        let (path, bytes, median, most) = (&self.path, self.bytes, millis(self.median), millis(self.most));
        format!("{path:<64} {bytes:>9} {median:>9.1} {most:>9.1}")
    }
}
