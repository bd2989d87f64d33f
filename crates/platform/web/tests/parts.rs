//! The parts of `list.html` and `chart.html`, as a page uses them.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::sync::Arc;

use askama::Template;
use sekisho_capability::{ActSpec, Part};
use sekisho_model::{Action, Language, TimeZone, Timestamp};
use sekisho_web::chart::{Chart, Form, Series};
use sekisho_web::list::{AFTER, Asked, Column, Count, Filter, List};
use sekisho_web::page::{Page, Section};
use sekisho_web::{Group, Place, Texts};

#[derive(Template)]
#[template(
    source = r#"{% extends "layout.html" %}{% import "list.html" as parts %}{% import "chart.html" as charts %}
{% block title %}Parts{% endblock %}{% block main %}<h1>Parts</h1>
{% call parts::tools(page, list) %}{% endcall %}
<table>{% call parts::head(page, list) %}{% endcall %}<tbody><tr><td>{% call parts::when(page, at) %}{% endcall %}</td>
<td>{% call parts::id(page, "0123456789", "0123…") %}{% endcall %}</td></tr></tbody></table>
{% call parts::empty(page, list, "none") %}{% endcall %}
{% call parts::pager(page, list) %}{% endcall %}
{% call charts::figure(page, chart, "when") %}{% endcall %}
{% endblock %}"#,
    ext = "html"
)]
struct Parts {
    page: Page,
    list: List,
    at: Timestamp,
    chart: Chart,
}

const READ: ActSpec = ActSpec::new("users-read", Action::Read, Part::Users, ("Look", "閲覧"));

fn shown(section: Section, path: &str, query: &[(&str, &str)]) -> String {
    let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let asked = Asked::read("/console/users", &query, &["status"]);
    let values = [("", "All".to_owned()), ("disabled", "Disabled".to_owned())];
    let list = List {
        searchable: true,
        filters: vec![Filter::new(&asked, "status", "State".to_owned(), &values)],
        columns: vec![Column::sortable(&asked, "who", "name", "name"), Column::new("what-you-can-do")],
        count: Some(Count::Over(1_000)),
        newer: None,
        older: Some(asked.with(AFTER, Some("b"))),
        asked,
    };
    let series = Series { name: "Cuts".to_owned(), class: "stop", values: vec![3.0] };
    let page = Page {
        language: Language::English,
        assets: "/assets/x".to_owned(),
        home: "/".to_owned(),
        csrf: "token".to_owned(),
        path: path.to_owned(),
        user: Some("Alice".to_owned()),
        administrator: true,
        section,
        places: vec![
            Place::of_console(Group::Platform, "/console/tasks", "console-tasks", READ),
            Place::of_console(Group::People, "/console/users", "console-users", READ),
        ],
        texts: Texts::default(),
        switch: None,
        notice: None,
        scripts: &[],
        shows_times: true,
        time_zone: Arc::new(TimeZone::fixed(0)),
        now: Timestamp::from_millis(1_700_000_000_000),
    };
    let chart = Chart {
        title: "Cuts".to_owned(),
        form: Form::Bars,
        labels: vec!["12:00".to_owned()],
        links: vec!["/console/cuts".to_owned()],
        series: vec![series],
    };
    let at = Timestamp::from_millis(1_700_000_000_000 - 180_000);
    Parts { page, list, at, chart }.render().expect("a page")
}

#[test]
fn a_list_shows_what_is_chosen_and_the_way_on() {
    let text = shown(Section::Console, "/console/users", &[("q", "<a>"), ("status", "disabled")]);
    for expected in [
        "value=\"&#60;a&#62;\"",
        "<input type=\"hidden\" name=\"status\" value=\"disabled\">",
        "<a href=\"/console/users?q=%3Ca%3E&#38;status=disabled&#38;after=b\" rel=\"next\">",
        "<a href=\"/console/users?q=%3Ca%3E&#38;status=disabled\" aria-current=\"true\">Disabled</a>",
        "<th scope=\"col\" aria-sort=\"ascending\">",
        "title=\"14 Nov 2023, 22:10:20\">3 minutes ago</time>",
        "data-copy=\"0123456789\"",
        "More than 1,000 entries",
        "Nothing matches.",
        "<a href=\"/console/cuts\">12:00</a></th><td class=\"count\">3</td>",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let all = shown(Section::Console, "/console/users", &[]);
    assert!(all.contains("<p>none</p>") || !all.contains("Nothing matches."), "{all}");
}

#[test]
fn the_console_has_its_places_in_groups_at_the_side_and_the_portal_has_not() {
    let console = shown(Section::Console, "/console/users/alice", &[]);
    let people = console.find("<p id=\"group-people\">People</p>").expect("a group");
    assert!(people < console.find("<p id=\"group-platform\">").expect("another group"));
    assert!(!console.contains("group-devices"), "a group without a place is not shown");
    assert!(console.contains("<a href=\"/console/users\" aria-current=\"page\">Users</a>"));
    assert!(console.contains("<ol><li>People</li><li><a href=\"/console/users\">Users</a></li></ol>"));
    let list = shown(Section::Console, "/console/users", &[]);
    assert!(!list.contains("<ol><li>People"), "a place is not above itself");
    let portal = shown(Section::Portal, "/users", &[]);
    assert!(!portal.contains("group-people") && portal.contains("<a href=\"/console\">Console</a>"));
}
