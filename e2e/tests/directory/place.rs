//! A platform with an administrator, an identity provider's program with its token, and an application.

use sekisho_e2e::client::{Person, Program, Said};
use sekisho_e2e::origin::Streams;
use sekisho_e2e::platform::Platform;
use serde_json::{Value, json};

/// The address of the server, below that of the API.
pub(crate) const SCIM: &str = "/scim/v2";

const DOCUMENTS: &str = r#"
[[group]]
id = "provisioners"
name = "Provisioners"

[[user]]
id = "idp"
name = "Identity provider"
groups = ["provisioners"]

[[group]]
id = "visitors"
name = "Visitors"

[[user]]
id = "visitor"
name = "Visitor"
groups = ["visitors"]

[[user]]
id = "chief"
name = "Chief"
groups = ["administrators"]
"#;

/// The platform.
pub(crate) struct Place {
    pub(crate) platform: Platform,
    /// The identity provider.
    pub(crate) provider: Program,
    /// An administrator.
    pub(crate) chief: Program,
    /// Who uses the application.
    pub(crate) runner: Person,
    _application: Streams,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let application = Streams::serve("<!doctype html><title>application</title>").await.unwrap();
        let platform = Platform::start(1).await.unwrap();
        let runner = platform.example(application.port()).await.unwrap();
        platform.apply(&[("directory.toml", DOCUMENTS)]).await.unwrap();
        let (provider, chief) =
            (program(&platform, "idp", "provisioners").await, program(&platform, "chief", "administrators").await);
        Self { platform, provider, chief, runner, _application: application }
    }

    /// Asks as the identity provider.
    pub(crate) async fn scim(&self, method: &str, path: &str, body: Option<&Value>) -> Said {
        self.provider.ask(method, &format!("{SCIM}{path}"), body).await.unwrap()
    }

    /// Makes an account, and returns its identifier.
    pub(crate) async fn provisioned(&self, user: &str) -> String {
        let made = self.scim("POST", "/Users", Some(&account(user))).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }

    /// Patches a resource where it has that entity tag, and returns the status.
    pub(crate) async fn conditional(&self, path: &str, tag: &str, body: &Value) -> u16 {
        let said = self.provider.ask_with("PATCH", &format!("{SCIM}{path}"), &[("If-Match", tag)], Some(body)).await;
        said.unwrap().status
    }

    /// Patches a resource by one operation.
    pub(crate) async fn patched(&self, path: &str, operation: Value) -> Said {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
        self.scim("PATCH", path, Some(&body)).await
    }
}

/// The body of an account.
pub(crate) fn account(user: &str) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user, "externalId": format!("x-{user}"), "active": true })
}

async fn program(platform: &Platform, user: &str, role: &str) -> Program {
    let mut person = platform.signed_in(user).await.unwrap();
    platform.token(&mut person, &format!("{user}-program"), role).await.unwrap().1
}
