//! Accounts from a CSV file: what would change is shown first, and applied together or not at all.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use http::StatusCode;
use sekisho_control_plane::acts::table;
use sekisho_control_plane::{Desired, StepChange};
use sekisho_model::documents::Kind;
use sekisho_web::page::Page;
use sekisho_web::{Access, Problem, answer};

use crate::acting::{actor, current, demand};
use crate::csv_users::{self, COLUMNS, Fault, FaultWhy};
use crate::form::Typed;
use crate::impact::ImpactView;
use crate::{Context, Routes, refusal};

/// How many rows a file may have. Larger ones are applied by command.
const MOST_ROWS: usize = 1_000;
/// Writing accounts.
const PUT: sekisho_capability::ActSpec = table::putting(Kind::User);

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/console/import/users", Access::Act(table::USERS_READ), begin).post(
        "/console/import/users",
        Access::Act(PUT),
        import,
    )
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    page: Page,
    columns: String,
    state: State,
}

/// How far an import has come.
#[derive(Default)]
struct State {
    text: String,
    faults: Vec<FaultView>,
    problems: Vec<String>,
    planned: Option<PlannedView>,
    done: Option<usize>,
}

struct FaultView {
    line: u64,
    column: String,
    why: String,
}

struct PlannedView {
    made: Vec<String>,
    changed: Vec<(String, String)>,
    unchanged: usize,
    impact: ImpactView,
}

async fn begin(context: Context) -> Result<Response, Problem> {
    demand(&context, &PUT, None).await?;
    shown(&context, State::default())
}

async fn import(context: Context, Form(typed): Form<Vec<(String, String)>>) -> Result<Response, Problem> {
    demand(&context, &table::USERS_READ, None).await?;
    let typed = Typed(typed);
    let text = typed.get("csv").unwrap_or_default();
    let with_faults = |faults: Vec<Fault>| State {
        text: text.clone(),
        faults: faults.into_iter().map(|fault| view(&context, fault)).collect(),
        ..State::default()
    };
    let rows = match csv_users::read(&text) {
        Ok(rows) if rows.len() <= MOST_ROWS => rows,
        Ok(_) => return Err(Problem::TooLarge),
        Err(faults) => return shown(&context, with_faults(faults)),
    };
    let (mut desired, mut faults) = (Vec::new(), Vec::new());
    for row in rows {
        let now = current(&context, Kind::User, &row.id).await?;
        match row.body(now.as_ref().map(|now| &now.body)) {
            Ok(body) => {
                let origin = format!("csv:{}", row.line);
                desired.push(Desired { kind: Kind::User, id: row.id, body, origin });
            }
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return shown(&context, with_faults(faults));
    }
    let with_problems = |error| {
        let wrong = refusal::wrong(Kind::User, error)?;
        let problems = wrong.iter().map(|one| refusal::said(&context, &one.why)).collect();
        shown(&context, State { text: text.clone(), problems, ..State::default() })
    };
    let control_plane = &context.services.control_plane;
    let plan = match control_plane.plan(&desired, false).await {
        Ok(plan) => plan,
        Err(error) => return with_problems(error),
    };
    if typed.get("confirmed").is_some() {
        return match control_plane.execute(&plan, actor(&context)?).await {
            Ok(_) => shown(&context, State { done: Some(plan.steps.len()), ..State::default() }),
            Err(error) => with_problems(error),
        };
    }
    let of = |change| plan.steps.iter().filter(move |step| step.change == change);
    let planned = PlannedView {
        made: of(StepChange::Create).map(|step| step.id.clone()).collect(),
        changed: of(StepChange::Update).map(|step| (step.id.clone(), step.fields.join(", "))).collect(),
        unchanged: plan.unchanged,
        impact: ImpactView::of(&context, &plan),
    };
    shown(&context, State { text, planned: Some(planned), ..State::default() })
}

fn view(context: &Context, fault: Fault) -> FaultView {
    let why = match fault.why {
        FaultWhy::Key(key) => context.say(key),
        FaultWhy::Said(text) => text,
    };
    FaultView { line: fault.line, column: fault.column, why }
}

fn shown(context: &Context, state: State) -> Result<Response, Problem> {
    let status = match state.faults.is_empty() && state.problems.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let columns = COLUMNS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    let frame = Page { scripts: &["csv.js"], ..context.page() };
    answer::html_at(status, &ImportPage { page: frame, columns, state })
}
