//! Answers one message: who asks, what is asked, what policies say, and only then where the answer comes from.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData};
use sekisho_domain_names::DomainName;
use sekisho_model::{PresentedDevice, Timestamp};
use sekisho_observation::{Answered, QuestionCounts};
use sekisho_policy_information::World;
use tokio::sync::watch;

use crate::answer::{Instead, from_server, instead};
use crate::cache::{Cache, Key};
use crate::decider::{Decider, Passes};
use crate::question::Question;
use crate::{Asker, Grounds, Upstreams};

/// The most names that an answer may lead to. A chain of aliases that is longer is not followed.
const MOST_ALIASES: usize = 16;

/// The resolver. Clones share it.
#[derive(Clone)]
pub struct Resolver(Arc<Inner>);

struct Inner {
    decider: Decider,
    upstreams: Upstreams,
    cache: Mutex<Cache>,
    counts: Arc<QuestionCounts>,
}

impl Resolver {
    /// A resolver that decides on these grounds, asks these servers and counts here.
    #[must_use]
    pub fn new(grounds: Grounds, upstreams: Upstreams, counts: Arc<QuestionCounts>) -> Self {
        Self(Arc::new(Inner { decider: Decider::new(grounds), upstreams, cache: Mutex::default(), counts }))
    }

    /// Who asks by that token, now.
    #[must_use]
    pub fn by_token(&self, token: &str) -> Option<Asker> {
        self.counted(Asker::by_token(&self.0.decider.world(), token, self.0.decider.now()))
    }

    /// Who asks by that device, now.
    #[must_use]
    pub fn by_device(&self, device: &PresentedDevice) -> Option<Asker> {
        self.counted(self.knows(device))
    }

    /// The same, without counting who is not known.
    pub(crate) fn knows(&self, device: &PresentedDevice) -> Option<Asker> {
        Asker::by_device(&self.0.decider.world(), device, self.0.decider.now())
    }

    pub(crate) fn worlds(&self) -> watch::Receiver<Arc<World>> {
        self.0.decider.worlds()
    }

    fn counted(&self, asker: Option<Asker>) -> Option<Asker> {
        if asker.is_none() {
            self.0.counts.add(Answered::Refused);
        }
        asker
    }

    /// The answer to a message; `None` for what is not answered at all.
    pub async fn answer(&self, asker: &Asker, from: IpAddr, message: &[u8]) -> Option<Vec<u8>> {
        let Inner { counts, .. } = &*self.0;
        let answer = match Question::read(message) {
            Err(refused) => {
                counts.add(Answered::Refused);
                *refused.answer?
            }
            Ok(question) => match self.resolve(asker, from, &question).await {
                Ok((answer, passes)) => {
                    counts.add(if passes == Passes::Unlisted { Answered::Unlisted } else { Answered::Permitted });
                    answer
                }
                Err(otherwise) => {
                    counts.add(if matches!(otherwise, Instead::Denied(..)) {
                        Answered::Denied
                    } else {
                        Answered::Failed
                    });
                    instead(&question, &otherwise)
                }
            },
        };
        answer.to_vec().ok()
    }

    async fn resolve(&self, asker: &Asker, from: IpAddr, question: &Question) -> Result<(Message, Passes), Instead> {
        let Inner { decider, .. } = &*self.0;
        // INVARIANT I-49: what is decided comes before the cache, so that no answer outlives the policy that permitted it.
        let mut passes = decider.passes(asker, from, &question.name).await?;
        let (fetched, age) = self.fetch(question, decider.now()).await?;
        for name in leads_to(&fetched).ok_or(Instead::Unreached)? {
            // INVARIANT I-49: a name that an answer leads to is asked about as if the client had named it.
            if decider.passes(asker, from, &name).await? == Passes::Permitted {
                passes = Passes::Permitted;
            }
        }
        Ok((from_server(question, &fetched, age), passes))
    }

    /// The answer from the cache, or from a server.
    async fn fetch(&self, question: &Question, now: Timestamp) -> Result<(Arc<Message>, u32), Instead> {
        let Inner { upstreams, cache, .. } = &*self.0;
        let key = Key::of(question);
        if let Some(kept) = cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key, now) {
            return Ok(kept);
        }
        let mut fetched = upstreams.fetch(question).await.ok_or(Instead::Unreached)?;
        // What server and we agreed on for one connection is nobody else's.
        fetched.edns = None;
        let fetched = Arc::new(fetched);
        cache.lock().unwrap_or_else(PoisonError::into_inner).put(key, &fetched, now);
        Ok((fetched, 0))
    }
}

/// The names that an answer leads to by alias; `None` when they are too many.
fn leads_to(answer: &Message) -> Option<Vec<DomainName>> {
    let targets = answer.answers.iter().filter_map(|record| match &record.data {
        RData::CNAME(target) => Some(&target.0),
        RData::HTTPS(service) => Some(&service.0.target_name),
        RData::SVCB(service) => Some(&service.target_name),
        _ => None,
    });
    let names: Vec<DomainName> = targets.filter_map(|name: &Name| DomainName::from_labels(name.iter())).collect();
    (names.len() <= MOST_ALIASES).then_some(names)
}
