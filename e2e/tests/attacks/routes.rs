//! PATH: an application behind a prefix that is taken off and another that is put in front, and a policy that permits one folder
//! of it and nothing else. What is decided is the path that is sent, and everything beside the folder is denied.

use sekisho_attacks::Client;

use crate::ground::Ground;
use crate::moments::apply;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, Scenario, conclude, run};

const API: &str = "api.localhost";
const POLICY: &str = "@id(\"only-the-open-folder\")
forbid (principal, action, resource == Sekisho::Resource::\"api\")
unless { context has request && context.request.path like \"/v1/open/*\" };
";

/// An application behind a prefix, and the cookie of somebody who may use its open folder.
pub(crate) struct Prefixed {
    ground: Ground,
    cookie: String,
}

/// What is asked for, and what the application is asked; nothing where it must not be.
const TARGETS: [(&str, &str, Option<&str>); 12] = [
    ("PATH-22d", "/api/open/x", Some("GET /v1/open/x")),
    ("PATH-22e", "/apiopen/x", None),
    ("PATH-22f", "/api../open/x", None),
    ("PATH-22g", "/api/openx", None),
    ("PATH-23b", "/api%2e/open/x", None),
    ("PATH-23c", "/api/open/../admin/x", None),
    ("PATH-23d", "/%61pi/open/x", None),
    ("PATH-24a", "/api/../v1/open/x", None),
    ("PATH-24b", "/api/open/x?path=/v1/admin", Some("GET /v1/open/x?path=/v1/admin")),
    ("PATH-17b", "/API/open/x", None),
    ("PATH-17c", "/api/OPEN/x", None),
    ("PATH-11g", "/api/open;x=1/y", None),
];

pub(crate) fn scenarios() -> Vec<Scenario<Prefixed>> {
    TARGETS
        .into_iter()
        .map(|(id, target, asked)| Scenario::new(id, move |place| Box::pin(leads_to(place, target, asked))))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_what_is_decided_is_the_path_that_is_sent() {
    let ground = Ground::start().await;
    let document = format!(
        "[[resource]]\nid = \"api\"\nname = {{ en = \"api\" }}\nhost = \"{API}\"\nsensitivity = 1\ncategories = [\"open\"]\n\
         [resource.upstream]\naddresses = [\"{}\"]\nstrip_prefix = \"/api\"\nadd_prefix = \"/v1\"\n",
        ground.recorder.address
    );
    apply(&ground, &[("api.toml", &document), ("api.cedar", POLICY)]).await.unwrap();
    let mut person = ground.somebody("path-22").await;
    person.open(API, "/api/open/").await.unwrap().expect(200).unwrap();
    let place = Prefixed { cookie: person.cookie(API), ground };
    let scenarios = scenarios();
    // One after the other: each looks at what the application has got.
    let mut failures = run(&place.ground.bystander, &place, &scenarios, 1).await;
    failures.extend(holds(place.ground, &Happened::default()).await);
    conclude("PATH (routes)", scenarios.len(), &failures);
}

async fn leads_to(place: &Prefixed, target: &str, asked: Option<&str>) -> Outcome {
    let (setting, recorder) = (&place.ground.setting, &place.ground.recorder);
    recorder.forget();
    let client = Client::connect(setting.address, setting.tls.clone(), API).await;
    let mut client = client.map_err(|error| error.to_string())?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: {API}\r\nCookie: {}\r\n\r\n", place.cookie);
    client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let response = client.response("GET").await.map_err(|error| error.to_string())?.ok_or("no answer")?;
    let recorded = recorder.recorded();
    let lines: Vec<&str> = recorded.strict.iter().map(|request| request.line.as_str()).collect();
    let right = match asked {
        Some(line) => response.status == 200 && lines == [line],
        None => matches!(response.status, 400 | 403 | 404) && recorded.bytes.is_empty(),
    };
    if right { Ok(()) } else { Err(format!("{target}: {} and {lines:?} at the application", response.status)) }
}
