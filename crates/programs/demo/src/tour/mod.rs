//! What the demo tells a newcomer: what to open, and what to try; in Japanese where the environment asks for it.

mod english;
mod japanese;

use sekisho_model::Language;
use serde_json::{Value, json};

use crate::organisation::SignIn;
use crate::scene::Scene;

type Links = [(&'static str, &'static str, Option<String>)];

/// The addresses and links for programs.
pub(crate) fn addresses(scene: &Scene, links: &Links) -> Value {
    let links: serde_json::Map<String, Value> =
        links.iter().map(|(person, _, link)| ((*person).to_owned(), json!(link))).collect();
    json!({
        "portal": scene.portal(), "wiki": scene.wiki(), "payroll": scene.payroll(), "data": scene.folder(),
        "authority": scene.authority_file(), "agent": scene.agent_address().to_string(), "links": links,
        "forbidden_port": scene.forbidden_port(), "pages": scene.pages(),
    })
}

/// The same for people.
pub(crate) fn text(scene: &Scene, links: &Links, sign_in: SignIn) -> String {
    let place = Place { scene, links, sign_in, program: sekisho() };
    match sekisho_terminal::language() {
        Language::Japanese => japanese::text(&place),
        Language::English => english::text(&place),
    }
}

/// What the tour names.
struct Place<'a> {
    scene: &'a Scene,
    /// Each person, what they may do, and the link by which they begin; `None` for who has a sign-in method.
    links: &'a Links,
    sign_in: SignIn,
    /// The program `sekisho`.
    program: String,
}

/// The path of the `sekisho` that was built beside this program: `cargo demo` puts none on the search path.
fn sekisho() -> String {
    let beside = std::env::current_exe().map(|this| this.with_file_name("sekisho"));
    beside.ok().filter(|path| path.is_file()).map_or_else(|| "sekisho".to_owned(), |path| path.display().to_string())
}
