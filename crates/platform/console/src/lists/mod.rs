//! The lists of what is administered elsewhere: one file for each.

mod certificates;
mod checks;
mod enforcement_points;
mod grants;
mod groups;
mod resources;
mod tokens;

use crate::Routes;

pub(crate) fn routes(routes: Routes) -> Routes {
    [
        certificates::routes,
        checks::routes,
        enforcement_points::routes,
        grants::routes,
        groups::routes,
        resources::routes,
        tokens::routes,
    ]
    .into_iter()
    .fold(routes, |routes, add| add(routes))
}
