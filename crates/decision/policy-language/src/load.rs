//! Loading: files to checked, compiled policies, or to every problem that was found.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::pst::Policy as Tree;
use cedar_policy::{Policy, PolicyId as Label, PolicySet, ValidationMode};
use miette::Diagnostic;
use sekisho_model::facts::Interner;
use sekisho_model::{Action, Name, PolicyId, is_shown};

use crate::compiled::Compiled;
use crate::kept::{Kept, Known};
use crate::literal::Literals;
use crate::lower::Lowering;
use crate::policies::{Checked, Policies};
use crate::program_builder::ProgramBuilder;
use crate::refusal::Refusal;
use crate::{Effect, PolicyMeta, PolicyProblem, PolicyText, annotations, scan, schema, scope, warnings};

/// A policy that parsed, with its place.
struct Parsed<'a> {
    file: &'a PolicyText,
    offset: usize,
    policy: Policy,
    meta: PolicyMeta,
    /// The tree of a policy that was loaded before.
    known: Option<Arc<Tree>>,
}

/// Where a set comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody wrote it: a set with a problem is refused whole.
    Written,
    /// It was in force, and perhaps another version took it: a permit with an annotation that this one does not know permits nothing, a
    /// forbid forbids as ever, and the others are not held up.
    Stored,
}

/// Loads a set in the place of another one. Recurses as deep as the scanner allows: call it on a thread with a large stack.
pub(crate) fn load(
    before: &Policies,
    texts: &[PolicyText],
    interner: &Interner,
    origin: Origin,
) -> Result<Policies, Vec<PolicyProblem>> {
    let (mut problems, mut unknown) = (Vec::new(), Unknown::default());
    let mut parsed = parse_all(&Kept::of(before), texts, &mut problems, &mut unknown);
    match origin {
        Origin::Written => problems.append(&mut unknown.problems),
        Origin::Stored => {
            parsed.retain(|one| one.meta.effect == Effect::Forbid || !unknown.policies.contains(&one.meta.id));
        }
    }
    let (invalid, mut warnings) = validate(&parsed, &mut problems);
    let mut program = ProgramBuilder::default();
    let mut literals = Literals::default();
    let (mut checked, mut compiled) = (Checked::default(), Vec::with_capacity(parsed.len()));
    for one in parsed.into_iter().filter(|one| !invalid.contains(&one.meta.id)) {
        let mut lowering = Lowering { program: &mut program, interner, literals: &mut literals };
        match tree(&one).and_then(|tree| Ok((compile(&one, &tree, &mut lowering)?, tree))) {
            Ok((policy, tree)) => {
                compiled.push(policy);
                checked.metas.push(one.meta);
                checked.reference.push(one.policy);
                checked.trees.push(Some(tree));
            }
            Err(refusal) => problems.push(problem(one.file, one.offset, refusal)),
        }
    }
    if !problems.is_empty() {
        problems.append(&mut unknown.problems);
        return Err(in_order(problems));
    }
    if let Err(refusal) = scope::name_actions(interner) {
        return Err(vec![nowhere(refusal.message)]);
    }
    let program = program.finish();
    for (meta, tree) in checked.metas.iter().zip(&mut checked.trees) {
        if warnings.contains_key(&meta.id) || unknown.policies.contains(&meta.id) {
            *tree = None;
        }
    }
    let mut all: Vec<PolicyProblem> = std::mem::take(&mut warnings).into_values().flatten().collect();
    all.extend(warnings::closing(&checked.metas, &compiled, &program));
    Ok(Policies::new(checked, compiled, program, in_order(all)).without(in_order(unknown.problems)))
}

/// In order of file and place, each once: what the validator finds again for each action is one thing to mend.
fn in_order(mut found: Vec<PolicyProblem>) -> Vec<PolicyProblem> {
    found.sort_by(|a, b| (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message)));
    found.dedup_by(|a, b| {
        (&a.file, a.line, a.column) == (&b.file, b.line, b.column)
            && without_action(&a.message) == without_action(&b.message)
    });
    found
}

/// Policies with an annotation that this version does not know.
#[derive(Default)]
struct Unknown {
    policies: BTreeSet<PolicyId>,
    problems: Vec<PolicyProblem>,
}

