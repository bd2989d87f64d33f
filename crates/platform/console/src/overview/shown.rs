//! What one person is shown of the figures: each part only where the policy engine permits the act that reads its rows.

use std::sync::Arc;

use sekisho_capability::ActSpec;
use sekisho_control_plane::acts::table;
use sekisho_model::Timestamp;
use sekisho_overview::Figures;
use sekisho_web::access;
use sekisho_web::page::Page;

use super::activity::Activity;
use super::state::{CertificateLine, Fleet, LedgerLines, People, PointLine, TaskLine};
use super::{activity, state};
use crate::Context;

/// The parts of the overview.
pub(super) struct Shown {
    /// As of when; `None` before anything was counted.
    pub(super) at: Option<Timestamp>,
    /// Decisions and cuts of the last hour.
    pub(super) activity: Option<Activity>,
    /// Devices.
    pub(super) fleet: Option<Fleet>,
    /// Who is signed in.
    pub(super) people: Option<People>,
    /// The work of the process.
    pub(super) tasks: Vec<TaskLine>,
    /// The certificates, the first that ends first.
    pub(super) certificates: Vec<CertificateLine>,
    /// The record.
    pub(super) ledger: Option<LedgerLines>,
    /// Enforcement points that are not ours; `None` where they may not be read.
    pub(super) points: Option<Vec<PointLine>>,
    /// The list of certificates, if the platform has one.
    pub(super) certificates_list: Option<&'static str>,
    /// The list of enforcement points, if the platform has one.
    pub(super) points_list: Option<&'static str>,
}

impl Shown {
    pub(super) fn of(context: &Context, page: &Page) -> Self {
        let figures: Arc<Figures> = Arc::clone(&context.services.overview.figures().borrow());
        let may = |act: &ActSpec| access::permits(context, act);
        let settings = may(&table::SETTINGS_READ);
        Self {
            at: (!figures.minutes.is_empty()).then_some(figures.at),
            activity: may(&table::DECISIONS_READ).then(|| activity::of(context, page, &figures)),
            fleet: may(&table::DEVICES_READ).then(|| state::fleet(page, &figures)),
            people: may(&table::SESSIONS_READ).then(|| state::people(page, &figures)),
            tasks: if settings { state::tasks(context) } else { Vec::new() },
            certificates: if settings { state::certificates(context) } else { Vec::new() },
            ledger: may(&table::LEDGER_READ).then(|| state::ledger(&figures)),
            points: may(&table::ENFORCEMENT_POINTS_READ).then(|| state::points(context)),
            certificates_list: listed(context, "/console/certificates"),
            points_list: listed(context, "/console/enforcement-points"),
        }
    }
}

/// The page at this path, if the platform has it.
pub(super) fn listed(context: &Context, path: &str) -> Option<&'static str> {
    context.site.contents.places.iter().find(|place| place.path == path).map(|place| place.path)
}
