//! Workloads and credentials as routes and pages show them, from the World.

use sekisho_model::documents::{Workload, WorkloadTrust};
use sekisho_model::{Timestamp, WorkloadId, is_live};
use sekisho_policy_information::{CredentialOrigin, WorkloadCredential, WorkloadProof, WorkloadRefusal, World};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Workloads;

/// A workload.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WorkloadView {
    /// Its identifier: to policies it is `Sekisho::Workload::"<id>"`.
    pub(crate) id: String,
    /// What people read.
    pub(crate) name: String,
    /// The account that answers for it.
    pub(crate) owner: String,
    /// Its groups.
    pub(crate) groups: Vec<String>,
    /// `active`, `disabled`, or `owner-unusable`: then the account of its owner is disabled or removed.
    pub(crate) state: &'static str,
    /// What its certificates say that it is.
    pub(crate) spiffe_id: String,
    /// Whose tokens are exchanged for its own.
    pub(crate) trusts: Vec<TrustView>,
    /// How many of its credentials count now.
    pub(crate) credentials: usize,
}

/// An issuer whom a workload trusts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TrustView {
    /// The issuer.
    pub(crate) issuer: String,
    /// The audience of its tokens.
    pub(crate) audience: String,
    /// Their subject.
    pub(crate) subject: String,
}

/// A credential of a workload, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CredentialView {
    /// Its identifier, 32 hexadecimal digits: the session of decisions about it.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) workload: String,
    /// `token` or `certificate`.
    pub(crate) form: &'static str,
    /// `issued` by an administrator, or `exchanged` for a token of an issuer.
    pub(crate) origin: &'static str,
    /// The issuer, where it was exchanged.
    pub(crate) issuer: Option<String>,
    /// The subject that the issuer named.
    pub(crate) subject: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) made_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Timestamp,
}

impl Workloads {
    /// Every workload, in order of identifier.
    pub(crate) fn views(&self, world: &World, now: Timestamp) -> Vec<WorkloadView> {
        world.workloads().map(|workload| self.view(world, workload, now)).collect()
    }

    /// A workload.
    pub(crate) fn view(&self, world: &World, workload: &Workload, now: Timestamp) -> WorkloadView {
        let trust = |trust: &WorkloadTrust| TrustView {
            issuer: trust.issuer.to_string(),
            audience: trust.audience.clone(),
            subject: trust.subject.clone(),
        };
        WorkloadView {
            id: workload.id.to_string(),
            name: if workload.name.is_empty() { workload.id.to_string() } else { workload.name.clone() },
            owner: workload.owner.to_string(),
            groups: workload.groups.iter().map(ToString::to_string).collect(),
            state: match world.workload_standing(workload) {
                Ok(()) => "active",
                Err(WorkloadRefusal::Disabled) => "disabled",
                Err(WorkloadRefusal::OwnerUnusable) => "owner-unusable",
            },
            spiffe_id: self.spiffe_id(&workload.id),
            trusts: workload.trusts.iter().map(trust).collect(),
            credentials: credentials(world, Some(&workload.id), now).len(),
        }
    }
}

/// The credentials that have not ended, of one workload or of all, in order of identifier.
pub(crate) fn credentials(world: &World, of: Option<&WorkloadId>, now: Timestamp) -> Vec<CredentialView> {
    let is_wanted = |one: &&WorkloadCredential| of.is_none_or(|of| one.workload == *of);
    let live = world.workload_credentials().filter(is_wanted).filter(|one| is_live(one.made_at, one.expires_at, now));
    live.map(view).collect()
}

fn view(credential: &WorkloadCredential) -> CredentialView {
    let (origin, issuer, subject) = match &credential.origin {
        CredentialOrigin::Issued => ("issued", None, None),
        CredentialOrigin::Exchanged { issuer, subject } => ("exchanged", Some(issuer.clone()), Some(subject.clone())),
    };
    CredentialView {
        id: credential.id.to_string(),
        workload: credential.workload.to_string(),
        form: match credential.proof {
            WorkloadProof::Token(_) => "token",
            WorkloadProof::Certificate(_) => "certificate",
        },
        origin,
        issuer,
        subject,
        made_at: credential.made_at,
        expires_at: credential.expires_at,
    }
}
