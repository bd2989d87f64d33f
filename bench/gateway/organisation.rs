//! What both figures are measured with: one person, one resource, one policy.

use sekisho_e2e::Trouble;
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::Platform;

/// The host of the resource.
pub(crate) const HOST: &str = "bench.localhost";

const POLICY: &str = "@id(\"bench\")
permit (
  principal in Sekisho::Group::\"bench\",
  action in Sekisho::Action::\"use\",
  resource == Sekisho::Resource::\"bench\"
) when { context.session.phishing_resistant };
";

/// Makes the organisation with that upstream, and a person who is signed in and has the resource open.
pub(crate) async fn found(platform: &Platform, upstream: u16) -> Result<Person, Trouble> {
    let documents = format!(
        "[[group]]\nid = \"bench\"\nname = \"Bench\"\n
[[user]]\nid = \"runner\"\nname = \"Runner\"\nemployment = \"staff\"\ngroups = [\"bench\"]\n
[[resource]]\nid = \"bench\"\nname = {{ en = \"Bench\", ja = \"Bench\" }}\nhost = \"{HOST}\"
upstream = \"http://127.0.0.1:{upstream}\"\nsensitivity = 1\n"
    );
    platform.apply(&[("organisation.toml", &documents), ("bench.cedar", POLICY)]).await?;
    let mut person = platform.signed_in("runner").await?;
    person.open(HOST, "/").await?.expect(200)?;
    Ok(person)
}
