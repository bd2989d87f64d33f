//! What the demo tells a newcomer: what to open, and what to try.

use serde_json::{Value, json};

use crate::scene::Scene;

type Links = [(&'static str, &'static str, Option<String>)];

/// The addresses and links for programs.
pub(crate) fn addresses(scene: &Scene, links: &Links) -> Value {
    let links: serde_json::Map<String, Value> =
        links.iter().map(|(person, _, link)| ((*person).to_owned(), json!(link))).collect();
    json!({
        "portal": scene.portal(), "wiki": scene.wiki(), "payroll": scene.payroll(), "data": scene.folder(),
        "authority": scene.authority_file(), "agent": scene.agent_address().to_string(), "links": links,
        "forbidden_port": scene.forbidden_port(),
    })
}

/// The same for people.
pub(crate) fn text(scene: &Scene, links: &Links) -> String {
    let data = scene.folder().display();
    let (portal, wiki, payroll) = (scene.portal(), scene.wiki(), scene.payroll());
    let forbidden = scene.forbidden_port();
    let program = sekisho();
    let mut text = format!(
        "
Sekisho 関所 is up.   Stop it with Ctrl-C.
  data folder   {data}
  portal        {portal}
  wiki          {wiki}   (staff)
  payroll       {payroll}   (finance, compliant device, passkey within 15 minutes)

Open these links once each, in a browser (a private window for each person), and make a passkey.
The browser will warn about the certificate: it comes from this demo's own authority,
  {}
",
        scene.authority_file().display()
    );
    for (person, role, link) in links {
        match link {
            Some(link) => text.push_str(&format!("  {person:<6} {role:<26} {link}\n")),
            None => text.push_str(&format!("  {person:<6} {role:<26} {portal}/sign-in  (has a sign-in method)\n")),
        }
    }
    text.push_str(&format!(
        "
What to try
  1 {wiki} without signing in: you are sent to sign in.
  2 Sign in as alice with the passkey.
  3 {portal}/devices: prove this machine; see its facts and its compliance.
  4 {payroll}: it opens, and its live counter runs.
  5 The same as erin: a denial, with the reason and the remedy.
  6 Leave payroll open and break a rule of this device, in another terminal:
        python3 -m http.server {forbidden} --bind 127.0.0.1
    The live connection is cut within a second. Stop the program, reload: access is back.
  7 As admin: {portal}/console shows sessions, devices and every decision. Revoke alice's session.
    As hana of the helpdesk the same console shows accounts and sessions, and nothing that only administrators may do.
  8 See the evidence:
        {program} decision list --data {data}
        {program} ledger verify {data}/ledger

`cargo demo --check` drives these steps by itself."
    ));
    text
}

/// The path of the `sekisho` that was built beside this program: `cargo demo` puts none on the search path.
fn sekisho() -> String {
    let beside = std::env::current_exe().map(|this| this.with_file_name("sekisho"));
    beside.ok().filter(|path| path.is_file()).map_or_else(|| "sekisho".to_owned(), |path| path.display().to_string())
}
