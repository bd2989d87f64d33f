//! SMUG-50: ten web servers that other people wrote, behind the gateway. The bytes of every table, and of well-formed requests in
//! every shape, go to each of them: what it gives to its application must be what the recorder read of the same bytes, with both
//! of its readings. A server may refuse what it does not like; it may never see one request more, another target or another body.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sekisho_attacks::{Case, Client, Request, Response, Setting, cases};
use sekisho_e2e::servers::{Server, ServerKind, Understood};

use crate::ground::Ground;
use crate::record::{Happened, holds};
use crate::scenario::{Outcome, conclude};

/// How many cases there are besides the tables: the tables as a whole for each server.
pub(crate) const SERVERS: usize = ServerKind::ALL.len();

/// How many of the requests a server may refuse: those with heads, targets or methods beyond its own limits, and names that it
/// does not serve (`%2F`, backslashes, methods of WebDAV, bytes above 0x7e).
const MOST_REFUSED: usize = 28;

/// Nobody administers them either, so that the tables mean here what they mean at the recorder.
const POLICY: &str = "@id(\"nobody-administers-anything\")
forbid (principal, action, resource in Sekisho::Category::\"open\")
unless {
  context has request && context.request.path != \"/admin\" && !(context.request.path like \"/admin/*\")
};
";

/// A case, and what the recorder read of it.
struct Read {
    case: Case,
    requests: Vec<Request>,
}

/// A server behind the gateway, and somebody who may use it.
struct Behind {
    server: Server,
    setting: Setting,
    refused: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the web servers of others: `cargo verify --full` runs it"]
async fn i6_other_people_s_servers_read_what_the_recorder_reads() {
    // Thousands of connections from one address are no attack of this kind.
    let ground = Ground::with(&["env", "SEKISHO_LOG=info"], "new_connections_per_address = 0\n").await;
    let (mut failures, mut happened, mut read) = (Vec::new(), Happened::default(), Vec::new());
    for case in
        [cases::well_formed(), cases::smug(), cases::path(), cases::host(), cases::hdr(), cases::cook()].concat()
    {
        match ground.setting.run(&case).await {
            Ok(passed) => {
                read.push(Read { case, requests: passed.forwarded.clone() });
                happened.add(passed);
            }
            Err(failure) => failures.push(failure.to_string()),
        }
    }
    let behind = put_behind(&ground).await;
    let readings = behind.into_iter().map(|mut behind| async {
        let outcome = behind.reads_the_same(&read).await;
        (behind, outcome)
    });
    for (behind, outcome) in join_all(readings).await {
        let kind = behind.server.kind();
        println!("  {kind}: refused {} of what the recorder got: {}", behind.refused.len(), behind.refused.join(", "));
        failures.extend(outcome.err().map(|error| format!("SMUG-50 {kind}: {error}")));
        if behind.refused.len() > MOST_REFUSED {
            failures.push(format!("SMUG-50 {kind}: it refuses too much to be compared"));
        }
    }
    failures.extend(holds(ground, &happened).await);
    conclude("SMUG (differential)", cases::well_formed().len() + SERVERS, &failures);
}

/// Starts all servers, each as an application of its own.
async fn put_behind(ground: &Ground) -> Vec<Behind> {
    let servers = join_all(ServerKind::ALL.map(Server::start)).await;
    let servers: Vec<Server> = servers.into_iter().map(Result::unwrap).collect();
    let resource = |server: &Server| {
        let (id, port) = (server.kind(), server.port());
        format!(
            "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{id}.localhost\"\n\
             upstream = \"http://127.0.0.1:{port}\"\nsensitivity = 1\ncategories = [\"open\"]\n"
        )
    };
    let documents: String = servers.iter().map(resource).collect();
    ground.platform.apply(&[("servers.toml", &documents), ("servers.cedar", POLICY)]).await.unwrap();
    let mut person = ground.somebody("smug-50").await;
    let connector = ground.platform.connector().unwrap();
    let mut behind = Vec::new();
    for mut server in servers {
        let app = format!("{}.localhost", server.kind());
        // The certificate for the new host comes a moment later.
        let served = async { while connector.connect(&app).await.is_err() {} };
        tokio::time::timeout(Duration::from_secs(60), served).await.unwrap();
        person.open(&app, "/").await.unwrap().expect(200).unwrap();
        server.understood().unwrap();
        let setting = Setting { cookie: person.cookie(&app), app, ..ground.setting.clone() };
        behind.push(Behind { server, setting, refused: Vec::new() });
    }
    behind
}

impl Behind {
    async fn reads_the_same(&mut self, read: &[Read]) -> Outcome {
        let mut wrong = Vec::new();
        for Read { case, requests } in read {
            let answers = self.setting.answers(case).await.unwrap_or_default();
            let understood = self.understood(&case.id).await?;
            if let Err(error) = self.is_the_same(&case.id, requests, &understood, &answers) {
                wrong.push(format!("{}: {error}", case.id));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    /// What the server made of a case: everything before a mark that is sent behind it.
    async fn understood(&mut self, case: &str) -> Result<Vec<Understood>, String> {
        let Setting { address, tls, app, cookie, .. } = &self.setting;
        let client = Client::connect(*address, Arc::clone(tls), app).await;
        let mut client = client.map_err(|error| error.to_string())?;
        let mark = format!("/end-of/{case}");
        let request = format!("GET {mark} HTTP/1.1\r\nHost: {app}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        client.send(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let answer = client.response("GET").await.map_err(|error| error.to_string())?.map(|answer| answer.status);
        let mut understood = self.server.understood().map_err(|trouble| trouble.to_string())?;
        let last = understood.pop().filter(|last| last.target == mark && last.method == "GET" && last.body.is_empty());
        match (answer, last) {
            (Some(200), Some(_)) => Ok(understood),
            (answer, last) => Err(format!("{case}: the mark behind it came back as {answer:?}, read as {last:?}")),
        }
    }

    fn is_the_same(
        &mut self,
        case: &str,
        requests: &[Request],
        understood: &[Understood],
        answers: &[Response],
    ) -> Outcome {
        let mut seen = understood.iter().filter(|seen| seen.target != "/last-of-all").peekable();
        let mut refused = Vec::new();
        for request in requests {
            match seen.next_if(|seen| reads(request, seen)) {
                Some(seen) => self.is_introduced(seen)?,
                None => refused.push(format!("{case} {}", request.line.chars().take(40).collect::<String>())),
            }
        }
        if let Some(more) = seen.next() {
            let Understood { method, target, body, .. } = more;
            let more = format!("{method} {target} with {:?}", String::from_utf8_lossy(body));
            return Err(format!("it read {more} where the recorder read {:?}", lines(requests)));
        }
        let refusals = answers
            .iter()
            .filter(|answer| matches!(answer.status, 400 | 403..=405 | 411 | 413..=414 | 431 | 501..=502));
        if refused.len() > refusals.count() {
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            return Err(format!("it did not read {refused:?}, and no answer says why: {statuses:?}"));
        }
        self.refused.append(&mut refused);
        Ok(())
    }

    /// I3 as the server's application sees it: one assertion, of ours, and the host that people type.
    fn is_introduced(&self, seen: &Understood) -> Outcome {
        let parts = seen.assertion.split('.').filter(|part| part.len() > 10).count();
        let right = parts == 3 && !seen.assertion.contains([',', ' ']) && seen.host.starts_with(&self.setting.app);
        if right { Ok(()) } else { Err(format!("I3: {seen:?}")) }
    }
}

fn reads(request: &Request, seen: &Understood) -> bool {
    request.line == format!("{} {}", seen.method, seen.target) && request.body == seen.body
}

fn lines(requests: &[Request]) -> Vec<(&str, usize)> {
    requests.iter().map(|request| (request.line.as_str(), request.body.len())).collect()
}