fn parse_all<'a>(
    kept: &Kept<'_>,
    texts: &'a [PolicyText],
    problems: &mut Vec<PolicyProblem>,
    unknown: &mut Unknown,
) -> Vec<Parsed<'a>> {
    let mut parsed = Vec::new();
    let mut places: BTreeMap<PolicyId, (String, usize)> = BTreeMap::new();
    for file in texts {
        let statements = match scan::statements(&file.text) {
            Ok(statements) => statements,
            Err(found) => {
                problems.push(problem(file, found.offset, Refusal::new(found.message, found.fix)));
                continue;
            }
        };
        let (mut line, mut counted) = (1, 0);
        for (number, statement) in statements.iter().enumerate() {
            line += file.text.get(counted..statement.offset).unwrap_or("").matches('\n').count();
            counted = statement.offset;
            let known = kept.find(statement.text).and_then(|known| placed(known, file, *statement, number, line));
            let Some(one) = known.or_else(|| parse(file, *statement, number, line, (problems, unknown))) else {
                continue;
            };
            let place = (one.meta.file.clone(), one.meta.line);
            if let Some((other, line)) = places.insert(one.meta.id.clone(), place) {
                let message = format!("the policy `{}` is also in {other}, line {line}", one.meta.id);
                let refusal = Refusal::new(message, "give each policy its own @id");
                problems.push(problem(file, statement.offset, refusal));
            } else {
                parsed.push(one);
            }
        }
    }
    parsed
}

/// A policy that was loaded before, at its place now.
fn placed<'a>(
    known: Known<'_>,
    file: &'a PolicyText,
    statement: scan::Statement<'_>,
    number: usize,
    line: usize,
) -> Option<Parsed<'a>> {
    let id = match known.policy.annotation("id") {
        Some(_) => known.meta.id.clone(),
        None => default_id(&file.name, number).ok()?,
    };
    let policy = if id == known.meta.id { known.policy.clone() } else { known.policy.new_id(Label::new(id.as_str())) };
    let meta = PolicyMeta { id, file: file.name.clone(), line, ..known.meta.clone() };
    Some(Parsed { file, offset: statement.offset, policy, meta, known: Some(Arc::clone(known.tree)) })
}

fn parse<'a>(
    file: &'a PolicyText,
    statement: scan::Statement<'_>,
    number: usize,
    line: usize,
    (problems, unknown): (&mut Vec<PolicyProblem>, &mut Unknown),
) -> Option<Parsed<'a>> {
    let policy = match Policy::parse(None, statement.text) {
        Ok(policy) => policy,
        Err(errors) => {
            let told =
                errors.iter().map(|error| diagnosed(file, statement.offset, error, syntax_fix(&error.to_string())));
            problems.extend(told);
            return None;
        }
    };
    // With a wrong annotation it is still validated, so that an author reads everything at once; the set is refused all the same.
    let (notes, wrong) = annotations::read(&policy);
    problems.extend(wrong.problems.into_iter().map(|refusal| problem(file, statement.offset, refusal)));
    let is_unknown = !wrong.unknown.is_empty();
    unknown.problems.extend(wrong.unknown.into_iter().map(|refusal| problem(file, statement.offset, refusal)));
    let id = match notes.id.map_or_else(|| default_id(&file.name, number), Ok) {
        Ok(id) => id,
        Err(refusal) => {
            problems.push(problem(file, statement.offset, refusal));
            return None;
        }
    };
    if is_unknown {
        unknown.policies.insert(id.clone());
    }
    let meta = PolicyMeta {
        id: id.clone(),
        file: file.name.clone(),
        line,
        effect: match policy.effect() {
            cedar_policy::Effect::Permit => Effect::Permit,
            cedar_policy::Effect::Forbid => Effect::Forbid,
        },
        report_only: notes.report_only,
        reason: notes.reason,
        obligations: notes.obligations,
        text: statement.text.to_owned(),
    };
    Some(Parsed { file, offset: statement.offset, policy: policy.new_id(Label::new(id.as_str())), meta, known: None })
}

/// What to do about an error of the parser.
fn syntax_fix(said: &str) -> &'static str {
    if said.contains("unexpected end of input") {
        return "correct the syntax: every policy ends with `;`, and every bracket is closed";
    }
    if said.contains("set of entity uids") {
        return "a scope takes one entity for the principal and one for the resource: keep the other two parts as they are, write only \
                `principal` (or only `resource`) in the place of the list, and add the list as a condition, for example \
                `when { principal in [Sekisho::Group::\"a\", Sekisho::Group::\"b\"] }`";
    }
    "correct the syntax"
}

/// What is warned of, by policy.
type Warned = BTreeMap<PolicyId, Vec<PolicyProblem>>;

