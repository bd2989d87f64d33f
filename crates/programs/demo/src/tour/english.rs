//! The tour in English.

use super::Place;
use crate::organisation::SignIn;
use crate::scene::Scene;

/// What to open, and what to try.
pub(super) fn text(place: &Place<'_>) -> String {
    let Place { scene, links, sign_in, program } = place;
    let sign_in = *sign_in;
    let data = scene.folder().display();
    let (portal, wiki, payroll) = (scene.portal(), scene.wiki(), scene.payroll());
    let forbidden = scene.forbidden_port();
    let mut text = format!(
        "
Sekisho 関所 is up.   Stop it with Ctrl-C.
  data folder   {data}
  portal        {portal}
  wiki          {wiki}   (staff)
  payroll       {payroll}   (finance, compliant device, {} within 15 minutes)

Open these links once each, in a browser (a private window for each person), and {}
",
        way(sign_in).0,
        way(sign_in).1,
    );
    for (person, role, link) in *links {
        match link {
            Some(link) => text.push_str(&format!("  {person:<6} {role:<26} {link}\n")),
            None => text.push_str(&format!("  {person:<6} {role:<26} {portal}/sign-in  (has a sign-in method)\n")),
        }
    }
    text.push_str(&certificate(scene));
    text.push_str(&format!(
        "
What to try
  1 {wiki} without signing in: you are sent to sign in.
  2 Sign in as alice{}.
  3 {portal}/devices: prove this machine; see its facts and its compliance. Where the browser lets no page reach the
    agent, show a code there and confirm it:
        {program} agent open --folder {data}/agent
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

`cargo demo --check`, or this program with `--check`, drives these steps by itself.",
        if sign_in == SignIn::Passkey { " with the passkey" } else { "" },
    ));
    text
}

/// What payroll asks of a sign-in, and what people prepare for it.
const fn way(sign_in: SignIn) -> (&'static str, &'static str) {
    match sign_in {
        SignIn::Passkey => (
            "passkey",
            "make a passkey.\nA browser without fingerprint reader, phone or security key makes none: start the demo with `--no-passkeys` instead.",
        ),
        SignIn::OneTimeCode => (
            "password and one-time code",
            "set a password, then an authenticator app under\n*Sign-in methods*. This is weaker than a passkey: it can be phished, and is for this walk only.",
        ),
    }
}

/// Why the browser warns, and the one command that ends it.
fn certificate(scene: &Scene) -> String {
    let authority = scene.authority_file();
    format!(
        "
The browser warns about the certificate, because it does not know this demo's own authority. Accept the warning, or let Chromium and
Chrome of this user know the authority (`certutil` is in Debian's package libnss3-tools), and restart the browser:
        mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n sekisho-demo -i {}
and afterwards forget it again:
        certutil -d sql:$HOME/.pki/nssdb -D -n sekisho-demo
",
        authority.display()
    )
}
