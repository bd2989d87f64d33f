//! A member of the helpdesk: every page that is offered opens, every button that is shown is accepted, and a refusal names what is
//! missing.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_e2e::client::{Answer, Person};

use crate::place::{Place, said};
use crate::roles::refused;

/// What would end the session that looks, and what acts on whatever is chosen: each of those is decided by itself.
const OWN: [&str; 3] = ["/sign-out", "/sessions/", "/console/bulk/"];

pub(crate) async fn a_refusal_of_the_helpdesk_names_what_is_missing(place: &mut Place) {
    for (method, path, missing) in [
        ("GET", "/ledger", "`ledger-read` needs `read` on `platform-ledger`"),
        ("POST", "/devices/nothing-here/revoke", "`device-revoked` needs `write` on `platform-devices`"),
        // More for somebody with a role: the same act on anybody else is the helpdesk's work.
        ("POST", "/users/chief/disable", "`user-disabled` needs `administer` on `platform-users`"),
        ("POST", "/users/chief/sessions/end", "`sessions-ended` needs `administer` on `platform-sessions`"),
        ("POST", "/restore-console", "only the operator"),
    ] {
        let title = refused(&place.desk.program, method, path).await;
        assert!(title.contains(missing), "{method} {path}: {title}");
    }
    let portal = place.portal();
    for (command, missing) in [
        (["user", "disable", "chief"], "`user-disabled` needs `administer` on `platform-users`"),
        (["device", "revoke", "nothing-here"], "`device-revoked` needs `write` on `platform-devices`"),
    ] {
        let output = place.desk.terminal.run(&[&command[..], &["--server", &portal]].concat()).await.unwrap();
        assert_eq!(output.status.code(), Some(77), "{command:?}: {}", said(&output));
        assert!(said(&output).contains(missing), "{command:?}: {}", said(&output));
    }
    let output = place.desk.terminal.run(&["user", "disable", "alice", "--server", &portal]).await.unwrap();
    assert!(output.status.success(), "{}", said(&output));
    sessions_of_administrators_are_not_ended(place).await;
}

/// By a page or by a program, with the whole identifier or with its beginning as lists show it.
async fn sessions_of_administrators_are_not_ended(place: &mut Place) {
    let sessions = place.chief.program.ask("GET", "/sessions?user=chief", None).await.unwrap().body;
    let id = sessions["items"][0]["id"].as_str().unwrap().to_owned();
    let beginning: String = id.chars().take(8).collect();
    for named in [id.clone(), beginning.clone(), format!("{beginning}%E2%80%A6")] {
        let title = refused(&place.desk.program, "POST", &format!("/sessions/{named}/end")).await;
        assert!(title.contains("`session-ended` needs `administer`"), "{named}: {title}");
    }
    let person = &mut place.desk.person;
    let page = person.portal("/console/sessions").await.unwrap().expect(200).unwrap();
    assert!(!page.body.contains(&format!("/console/sessions/{id}/revoke")), "the button is shown");
    let token = page.form_token().unwrap().to_owned();
    let forged = person.submit(&format!("/console/sessions/{id}/revoke"), &[("csrf", &token)]).await.unwrap();
    assert_eq!(forged.status, 403, "{}", forged.body);
}

pub(crate) async fn the_helpdesk_sees_what_works(place: &mut Place) {
    // Somebody's session that the helpdesk may end is there.
    place.runner.sign_in().await.unwrap();
    let person = &mut place.desk.person;
    let first = person.portal("/console").await.unwrap().expect(200).unwrap();
    let navigation = first.body.split("<nav").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap();
    let places = attributes(navigation, "href=\"");
    assert!(places.contains("/console/users") && places.contains("/console/sessions"), "{places:?}");
    assert!(!places.contains("/console/tasks"), "{places:?}");
    for path in &places {
        person.portal(path).await.unwrap().expect(200).unwrap();
    }
    // What changes the account is last, so that every button was shown by a page that is as it was.
    let (pages, buttons) = everything_shown(person, &places).await;
    assert!(pages.len() > places.len(), "{pages:?}");
    for wanted in ["/console/users/alice/link", "/console/users/alice/enable", "/console/users/runner/disable"] {
        assert!(buttons.contains_key(wanted), "{wanted}: {:?}", buttons.keys());
    }
    assert!(buttons.keys().any(|button| button.ends_with("/revoke")), "{:?}", buttons.keys());
    for other in ["/console/users/chief/", "/console/devices/"] {
        assert!(!buttons.keys().any(|button| button.starts_with(other)), "{:?}", buttons.keys());
    }
    for (action, fields) in &buttons {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let done = person.submit(action, &fields).await.unwrap();
        // An empty form of a new document names what it lacks, which refuses nothing to its person.
        let lacks = action.starts_with("/console/documents/") && done.status == 422;
        assert!(done.status == 200 || lacks, "{action}: {}", done.body);
    }
}

/// Every page of the console that is reached from these, and every button on them with the fields of its form.
async fn everything_shown(
    person: &mut Person,
    places: &BTreeSet<String>,
) -> (BTreeSet<String>, BTreeMap<String, Vec<(String, String)>>) {
    let (mut seen, mut left, mut buttons) = (BTreeSet::new(), Vec::from_iter(places.clone()), BTreeMap::new());
    while let Some(path) = left.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = person.portal(&path).await.unwrap().expect(200).unwrap();
        // One explanation of a decision is as another, and each look makes a further one; a narrowed list has nothing that the list has not.
        let links = attributes(&page.body, "href=\"").into_iter().filter(|link| link.starts_with("/console"));
        left.extend(
            links.filter(|link| {
                !(link.starts_with("/console/decisions") || link.contains('?')) || places.contains(link)
            }),
        );
        if path.starts_with("/console") {
            buttons.extend(forms(&page));
        }
    }
    (seen, buttons)
}

fn forms(page: &Answer) -> Vec<(String, Vec<(String, String)>)> {
    let forms = page.body.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
    let posted = forms.filter(|form| form.contains("method=\"post\""));
    let read = posted.map(|form| {
        let action = attributes(form, "action=\"").pop_first().unwrap();
        let inputs = form.split("<input").skip(1).chain(form.split("<button").skip(1).take(1));
        let field =
            |input: &str| Some((attributes(input, "name=\"").pop_first()?, attributes(input, "value=\"").pop_first()?));
        (action, inputs.filter_map(|input| field(input.split('>').next()?)).collect())
    });
    read.filter(|(action, _)| !OWN.iter().any(|own| action.starts_with(own))).collect()
}

/// The values of an attribute.
fn attributes(text: &str, name: &str) -> BTreeSet<String> {
    let values = text.split(name).skip(1).filter_map(|rest| rest.split('"').next());
    values.map(|value| value.replace("&amp;", "&").replace("&#38;", "&")).collect()
}
