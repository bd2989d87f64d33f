//! Loading: files to checked, compiled policies, or to every problem that was found.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use cedar_policy::pst::Policy as Tree;
use cedar_policy::{Policy, PolicyId as Label, PolicySet, ValidationMode};
use miette::Diagnostic;
use sekisho_model::facts::Interner;
use sekisho_model::{Action, Name, PolicyId};

use crate::index::Index;
use crate::literal::Literals;
use crate::lower::Lowering;
use crate::policies::{Compiled, Policies};
use crate::program_builder::ProgramBuilder;
use crate::refusal::Refusal;
use crate::{Effect, PolicyMeta, PolicyProblem, PolicyText, annotations, scan, schema, scope};

/// A policy that parsed, with its place.
struct Parsed<'a> {
    file: &'a PolicyText,
    offset: usize,
    policy: Policy,
    meta: PolicyMeta,
}

/// Loads a set. Recurses as deep as the scanner allows: call it on a thread with a large stack.
pub(crate) fn load(texts: &[PolicyText], interner: &Interner) -> Result<Policies, Vec<PolicyProblem>> {
    let mut problems = Vec::new();
    let parsed = parse_all(texts, &mut problems);
    let invalid = validate(&parsed, &mut problems);
    let mut program = ProgramBuilder::default();
    let mut literals = Literals::default();
    let mut compiled = Vec::with_capacity(parsed.len());
    for one in parsed.iter().filter(|one| !invalid.contains(&one.meta.id)) {
        let mut lowering = Lowering { program: &mut program, interner, literals: &mut literals };
        match compile(one, &mut lowering) {
            Ok(policy) => compiled.push(policy),
            Err(refusal) => problems.push(problem(one.file, one.offset, refusal)),
        }
    }
    if !problems.is_empty() {
        problems.sort_by(|a, b| (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message)));
        // What the validator finds for each action anew is one thing to mend.
        problems.dedup_by(|a, b| {
            (&a.file, a.line, a.column) == (&b.file, b.line, b.column)
                && without_action(&a.message) == without_action(&b.message)
        });
        return Err(problems);
    }
    if let Err(refusal) = scope::name_actions(interner) {
        return Err(vec![nowhere(refusal.message)]);
    }
    let index = Index::new(&compiled);
    let (metas, reference) = parsed.into_iter().map(|one| (one.meta, one.policy)).unzip();
    Ok(Policies::new(metas, compiled, program.finish(), index, reference))
}

fn parse_all<'a>(texts: &'a [PolicyText], problems: &mut Vec<PolicyProblem>) -> Vec<Parsed<'a>> {
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
            let Some(one) = parse(file, *statement, number, line, problems) else { continue };
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

fn parse<'a>(
    file: &'a PolicyText,
    statement: scan::Statement<'_>,
    number: usize,
    line: usize,
    problems: &mut Vec<PolicyProblem>,
) -> Option<Parsed<'a>> {
    let policy = match Policy::parse(None, statement.text) {
        Ok(policy) => policy,
        Err(errors) => {
            let fix = |said: &str| match said.contains("unexpected end of input") {
                true => "correct the syntax: every policy ends with `;`, and every bracket is closed",
                false => "correct the syntax",
            };
            let told = errors.iter().map(|error| diagnosed(file, statement.offset, error, fix(&error.to_string())));
            problems.extend(told);
            return None;
        }
    };
    // With a wrong annotation it is still validated, so that an author reads everything at once; the set is refused all the same.
    let (notes, wrong) = annotations::read(&policy);
    problems.extend(wrong.into_iter().map(|refusal| problem(file, statement.offset, refusal)));
    let id = match notes.id.map_or_else(|| default_id(&file.name, number), Ok) {
        Ok(id) => id,
        Err(refusal) => {
            problems.push(problem(file, statement.offset, refusal));
            return None;
        }
    };
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
    Some(Parsed { file, offset: statement.offset, policy: policy.new_id(Label::new(id.as_str())), meta })
}

/// Strict validation of every policy against the schema. Returns the policies that fail.
fn validate(parsed: &[Parsed<'_>], problems: &mut Vec<PolicyProblem>) -> BTreeSet<PolicyId> {
    let mut invalid = BTreeSet::new();
    let validator = match schema::validator() {
        Ok(validator) => validator,
        Err(error) => {
            problems.push(nowhere(format!("the schema does not parse: {error}")));
            return invalid;
        }
    };
    let set = match PolicySet::from_policies(parsed.iter().map(|one| one.policy.clone())) {
        Ok(set) => set,
        Err(error) => {
            problems.push(nowhere(error.to_string()));
            return invalid;
        }
    };
    let by_id: BTreeMap<&str, &Parsed<'_>> = parsed.iter().map(|one| (one.meta.id.as_str(), one)).collect();
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
    invalid
}

fn compile(one: &Parsed<'_>, lowering: &mut Lowering<'_>) -> Result<Compiled, Refusal> {
    let tree = one.policy.to_pst().map_err(|error| Refusal::new(error.to_string(), "write the policy another way"))?;
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
    problem(file, offset + within, Refusal::new(error.to_string(), fix))
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
