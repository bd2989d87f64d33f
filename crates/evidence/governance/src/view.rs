//! An item as the API shows it, and as the OSCAL document is made of.

use sekisho_model::{Language, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::assessment::{Assessment, Judged};
use crate::catalogue::Item;

/// An item of a framework with how it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ItemView {
    /// Its identifier over all frameworks.
    pub(crate) id: String,
    /// Its framework: `dod`, `nist`, `ds-210`.
    pub(crate) framework: &'static str,
    /// Its identifier within the framework.
    pub(crate) number: &'static str,
    /// The level at which it is asked for: `target`, `advanced`, or `all`.
    pub(crate) level: &'static str,
    /// The pillar or subject that it belongs to.
    pub(crate) part: &'static str,
    /// Its name in English.
    pub(crate) name: &'static str,
    /// Its name in Japanese.
    pub(crate) name_ja: &'static str,
    /// How it stands: `met`, `partial`, `not-met`, `not-automatable`.
    pub(crate) state: &'static str,
    /// What was measured for it.
    pub(crate) evidence: Vec<EvidenceView>,
    /// When that was measured.
    #[schema(value_type = String)]
    pub(crate) at: Timestamp,
    /// How many entries the ledger had then.
    pub(crate) ledger_index: u64,
}

/// What one control measured.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EvidenceView {
    /// The control.
    pub(crate) control: &'static str,
    /// How many are as they should be.
    pub(crate) have: u64,
    /// How many there are.
    pub(crate) of: u64,
    /// Whether that is enough.
    pub(crate) met: bool,
    /// Some of those that are not as they should be.
    pub(crate) lacking: Vec<String>,
}

impl ItemView {
    pub(crate) fn of(assessment: &Assessment, judged: &Judged) -> Self {
        let Judged { item, state } = judged;
        Self {
            id: item.id(),
            framework: item.framework.name(),
            number: item.number,
            level: item.level,
            part: item.part,
            name: item.name(Language::English),
            name_ja: item.name(Language::Japanese),
            state: state.name(),
            evidence: evidence(assessment, item),
            at: assessment.at,
            ledger_index: assessment.index,
        }
    }
}

/// What was measured for an item.
pub(crate) fn evidence(assessment: &Assessment, item: &Item) -> Vec<EvidenceView> {
    let told = item.controls.iter().filter_map(|control| Some((control, assessment.measures.get(control)?)));
    told.map(|(control, measure)| EvidenceView {
        control: control.name(),
        have: measure.have,
        of: measure.of,
        met: measure.is_met(),
        lacking: measure.lacking.clone(),
    })
    .collect()
}
