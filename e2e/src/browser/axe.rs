//! Asks axe-core what a page shows that not everybody can perceive or operate.

use serde_json::Value;

use super::Page;
use crate::{Trouble, installed};

/// Where `cargo verify` puts axe-core, below the folder of what it installs.
const AXE: &str = "applications/node-browser/node_modules/axe-core/axe.min.js";

/// Each violation with the elements that it is about. A test of a page is about every rule, best practices included.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(one =>
  `${one.id}: ${one.nodes.map(node => `${node.target.join(' ')} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`).join('; ')}`))";

impl Page {
    /// What axe-core finds wrong with what is shown. Nothing but violations is returned.
    pub async fn violations(&self) -> Result<Vec<String>, Trouble> {
        if self.evaluate("typeof axe").await? != "object" {
            let path = installed().join(AXE);
            let missing = |error| Trouble::new(format!("{}: {error}: run `cargo verify`", path.display()));
            self.evaluate(&std::fs::read_to_string(&path).map_err(missing)?).await?;
        }
        let found = self.evaluate(RUN).await?;
        let Value::Array(found) = found else { return Err(Trouble::new(format!("axe-core answers {found}"))) };
        Ok(found.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }
}
