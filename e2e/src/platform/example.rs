//! A small organisation for tests and figures: one person, a resource that they may use and one that they may not.

use super::Platform;
use crate::Trouble;
use crate::client::Person;

/// The host of the resource that the person may use.
pub const OPEN: &str = "open.localhost";
/// The host of the resource that nobody may use.
pub const CLOSED: &str = "closed.localhost";
/// The person's account.
pub const ACCOUNT: &str = "runner";

const POLICY: &str = "@id(\"open\")
permit (
  principal in Sekisho::Group::\"runners\",
  action,
  resource == Sekisho::Resource::\"open\"
) when { context.session.phishing_resistant };
";

impl Platform {
    /// Makes the organisation with that upstream, and gives its person, signed in.
    pub async fn example(&self, upstream: u16) -> Result<Person, Trouble> {
        let resource = |id: &str, host: &str| {
            format!(
                "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\", ja = \"{id}\" }}\nhost = \"{host}\"\n\
                 upstream = \"http://127.0.0.1:{upstream}\"\nsensitivity = 1\n"
            )
        };
        let people = format!(
            "[[group]]\nid = \"runners\"\nname = \"Runners\"\n\
             [[user]]\nid = \"{ACCOUNT}\"\nname = \"Runner\"\nemployment = \"staff\"\ngroups = [\"runners\"]\n"
        );
        let documents = [people, resource("open", OPEN), resource("closed", CLOSED)].concat();
        self.apply(&[("organisation.toml", &documents), ("open.cedar", POLICY)]).await?;
        self.signed_in(ACCOUNT).await
    }
}
