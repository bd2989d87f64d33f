//! Finding in a World: what is found, how a list goes on in both directions, and what a change of the World changes.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "the figures are what somebody runs the long test for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_find::{Count, Finder, From, Index, Order, Typed};
use sekisho_model::Timestamp;
use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::EntityType;
use sekisho_policy_information::{World, WorldBuilder};
use serde_json::{Value, json};

struct Town {
    builder: WorldBuilder,
    revision: u64,
}

impl Town {
    fn new() -> Self {
        Self { builder: WorldBuilder::new(), revision: 0 }
    }

    fn put(&mut self, kind: Kind, id: &str, body: Option<Value>) {
        self.revision += 1;
        let at = Timestamp::from_millis(0);
        let change = Change { revision: self.revision, kind, id: id.to_owned(), body, at };
        self.builder.apply(&change).unwrap();
    }

    fn user(&mut self, id: &str, name: &str) {
        self.put(Kind::User, id, Some(json!({ "id": id, "name": name, "email": format!("{id}@corp.example") })));
    }

    fn world(&mut self) -> Arc<World> {
        self.builder.publish(Timestamp::from_millis(0))
    }
}

fn ids(index: &Index, typed: &str) -> Vec<String> {
    let found = index.find(EntityType::User, Typed::new(typed).as_ref(), Order::Id);
    let page = found.page(From::Start, 100, None);
    assert_eq!(page.count, Count::Exactly(page.handles.len()));
    page.handles.into_iter().map(|handle| index.world().id(handle).to_string()).collect()
}

#[test]
fn people_are_found_by_identifier_name_and_address_in_every_script() {
    let mut town = Town::new();
    town.user("a.sato", "Alice Sato · 佐藤アリス");
    town.user("s.alison", "Suzuki Alison");
    town.user("mori", "森 かおり");
    let index = Index::of(town.world());
    assert_eq!(ids(&index, ""), ["a.sato", "mori", "s.alison"]);
    // Identifiers first, and everybody once.
    assert_eq!(ids(&index, "a"), ["a.sato", "s.alison"]);
    assert_eq!(ids(&index, "S"), ["s.alison", "a.sato"]);
    for typed in ["佐藤", "アリス", "ありす", "ｱﾘｽ", "ＡＬＩＣＥ", "sato", "alice s", "a.sato@corp"]
    {
        assert_eq!(ids(&index, typed), ["a.sato"], "{typed}");
    }
    assert_eq!(ids(&index, "カオリ"), ["mori"]);
    for typed in ["藤", "lice", "zz", "佐藤花"] {
        assert!(ids(&index, typed).is_empty(), "{typed}");
    }
}

#[test]
fn an_index_follows_the_world() {
    let mut town = Town::new();
    for number in 0..20 {
        town.user(&format!("u{number:02}"), &format!("Person {number}"));
    }
    let mut index = Index::of(town.world());
    town.user("u03", "Hana Kato");
    town.put(Kind::User, "u04", None);
    town.user("new", "Newcomer");
    index = index.caught_up(town.world());
    assert_eq!(
        (ids(&index, "hana"), ids(&index, "person 3"), ids(&index, "u04")),
        (vec!["u03".to_owned()], vec![], vec![])
    );
    assert_eq!(ids(&index, "newc"), ["new"]);
    // A change of everything is followed too, and so is what came before the last 64 publications.
    town.put(Kind::Policy, "p.cedar", Some(json!({ "text": "" })));
    town.user("u05", "Ren Ito");
    for _ in 0..100 {
        town.world();
    }
    index = index.caught_up(town.world());
    assert_eq!(ids(&index, "ren"), ["u05"]);
    let afresh = Index::of(Arc::clone(index.world()));
    for typed in ["", "u", "person", "p", "1"] {
        assert_eq!(ids(&index, typed), ids(&afresh, typed), "{typed}");
    }
}

#[test]
fn a_list_goes_on_in_both_directions() {
    let mut town = Town::new();
    for number in 0..25 {
        town.user(&format!("u{number:02}"), &format!("Person {:02}", 99 - number));
    }
    let index = Index::of(town.world());
    let name = |handle| index.world().id(handle).to_string();
    for (typed, order) in [(None, Order::Id), (None, Order::Name), (Typed::new("person"), Order::Id)] {
        let found = index.find(EntityType::User, typed.as_ref(), order);
        let odd = |handle| !name(handle).ends_with(['0', '2', '4', '6', '8']);
        let mut pages = vec![found.page(From::Start, 5, Some(&odd))];
        while let Some(after) = pages.last().unwrap().after.clone() {
            pages.push(found.page(From::After(&after), 5, Some(&odd)));
        }
        let all: Vec<String> = pages.iter().flat_map(|page| &page.handles).map(|handle| name(*handle)).collect();
        assert_eq!(all.len(), 12, "{all:?}");
        assert_eq!(all.is_sorted(), order == Order::Id && typed.is_none(), "{all:?}");
        assert!(pages.iter().all(|page| page.count == Count::Exactly(12)));
        for two in pages.windows(2) {
            let back = found.page(From::Before(two[1].before.as_deref().unwrap()), 5, Some(&odd));
            assert_eq!(back.handles, two[0].handles);
        }
        assert_eq!(pages[0].before, None);
    }
    // What a page began after is gone: the list begins again.
    let found = index.find(EntityType::User, None, Order::Id);
    assert_eq!(found.page(From::After("gone"), 2, None).handles.len(), 2);
}

#[test]
fn a_search_among_many_looks_at_few() {
    search_among(20_000);
}

#[test]
#[ignore = "folding a hundred thousand people takes a minute without optimisation"]
fn a_search_among_a_hundred_thousand_looks_at_few() {
    search_among(100_000);
}

fn search_among(people: usize) {
    let mut town = Town::new();
    for number in 0..people {
        town.user(&format!("u{number:06}"), &format!("Person {number} 佐藤{number}"));
    }
    let index = Index::of(town.world());
    let found = |typed: &str| {
        let began = Instant::now();
        let page = index.find(EntityType::User, Typed::new(typed).as_ref(), Order::Id).page(From::Start, 50, None);
        (page.handles.len(), page.count, began.elapsed())
    };
    for (typed, shown, count) in
        [("u00999", 10, Count::Exactly(10)), ("佐藤", 50, Count::Over(10_000)), ("", 50, Count::Exactly(people))]
    {
        let (length, counted, _) = found(typed);
        assert_eq!((length, counted), (shown, count), "{typed}");
        // The fastest of some: the machine may be busy.
        let fastest = (0..5).map(|_| found(typed).2).min().unwrap();
        println!("{typed:?} among {people}: {fastest:?}");
        assert!(fastest < Duration::from_millis(250), "{typed}: {fastest:?}");
    }
    // A renamed person costs no new sorting.
    town.user("u000001", "Hana Kato");
    let world = town.world();
    let began = Instant::now();
    let index = index.clone().caught_up(world);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(ids(&index, "hana"), ["u000001"]);
}

#[tokio::test]
async fn a_finder_shows_the_newest_world() {
    let mut town = Town::new();
    town.user("alice", "Alice");
    let (sender, world) = tokio::sync::watch::channel(town.world());
    let finder = Finder::new(world);
    assert_eq!(ids(&finder.index().await, "b"), Vec::<String>::new());
    town.user("bob", "Bob");
    sender.send_replace(town.world());
    assert_eq!(ids(&finder.clone().index().await, "b"), ["bob"]);
}
