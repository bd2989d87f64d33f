//! The inputs of a form: each field with what was typed, what is wrong with it and what may be chosen.

use sekisho_control_plane::acts::table;
use sekisho_control_plane::display_name;
use sekisho_model::documents::Kind;
use sekisho_web::{Problem, access};

use crate::Context;
use crate::fields::{self, Field, Shape};
use crate::form::{self, Typed, Wrong};
use crate::refusal::said;

/// How many documents are shown as boxes to tick; more are typed.
const BOXES: u32 = 40;
/// How many documents are offered while somebody types.
const OFFERED: u32 = 200;

/// One field of a form.
pub(crate) struct Input {
    /// Its name and its `id` in the page.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    pub(crate) required: bool,
    pub(crate) error: Option<String>,
    pub(crate) control: Control,
}

/// How a field is filled in.
pub(crate) enum Control {
    /// The identifier of a document that is there.
    Fixed(String),
    /// A line.
    Line(String),
    /// A line, with suggestions.
    Offered(String, Vec<Offer>),
    /// A line in each language, with the names of their inputs.
    Bilingual([(String, String); 2]),
    /// A box to tick.
    Flag(bool),
    /// One of several.
    Choice(Vec<Offer>),
    /// Boxes to tick.
    Boxes(Vec<Offer>),
    /// Several lines.
    Lines(String),
    /// A name and a value: the name of the first input, its choices, and the value.
    Tagged(String, Vec<Offer>, String),
    /// A policy file.
    Policy(String),
}

/// Something to choose.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl Input {
    /// What describes the input, as `aria-describedby` says it.
    pub(crate) fn described(&self) -> String {
        let part = |is: bool, what: &str| if is { format!("{}-{what} ", self.name) } else { String::new() };
        let all = part(self.hint.is_some(), "hint") + &part(self.error.is_some(), "error");
        all.trim_end().to_owned()
    }
}

/// The inputs of a document. `fixed` is the identifier of one that is there.
pub(crate) async fn inputs(
    context: &Context,
    kind: Kind,
    fixed: Option<&str>,
    (typed, wrong): (&Typed, &[Wrong]),
) -> Result<Vec<Input>, Problem> {
    let mut inputs = Vec::new();
    let declared = fields::fields(kind).unwrap_or_default();
    if kind == Kind::Policy {
        inputs.push(identifier(context, fixed, typed, wrong));
    }
    for field in declared.iter().filter(|field| field.is_shown()) {
        let input = match field.shape {
            Shape::Identifier => identifier(context, fixed, typed, wrong),
            _ => Input { control: control(context, field, typed).await?, ..blank(context, field, wrong) },
        };
        inputs.push(input);
    }
    Ok(inputs)
}

fn blank(context: &Context, field: &Field, wrong: &[Wrong]) -> Input {
    let error = wrong.iter().find(|one| one.field == Some(field.name)).map(|one| said(context, &one.why));
    Input {
        name: form::input(field.name),
        label: context.say(field.label),
        hint: field.hint.map(|key| context.say(key)),
        required: field.required,
        error,
        control: Control::Line(String::new()),
    }
}

fn identifier(context: &Context, fixed: Option<&str>, typed: &Typed, wrong: &[Wrong]) -> Input {
    let error = wrong.iter().find(|one| one.field == Some("id")).map(|one| said(context, &one.why));
    let control = match fixed {
        Some(id) => Control::Fixed(id.to_owned()),
        None => Control::Line(typed.trimmed("id")),
    };
    let hint = fixed.is_none().then(|| context.say("hint-id"));
    Input { name: "id".to_owned(), label: context.say("field-id"), hint, required: true, error, control }
}

async fn control(context: &Context, field: &Field, typed: &Typed) -> Result<Control, Problem> {
    let name = form::input(field.name);
    let value = typed.get(&name).unwrap_or_default();
    Ok(match field.shape {
        Shape::Bilingual => Control::Bilingual(form::bilingual(field.name).map(|name| {
            let value = typed.get(&name).unwrap_or_default();
            (name, value)
        })),
        Shape::Flag => Control::Flag(!value.is_empty()),
        Shape::Choice(choices) => Control::Choice(choices.iter().map(|one| choice(context, one, &value)).collect()),
        Shape::Tagged(tags) => {
            let tag = form::tag(field.name);
            let chosen = typed.trimmed(&tag);
            Control::Tagged(tag, tags.iter().map(|(one, _)| choice(context, one, &chosen)).collect(), value)
        }
        Shape::Reference(kind) => Control::Offered(value, offered(context, kind, OFFERED, &[]).await?),
        Shape::References(kind) => {
            let chosen = typed.lines(&name);
            let offers = offered(context, kind, BOXES + 1, &chosen).await?;
            let are_all = chosen.iter().all(|one| offers.iter().any(|offer| offer.value == *one));
            match !offers.is_empty() && offers.len() <= BOXES as usize && are_all {
                true => Control::Boxes(offers),
                false => Control::Lines(chosen.join("\n")),
            }
        }
        Shape::List | Shape::Map | Shape::Pairs(..) | Shape::Structured => Control::Lines(value),
        Shape::Policy => Control::Policy(value),
        _ => Control::Line(value),
    })
}

fn choice(context: &Context, value: &str, chosen: &str) -> Offer {
    let key = format!("choice-{value}");
    let label = context.say(&key);
    // Numbers and names of products are their own labels.
    let label = if label == key { value.to_owned() } else { label };
    Offer { value: value.to_owned(), label, chosen: value == chosen }
}

/// The first documents of a kind, where the person may read them.
async fn offered(context: &Context, kind: Kind, most: u32, chosen: &[String]) -> Result<Vec<Offer>, Problem> {
    if !access::permits(context, &table::reading(kind)) {
        return Ok(Vec::new());
    }
    let documents = context.services.control_plane.store.list(kind, None, most).await?;
    let offer = |document: sekisho_store::Document| Offer {
        label: display_name(&document.body).unwrap_or_default(),
        chosen: chosen.contains(&document.id),
        value: document.id,
    };
    Ok(documents.into_iter().map(offer).collect())
}
