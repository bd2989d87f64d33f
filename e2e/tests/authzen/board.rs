//! A board of tasks: whoever is on it reads, editors make tasks and change their own, the keeper changes all.

use std::fmt::Write as _;

use sekisho_e2e::Trouble;
use sekisho_e2e::peer::{Caller, Told};
use sekisho_e2e::platform::Platform;
use serde_json::{Value, json};

const POLICIES: &str = "@id(\"board-read\")
permit (principal in Sekisho::Group::\"board\", action == Sekisho::Action::\"read\", resource in Sekisho::Category::\"board\");

@id(\"board-make\")
@obligation(\"record\")
permit (principal in Sekisho::Group::\"editors\", action == Sekisho::Action::\"write\", resource in Sekisho::Category::\"lists\");

@id(\"board-own\")
permit (principal in Sekisho::Group::\"editors\", action, resource in Sekisho::Category::\"tasks\")
when { resource has owner && resource.owner == principal };

@id(\"board-keep\")
permit (principal in Sekisho::Group::\"keepers\", action, resource in Sekisho::Category::\"board\");

@id(\"routes-edit\")
permit (principal in Sekisho::Group::\"editors\", action, resource in Sekisho::Category::\"routes\");
";

/// The users, in the order of their rights: the keeper, two editors, two readers.
pub(crate) const USERS: [&str; 5] = ["aoi", "ren", "yui", "sora", "mio"];

/// What an application calls the users, and the things on the board.
pub(crate) struct Board {
    pub people: [String; 5],
    /// The list in which tasks are made.
    pub list: String,
    /// The tasks, each with the place of its owner among the users.
    pub tasks: Vec<(String, usize)>,
    /// What it calls the entries about people.
    pub entries: Vec<String>,
    /// The routes of a gateway: those to read, and those to change something.
    pub routes: Vec<String>,
}

/// The board, on a running platform, with the application that may ask for it.
pub(crate) struct Scene {
    pub platform: Platform,
    pub application: Caller,
}

impl Board {
    /// The board of our own cases.
    pub(crate) fn own() -> Self {
        Self {
            people: ["P-01", "P-02", "P-03", "P-04", "P-05"].map(str::to_owned),
            list: "inbox".to_owned(),
            tasks: (0..5).map(|owner| (format!("task-{owner}"), owner)).collect(),
            entries: USERS.iter().map(|user| format!("{user}@board.example")).collect(),
            routes: ["/people/{id}", "/tasks", "/tasks/{id}"].map(str::to_owned).into(),
        }
    }

    /// Everything made on a new platform.
    pub(crate) async fn scene(&self) -> Result<Scene, Trouble> {
        let platform = Platform::start(1).await?;
        platform.apply(&[("board.toml", &self.documents()), ("board.cedar", POLICIES)]).await?;
        let application = Caller::with_token(&platform, "board").await?;
        Ok(Scene { platform, application })
    }

    fn documents(&self) -> String {
        let mut text = String::new();
        for group in ["board", "editors", "keepers"] {
            writeln!(text, "[[group]]\nid = \"{group}\"\nname = \"{group}\"").unwrap();
        }
        for (at, user) in USERS.into_iter().enumerate() {
            let groups = ["\"board\", \"editors\", \"keepers\"", "\"board\", \"editors\"", "\"board\""][at.div_ceil(2)];
            writeln!(text, "[[user]]\nid = \"{user}\"\nname = \"{user}\"\ngroups = [{groups}]").unwrap();
        }
        let mut resources = Vec::new();
        let mut resource = |id: &str, categories: &str, more: &str| {
            resources.push(format!("\"{id}\""));
            format!(
                "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\ncategories = [\"board\", {categories}]\n{more}"
            )
        };
        text += &resource(&self.list, "\"lists\"", "");
        for (task, owner) in &self.tasks {
            text += &resource(task, "\"tasks\"", &format!("owner = \"{}\"\n", USERS[*owner]));
        }
        for entry in &self.entries {
            text += &resource(entry, "\"entries\"", "");
        }
        for at in 0..self.routes.len() {
            text += &resource(&format!("route-{at}"), "\"routes\"", "");
        }
        text += "[[resource]]\nid = \"elsewhere\"\nname = { en = \"elsewhere\" }\ncategories = [\"board\"]\n";
        writeln!(
            text,
            "[[enforcement-point]]\nid = \"board\"\nspeaks = \"authzen\"\nresources = [{}]",
            resources.join(", ")
        )
        .unwrap();
        let routes = self.routes.iter().enumerate();
        let routes = routes.map(|(at, id)| format!("{{ type = \"route\", id = \"{id}\", resource = \"route-{at}\" }}"));
        let kinds = ["todo", "user"].map(|kind| format!("{{ type = \"{kind}\" }}")).into_iter();
        writeln!(text, "names = [{}]", kinds.chain(routes).collect::<Vec<_>>().join(", ")).unwrap();
        text += "[enforcement-point.actions]\ncan_read_user = \"read\"\ncan_read_todos = \"read\"\n\
            can_create_todo = \"write\"\ncan_update_todo = \"write\"\ncan_delete_todo = \"delete\"\n";
        text += "[enforcement-point.subjects]\n";
        for (name, user) in self.people.iter().zip(USERS) {
            writeln!(text, "\"{name}\" = \"{user}\"").unwrap();
        }
        text
    }
}

impl Scene {
    /// The answer to one evaluation.
    pub(crate) async fn evaluate(&self, subject: &str, action: &str, kind: &str, id: &str) -> Told {
        self.application.post("/access/v1/evaluation", &question(subject, action, kind, id)).await.unwrap()
    }
}

/// One evaluation.
pub(crate) fn question(subject: &str, action: &str, kind: &str, id: &str) -> Value {
    json!({
        "subject": { "type": "user", "id": subject },
        "action": { "name": action },
        "resource": { "type": kind, "id": id },
    })
}
