//! The files of places. The file beside this one was made with `mmdb-writer`, as `e2e/tests/behaviour/places.py` does.

use sekisho_behaviour::{Atlas, Place, Spot};

const FILE: &[u8] = include_bytes!("places.mmdb");

fn place(atlas: &Atlas, address: &str) -> Place {
    atlas.place(address.parse().expect("an address"))
}

#[test]
fn an_address_is_in_the_country_that_the_file_says_and_its_neighbour_is_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("city.mmdb"), FILE).expect("a file");
    let mut atlas = Atlas::default();
    assert!(atlas.refresh(folder.path()));
    assert!(!atlas.refresh(folder.path()), "nothing changed");
    let tokyo = Spot::of_degrees(35.68, 139.77);
    let expected = Place { country: Some("JP".to_owned()), network: Some(64_496), spot: tokyo };
    assert_eq!(place(&atlas, "127.0.0.1"), expected);
    assert_eq!(place(&atlas, "::ffff:127.0.0.127"), expected);
    assert_eq!(place(&atlas, "127.0.0.200").country.as_deref(), Some("BR"));
    assert_eq!(place(&atlas, "2001:db8::1").country.as_deref(), Some("DE"));
    for nowhere in ["127.0.0.128", "127.0.0.201", "2001:db9::1"] {
        assert_eq!(place(&atlas, nowhere), Place::default(), "{nowhere}");
    }
    std::fs::remove_file(folder.path().join("city.mmdb")).expect("removed");
    assert!(atlas.refresh(folder.path()));
    assert_eq!(place(&atlas, "127.0.0.1"), Place::default(), "a file that is gone says nothing");
}

#[test]
fn i63_a_file_that_cannot_be_read_changes_nothing_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("city.mmdb");
    std::fs::write(&path, FILE).expect("a file");
    let mut atlas = Atlas::default();
    atlas.refresh(folder.path());
    for broken in [&b"<html>busy</html>"[..], b"", FILE.get(..FILE.len() / 3).expect("a part")] {
        std::fs::write(&path, broken).expect("a file");
        assert!(atlas.refresh(folder.path()));
        assert_eq!(place(&atlas, "127.0.0.1").country.as_deref(), Some("JP"));
        let standing = atlas.standings().pop().expect("a file");
        assert!(standing.problem.is_some(), "{standing:?}");
    }
    std::fs::write(&path, FILE).expect("a file");
    atlas.refresh(folder.path());
    assert_eq!(atlas.standings().pop().and_then(|standing| standing.problem), None);
    // A file that never was one says nothing.
    std::fs::write(folder.path().join("asn.mmdb"), b"no file of places").expect("a file");
    atlas.refresh(folder.path());
    assert_eq!(atlas.standings().iter().filter(|standing| standing.problem.is_some()).count(), 1);
    assert_eq!(place(&atlas, "127.0.0.1").network, Some(64_496));
}
