//! Paths with parameters: `/orders/{id}/items`.

use crate::reading::DocumentProblem;

/// The most segments of a template.
const MOST_SEGMENTS: usize = 64;

/// A path in which parameters stand for parts of segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// What stands before and after one parameter.
    Parameter {
        before: String,
        name: String,
        after: String,
    },
}

impl Template {
    /// Reads a template that begins with `/`.
    pub(crate) fn read(text: &str, place: &str) -> Result<Self, DocumentProblem> {
        let wrong = |message: &str| DocumentProblem::new(place, message);
        let rest = text.strip_prefix('/').ok_or_else(|| wrong("a path begins with `/`"))?;
        if text.contains(['?', '#', '%', ';', '\\']) {
            return Err(wrong("write the path without query, fragment or escapes"));
        }
        let segments: Vec<Segment> = rest
            .split('/')
            .map(|segment| read_segment(segment).ok_or_else(|| segment_problem(place)))
            .collect::<Result<_, _>>()?;
        if segments.len() > MOST_SEGMENTS {
            return Err(wrong("the path has too many segments"));
        }
        let template = Self(segments);
        let names: Vec<&str> = template.names().collect();
        let is_twice = |name: &&str| names.iter().filter(|other| *other == name).count() > 1;
        if names.iter().any(is_twice) { Err(wrong("a parameter stands twice in the path")) } else { Ok(template) }
    }

    /// The names of its parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter { name, .. } => Some(name.as_str()),
        })
    }

    /// How many segments it has.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing in it is a parameter.
    pub(crate) fn is_literal(&self) -> bool {
        self.names().next().is_none()
    }

    /// What makes two templates the same, whatever their parameters are called.
    pub(crate) fn shape(&self) -> String {
        let segment = |segment: &Segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Parameter { before, after, .. } => format!("{before}{{}}{after}"),
        };
        self.0.iter().map(|one| format!("/{}", segment(one))).collect()
    }

    /// The values of its parameters in a path, in order. `None` when the path is another one. A value is never empty.
    pub(crate) fn matches<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if parts.len() != self.0.len() {
            return None;
        }
        let mut values = Vec::new();
        for (segment, part) in self.0.iter().zip(parts) {
            match segment {
                Segment::Literal(text) if text == part => {}
                Segment::Literal(_) => return None,
                Segment::Parameter { before, after, .. } => {
                    let value = part.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
                    values.push(Some(value).filter(|value| !value.is_empty())?);
                }
            }
        }
        Some(values)
    }
}

fn segment_problem(place: &str) -> DocumentProblem {
    DocumentProblem::new(place, "write at most one parameter in each segment, as `{name}`")
}

fn read_segment(text: &str) -> Option<Segment> {
    let Some((before, rest)) = text.split_once('{') else {
        return (!text.contains('}')).then(|| Segment::Literal(text.to_owned()));
    };
    let (name, after) = rest.split_once('}')?;
    let is_one = !name.is_empty() && !before.contains('}') && !after.contains(['{', '}']) && !name.contains('{');
    is_one.then(|| Segment::Parameter { before: before.to_owned(), name: name.to_owned(), after: after.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_a_template_segment_by_segment() {
        let read = |text: &str| Template::read(text, "#").expect(text);
        let orders = read("/orders/{id}/items");
        assert_eq!(orders.matches("/orders/7/items"), Some(vec!["7"]));
        for other in ["/orders//items", "/orders/7/items/", "/orders/7", "/Orders/7/items", "/orders/7/8/items"] {
            assert_eq!(orders.matches(other), None, "{other}");
        }
        assert_eq!(read("/report.{format}").matches("/report.csv"), Some(vec!["csv"]));
        assert_eq!(read("/").matches("/"), Some(vec![]));
        assert_eq!(read("/a/{x}").shape(), read("/a/{y}").shape());
        for odd in ["a", "/{a}{b}", "/{}", "/{a", "/a}", "/{a}/{a}", "/a?b", "/%61"] {
            assert!(Template::read(odd, "#").is_err(), "{odd}");
        }
    }
}
