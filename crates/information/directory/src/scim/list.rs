//! Lists and searches (RFC 7644, 3.4.2 and 3.4.3).

use sekisho_model::documents::DirectoryKind;
use sekisho_store::Store;
use serde_json::{Map, Value, json};

use super::discovery::MOST_RESULTS;
use super::error::ScimError;
use super::filter::Filter;
use super::projection::Projection;
use super::resource::shown;
use super::schema::ResourceType;
use crate::entries::{self, Found};

/// How many resources one answer holds where nobody says otherwise.
const USUAL: usize = 100;

/// What a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    filter: Option<String>,
    /// The first result, counted from 1.
    start: usize,
    count: Option<usize>,
    pub(crate) projection: Projection,
}

impl Asked {
    /// Reads the query of an address.
    pub(crate) fn of_query(query: &[(String, String)]) -> Result<Self, ScimError> {
        let get = |name: &str| {
            query.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
        };
        let number = |name: &str| {
            let read =
                |text: &str| text.parse::<i64>().map_err(|_| ScimError::value(format_args!("`{name}` is a number")));
            get(name).map(read).transpose()
        };
        let names = |name: &str| {
            let names = get(name).unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        let projection = Projection { only: names("attributes"), without: names("excludedAttributes") };
        Ok(Self::new(get("filter"), number("startIndex")?, number("count")?, projection))
    }

    /// Reads the body of a search.
    pub(crate) fn of_body(body: &Map<String, Value>) -> Result<Self, ScimError> {
        let get = |name: &str| body.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let number = |name: &str| {
            let read =
                |value: &Value| value.as_i64().ok_or_else(|| ScimError::value(format_args!("`{name}` is a number")));
            get(name).filter(|value| !value.is_null()).map(read).transpose()
        };
        let names = |name: &str| {
            let names = get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let projection = Projection { only: names("attributes"), without: names("excludedAttributes") };
        let filter = get("filter").and_then(Value::as_str);
        Ok(Self::new(filter, number("startIndex")?, number("count")?, projection))
    }

    fn new(filter: Option<&str>, start: Option<i64>, count: Option<i64>, projection: Projection) -> Self {
        Self {
            filter: filter.filter(|filter| !filter.trim().is_empty()).map(str::to_owned),
            start: start.and_then(|start| usize::try_from(start).ok()).unwrap_or(1).max(1),
            count: count.map(|count| usize::try_from(count).unwrap_or(0)),
            projection,
        }
    }
}

/// Answers a list of resources of these types.
pub(crate) async fn list(
    store: &Store,
    base: &str,
    types: &[&'static ResourceType],
    asked: &Asked,
) -> Result<Value, ScimError> {
    let mut results =
        Results { skip: asked.start - 1, count: asked.count.unwrap_or(USUAL).min(MOST_RESULTS), ..Results::default() };
    for of in types {
        let filter = asked.filter.as_deref().map(|filter| Filter::of_resources(of, filter));
        // A search of several types asks for attributes that one of them may not have: nothing of it fits.
        let filter = match filter.transpose() {
            Err(_) if types.len() > 1 => continue,
            read => read?,
        };
        match filter.as_ref().and_then(|filter| only(of.kind, filter)) {
            Some(name) => {
                if let Some(found) = entries::named(store, of.kind, &name).await? {
                    results.take(store, base, &found, filter.as_ref(), &asked.projection).await?;
                }
            }
            None => results.all(store, base, of.kind, filter.as_ref(), &asked.projection).await?,
        }
    }
    Ok(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": results.total,
        "startIndex": asked.start,
        "itemsPerPage": results.shown.len(),
        "Resources": results.shown,
    }))
}

/// The name of the only entry that a filter can fit.
fn only(kind: DirectoryKind, filter: &Filter) -> Option<String> {
    if let Some(id) = filter.only_equal("id") {
        return Some(super::Identifier::read(id).map_or_else(String::new, |id| id.name.to_string()));
    }
    match kind {
        DirectoryKind::User => filter.only_equal("userName").map(str::to_lowercase),
        DirectoryKind::Group => None,
    }
}

#[derive(Default)]
struct Results {
    skip: usize,
    count: usize,
    total: usize,
    shown: Vec<Value>,
}

impl Results {
    async fn all(
        &mut self,
        store: &Store,
        base: &str,
        kind: DirectoryKind,
        filter: Option<&Filter>,
        projection: &Projection,
    ) -> Result<(), ScimError> {
        let mut last = String::new();
        loop {
            let entries = entries::after(store, kind, &last).await?;
            let Some(end) = entries.last() else { return Ok(()) };
            last = end.name.to_string();
            for entry in &entries {
                if let Some(found) = entries::named(store, kind, entry.name.as_str()).await? {
                    self.take(store, base, &found, filter, projection).await?;
                }
            }
        }
    }

    /// Counts an entry that fits, and shows it when it is in the part that is asked for.
    async fn take(
        &mut self,
        store: &Store,
        base: &str,
        found: &Found,
        filter: Option<&Filter>,
        projection: &Projection,
    ) -> Result<(), ScimError> {
        if let Some(filter) = filter {
            let whole = shown(store, base, found, &Projection::default()).await?;
            if !filter.fits(&whole) {
                return Ok(());
            }
        }
        let is_shown = self.total >= self.skip && self.shown.len() < self.count;
        self.total += 1;
        if is_shown {
            self.shown.push(shown(store, base, found, projection).await?);
        }
        Ok(())
    }
}
