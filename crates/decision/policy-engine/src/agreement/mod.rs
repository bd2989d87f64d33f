//! The engine against the reference: random policies, random facts, random requests, the same answer for the same reasons.

mod edges;
mod grammar;
mod rng;
mod stability;
mod town;

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Entities, PolicySet, Request};
use proptest::test_runner::{Config, TestRunner};
use sekisho_model::PolicyId;
use sekisho_model::facts::Handle;
use sekisho_policy_language::{Policies, PolicyText};

use crate::ask::{Answer, ask};
use crate::reference::{self, Reply};
use crate::situation::Posture;
use grammar::Writer;
use rng::Rng;
use town::{Errand, Town};

/// A town with requests, in our terms and in the reference's.
struct Scene {
    town: Town,
    errands: Vec<(Errand, Request)>,
    entities: BTreeMap<(Option<Handle>, bool), Entities>,
}

impl Scene {
    fn new(seed: u64, errands: usize) -> Self {
        let mut rng = Rng(seed);
        let town = Town::new(&mut rng);
        let mut entities = BTreeMap::new();
        let errands = (0..errands)
            .map(|_| {
                let errand = town.errand(&mut rng);
                let question = errand.question(&town);
                entities
                    .entry(view(&errand))
                    .or_insert_with(|| reference::entities(&question, town.handles.iter().copied()).expect("entities"));
                let request = reference::request(&question).expect("a request");
                (errand, request)
            })
            .collect();
        Self { town, errands, entities }
    }
}

/// What the entities look like depends on whose posture may be read.
fn view(errand: &Errand) -> (Option<Handle>, bool) {
    (errand.situation.device, matches!(errand.situation.posture, Posture::Fresh(_)))
}

/// A random policy set. What strict validation refuses is left out.
fn policies(rng: &mut Rng, town: &Town, count: usize) -> Policies {
    let mut lines: Vec<String> = (0..count).map(|number| Writer::new(rng).policy(number)).collect();
    loop {
        let texts = [PolicyText { name: "random.cedar".to_owned(), text: lines.join("\n") }];
        match Policies::load(&texts, town.facts.interner()) {
            Ok(policies) => return policies,
            Err(problems) => {
                let refused: BTreeSet<usize> = problems.iter().map(|problem| problem.line).collect();
                assert!(
                    refused.len() * 3 <= count,
                    "the grammar is wrong: {}\n{}",
                    problems[0],
                    lines[problems[0].line - 1]
                );
                let kept = (1..).zip(lines).filter(|(line, _)| !refused.contains(line));
                lines = kept.map(|(_, line)| line).collect();
            }
        }
    }
}

fn ids(policies: &Policies, places: &[u32]) -> BTreeSet<PolicyId> {
    places.iter().map(|place| policies.at(*place).expect("a policy").id.clone()).collect()
}

/// Our answer in the reference's terms.
fn as_reply(policies: &Policies, answer: &Answer) -> Reply {
    let determining = if answer.forbids.is_empty() { &answer.permits } else { &answer.forbids };
    Reply {
        allows: answer.forbids.is_empty() && !answer.permits.is_empty(),
        determining: ids(policies, determining),
        errors: ids(policies, &answer.errors),
    }
}

fn enforced(policies: &Policies) -> PolicySet {
    let enforced = policies.metas().iter().zip(policies.reference()).filter(|(meta, _)| !meta.report_only);
    PolicySet::from_policies(enforced.map(|(_, policy)| policy.clone())).expect("a set")
}

#[test]
fn i2_i3_the_answer_and_its_policies_are_the_references() {
    const SETS: u32 = 420;
    const POLICIES: usize = 10;
    const ERRANDS: usize = 250;
    let scenes: Vec<Scene> = (0..4).map(|n| Scene::new(n * 7919, ERRANDS)).collect();
    let (mut cases, mut permits, mut denials, mut failing) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut runner = TestRunner::new(Config { cases: SETS, failure_persistence: None, ..Config::default() });
    let counts = std::cell::RefCell::new((&mut cases, &mut permits, &mut denials, &mut failing));
    let result = runner.run(&proptest::num::u64::ANY, |seed| {
        let mut rng = Rng(seed);
        let scene = &scenes[rng.below(scenes.len())];
        let policies = policies(&mut rng, &scene.town, POLICIES);
        let set = enforced(&policies);
        for (errand, request) in &scene.errands {
            let question = errand.question(&scene.town);
            let answer = ask(&policies, question);
            let reply = reference::ask(&set, request, &scene.entities[&view(errand)]).expect("a reply");
            assert_eq!(as_reply(&policies, &answer), reply, "{:#?}\n{question:?}", policies.metas());
            assert_eq!(answer.is_permit(), reply.allows && reply.errors.is_empty());
            let mut counts = counts.borrow_mut();
            *counts.0 += 1;
            *counts.1 += u64::from(answer.is_permit());
            *counts.2 += u64::from(!answer.forbids.is_empty());
            *counts.3 += u64::from(!answer.errors.is_empty());
        }
        Ok(())
    });
    result.expect("the engine agrees with the reference");
    println!("agreement: {cases} cases, {permits} permitted, {denials} forbidden, {failing} with a failing policy");
    assert!(cases >= 100_000 && permits > cases / 20 && denials > cases / 20 && failing > cases / 100);
}
