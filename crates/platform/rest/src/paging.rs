//! Lists in pages, and the search by the beginning of an identifier or a name.

use sekisho_find::Typed;
use sekisho_model::documents::Kind;
use sekisho_store::{Document, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// How many documents one request looks at before it answers with what it found, and where to go on.
const SCAN: usize = 20_000;
/// How many documents are read from the store at once.
const READ: u32 = 1_000;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The most items of one answer.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub limit: usize,
    /// Where to go on: `next` of the answer before.
    #[param(max_length = 1024)]
    pub after: Option<String>,
    /// Only those whose identifier, or a word of whose name, begins so. Case and width do not matter.
    #[param(max_length = 256)]
    pub q: Option<String>,
}

/// The most items of one answer, where nobody says otherwise.
#[must_use]
pub const fn default_limit() -> usize {
    100
}

/// Reads the most items of one answer: 1 to 500.
///
/// # Errors
/// When it is something else.
pub fn limit<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    let number = text.parse().ok().filter(|number| (1..=500).contains(number));
    number.ok_or_else(|| serde::de::Error::custom("`limit` is a number from 1 to 500"))
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on this page. It may be empty although there are further pages.
    pub items: Vec<T>,
    /// Ask for the next page with this as `after`; null on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page with each item as a view of it.
    #[must_use]
    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(view).collect(), next: self.next }
    }
}

/// A page of the documents of a kind that fit, in the order of their identifiers.
///
/// # Errors
/// When the store fails.
pub async fn documents(
    store: &Store,
    kind: Kind,
    paging: &Paging,
    fits: impl Fn(&Document) -> bool,
) -> Result<Page<Document>, StoreError> {
    let typed = paging.q.as_deref().and_then(Typed::new);
    let (mut items, mut after, mut scanned) = (Vec::new(), paging.after.clone(), 0);
    loop {
        let rows = store.list(kind, after.as_deref(), READ).await?;
        let is_last = rows.len() < READ as usize;
        for document in rows {
            scanned += 1;
            after = Some(document.id.clone());
            if matches(typed.as_ref(), &document.id, &document.body) && fits(&document) {
                items.push(document);
            }
            if items.len() == paging.limit {
                return Ok(Page { items, next: after });
            }
        }
        if is_last || scanned >= SCAN {
            return Ok(Page { items, next: after.filter(|_| !is_last) });
        }
    }
}

/// Whether an identifier, or a word of a document's name, begins as somebody typed it.
#[must_use]
pub fn matches(typed: Option<&Typed>, id: &str, body: &Value) -> bool {
    let Some(typed) = typed else { return true };
    let is_named = match body.get("name") {
        Some(Value::String(name)) => typed.begins(name),
        Some(Value::Object(names)) => names.values().filter_map(Value::as_str).any(|name| typed.begins(name)),
        _ => false,
    };
    typed.begins(id) || is_named
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(q: &str, id: &str, body: &Value) -> bool {
        super::matches(Typed::new(q).as_ref(), id, body)
    }

    #[test]
    fn a_search_finds_the_beginning_of_identifiers_and_of_words_of_names() {
        let sato = json!({"name": "佐藤 花子 (Hanako Sato)"});
        for q in ["h.sa", "H.SATO", "佐藤", "花", "hana", "ＨＡＮＡ", "sato", " 佐藤 "] {
            assert!(matches(q, "h.sato", &sato), "{q}");
        }
        for q in ["ana", "藤", ".", "h sato"] {
            assert!(!matches(q, "h.sato", &sato), "{q}");
        }
        let wiki = json!({"name": {"en": "Wiki", "ja": "社内ウィキ"}});
        assert!(matches("社内", "w1", &wiki) && matches("wik", "w1", &wiki) && matches("", "w1", &wiki));
        // A change of the script begins a word, and both kana are one.
        assert!(matches("ウィキ", "w1", &wiki) && matches("うぃき", "w1", &wiki) && !matches("ィキ", "w1", &wiki));
        assert!(!matches("iki", "w1", &wiki) && !matches("1", "w1", &json!({})));
    }
}