/// Strict validation of every new policy against the schema. Returns the policies that fail, and what is warned of in the others.
fn validate(parsed: &[Parsed<'_>], problems: &mut Vec<PolicyProblem>) -> (BTreeSet<PolicyId>, Warned) {
    let (mut invalid, mut warned) = (BTreeSet::new(), Warned::new());
    let parsed: Vec<&Parsed<'_>> = parsed.iter().filter(|one| one.known.is_none()).collect();
    let validator = match schema::validator() {
        Ok(validator) => validator,
        Err(error) => {
            problems.push(nowhere(format!("the schema does not parse: {error}")));
            return (invalid, warned);
        }
    };
    let set = match PolicySet::from_policies(parsed.iter().map(|one| one.policy.clone())) {
        Ok(set) => set,
        Err(error) => {
            problems.push(nowhere(error.to_string()));
            return (invalid, warned);
        }
    };
    let by_id: BTreeMap<&str, &Parsed<'_>> = parsed.iter().map(|one| (one.meta.id.as_str(), *one)).collect();
    let result = validator.validate(&set, ValidationMode::Strict);
    for error in result.validation_errors() {
        let fix = "write what the schema has: types, attributes and actions are listed in sekisho.cedarschema";
        match by_id.get(AsRef::<str>::as_ref(error.policy_id())) {
            Some(one) => {
                problems.push(diagnosed(one.file, one.offset, error, fix));
                invalid.insert(one.meta.id.clone());
            }
            None => problems.push(nowhere(error.to_string())),
        }
    }
    for warning in result.validation_warnings() {
        if let Some(one) = by_id.get(AsRef::<str>::as_ref(warning.policy_id())) {
            let warning = diagnosed(one.file, one.offset, warning, warnings::fix(warning));
            warned.entry(one.meta.id.clone()).or_default().push(warning);
        }
    }
    (invalid, warned)
}

/// The syntax tree of a policy.
fn tree(one: &Parsed<'_>) -> Result<Arc<Tree>, Refusal> {
    let made = || one.policy.to_pst().map(Arc::new);
    let tree = one.known.clone().map_or_else(made, Ok);
    tree.map_err(|error| Refusal::new(error.to_string(), "write the policy another way"))
}

fn compile(one: &Parsed<'_>, tree: &Tree, lowering: &mut Lowering<'_>) -> Result<Compiled, Refusal> {
    let Tree::Static(tree) = tree else {
        return Err(Refusal::new("a template is not a policy", "name the entities instead of slots"));
    };
    let body = tree.body();
    Ok(Compiled {
        scope: scope::lower(&body.principal, &body.action, &body.resource, lowering.interner)?,
        condition: lowering.clauses(body.clauses())?,
        effect: one.meta.effect,
        report_only: one.meta.report_only,
    })
}

/// `payroll.cedar`, the second policy: `payroll.2`.
fn default_id(file: &str, number: usize) -> Result<PolicyId, Refusal> {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.strip_suffix(".cedar").unwrap_or(stem).to_lowercase();
    let stem: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let name = Name::from_str(&format!("{stem}.{}", number + 1));
    name.map(PolicyId::from)
        .map_err(|error| Refusal::new(format!("the file's name is no identifier: {error}"), "add an @id"))
}

fn problem(file: &PolicyText, offset: usize, refusal: Refusal) -> PolicyProblem {
    let (line, column) = position(&file.text, offset);
    PolicyProblem { file: file.name.clone(), line, column, message: refusal.message, fix: refusal.fix }
}

/// A problem that the crate found, placed by its first label, with its own advice where it has one.
fn diagnosed(file: &PolicyText, offset: usize, error: &(dyn Diagnostic + '_), fix: &str) -> PolicyProblem {
    let within = error.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
    let fix = error.help().map_or_else(|| fix.to_owned(), |help| help.to_string());
    problem(file, offset + within, Refusal::new(shown(&error.to_string()), shown(&fix)))
}

/// A text of the crate's, which repeats what the author wrote: without what steers a terminal or turns the order of letters.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(' '),
            c if is_shown(c) => shown.push(c),
            c => shown.extend(c.escape_unicode()),
        }
    }
    shown
}

/// A message of the validator without the action that it was found for.
fn without_action(message: &str) -> String {
    Action::ALL.into_iter().fold(message.to_owned(), |message, action| {
        message.replace(&format!(" for Sekisho::Action::\"{}\"", action.name()), "")
    })
}

fn nowhere(message: String) -> PolicyProblem {
    PolicyProblem { file: String::new(), line: 1, column: 1, message, fix: "report this".to_owned() }
}

/// The line and column of a byte, both from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}
