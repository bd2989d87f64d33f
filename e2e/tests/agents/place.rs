//! A platform with a server of tools behind it, and agents who act for people.

use sekisho_e2e::platform::Platform;
use serde_json::{Value, json};

use crate::node::{Client, Server};

pub(crate) const HOST: &str = "tools.localhost";

const DOCUMENTS: &str = r#"
[[group]]
id = "agents"
name = "Agents"

[[user]]
id = "alice"
name = "Alice"
department = "sales"

[[user]]
id = "bob"
name = "Bob"
department = "finance"

[[user]]
id = "olga"
name = "Olga"

[[user]]
id = "rita"
name = "Rita"
groups = ["auditors"]

[[user]]
id = "hana"
name = "Hana"
groups = ["helpdesk"]

[[group]]
id = "auditors"
name = "Auditors"

[[group]]
id = "helpdesk"
name = "Helpdesk"

[[workload]]
id = "assistant"
owner = "olga"
acts_for = "alice"
groups = ["agents"]

[[workload]]
id = "limited"
owner = "olga"
acts_for = "alice"
calls_per_hour = 3
groups = ["agents"]

[[workload]]
id = "of-finance"
owner = "olga"
acts_for = "bob"
groups = ["agents"]

[[workload]]
id = "job"
owner = "olga"
groups = ["agents"]

[[resource]]
id = "tools"
name = { en = "Customer tools", ja = "顧客ツール" }
kind = "mcp"
host = "tools.localhost"
upstream = "http://127.0.0.1:@PORT@"
sensitivity = 2
"#;

/// Agents of sales use all tools but one; sensitive numbers are no argument; money is sent under a grant.
const POLICY: &str = r#"
@id("agents-of-sales")
@obligation("dlp:mask")
permit (principal is Sekisho::Workload in Sekisho::Group::"agents", action, resource == Sekisho::Resource::"tools")
when { principal has acts_for && principal.acts_for has department && principal.acts_for.department == "sales" };

@id("no-agent-deletes")
@reason("Agents do not delete customers.")
@reason_ja("エージェントは顧客を削除できません。")
forbid (principal is Sekisho::Workload, action, resource == Sekisho::Resource::"tools")
when { context has request.tool && context.request.tool == "delete_customer" };

@id("no-cards-in-arguments")
@reason("Card numbers are not given to tools.")
@reason_ja("カード番号をツールに渡すことはできません。")
forbid (principal is Sekisho::Workload, action, resource == Sekisho::Resource::"tools")
when { context has request.tool_labels && context.request.tool_labels.contains("payment-card") };

@id("money-under-a-grant")
@reason("Money is sent with approval only.")
@reason_ja("送金には承認が必要です。")
forbid (principal is Sekisho::Workload, action, resource == Sekisho::Resource::"tools")
when { context has request.tool && context.request.tool == "send_money" }
unless { context has grant };
"#;

pub(crate) struct Place {
    pub(crate) platform: Platform,
    pub(crate) server: Server,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let server = Server::start().await;
        let platform = Platform::start(2).await.unwrap();
        let documents = DOCUMENTS.replace("@PORT@", &server.port.to_string());
        platform.apply(&[("tools.toml", &documents), ("tools.cedar", POLICY)]).await.unwrap();
        Self { platform, server }
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        self.platform.command(arguments).await.unwrap()
    }

    pub(crate) async fn token(&self, agent: &str) -> String {
        let answer = self.command(&["workload", "token", agent, "--days", "1"]).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    /// An agent, not yet connected.
    pub(crate) async fn agent(&self, agent: &str) -> Client {
        let token = self.token(agent).await;
        let url = format!("https://{HOST}:{}/mcp", self.platform.port());
        Client::new(&url, self.platform.authority(), &token)
    }

    /// An agent that is connected.
    pub(crate) async fn connected(&self, agent: &str) -> Client {
        let mut client = self.agent(agent).await;
        let said = client.ask(&json!(["connect"])).await;
        assert!(said.get("done").is_some(), "{said}");
        client
    }
}
