//! Filters (RFC 7644, 3.4.2.2): read into a tree of bounded depth, and held against a resource.

use serde_json::Value;

use super::error::ScimError;
use super::path::Path;
use super::schema::{Attribute, ResourceType};
use super::words::{Word, words};

/// The longest filter in bytes.
const LONGEST: usize = 4096;
/// How deep a filter may be nested.
const DEEPEST: usize = 16;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    /// The attribute has a value.
    Present(Box<Path>),
    /// A value of the attribute compares so.
    Compare(Box<Path>, Compare, Value),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Unequal,
    Contains,
    Starts,
    Ends,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Compare {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "ne" => Self::Unequal,
            "co" => Self::Contains,
            "sw" => Self::Starts,
            "ew" => Self::Ends,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }
}

/// Where a filter's names are looked up: in a resource, or in the values of an attribute.
#[derive(Clone, Copy)]
enum Names {
    Resource(&'static ResourceType),
    Values(&'static Attribute),
}

impl Names {
    fn path(self, name: &str) -> Result<Path, ScimError> {
        match self {
            Self::Resource(of) => Path::read(of, name),
            Self::Values(attribute) => {
                let part = attribute.part(name).ok_or_else(|| wrong(format_args!("`{name}` is no part")))?;
                Ok(Path { extension: None, attribute: Some(part), filter: None, part: None })
            }
        }
    }
}

impl Filter {
    /// Reads a filter of resources.
    pub(crate) fn of_resources(of: &'static ResourceType, text: &str) -> Result<Self, ScimError> {
        read(Names::Resource(of), text)
    }

    /// Reads a filter of the values of an attribute.
    pub(crate) fn of_values(attribute: &'static Attribute, text: &str) -> Result<Self, ScimError> {
        read(Names::Values(attribute), text)
    }

    /// The text that one attribute must be equal to, where the whole filter asks for nothing else.
    pub(crate) fn only_equal(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::Compare(path, Compare::Equal, Value::String(text)) => {
                let is_it = path.target().is_some_and(|target| target.name == attribute) && path.part.is_none();
                is_it.then_some(text)
            }
            _ => None,
        }
    }

    /// The parts with their values, where the filter is one comparison for equality: what a value must be made of to match it.
    pub(crate) fn as_value(&self) -> Option<(&'static str, &Value)> {
        match self {
            Self::Compare(path, Compare::Equal, value) => Some((path.target()?.name, value)),
            _ => None,
        }
    }
}

fn wrong(detail: impl std::fmt::Display) -> ScimError {
    ScimError::wrong("invalidFilter", detail)
}

fn read(names: Names, text: &str) -> Result<Filter, ScimError> {
    if text.len() > LONGEST {
        return Err(wrong("the filter is too long"));
    }
    let words = words(text).ok_or_else(|| wrong("the filter has a text or a bracket that does not end"))?;
    let mut reader = Reader { names, words: &words, depth: 0 };
    let filter = reader.or()?;
    match reader.words {
        [] => Ok(filter),
        _ => Err(wrong("the filter goes on after its end")),
    }
}

struct Reader<'a> {
    names: Names,
    words: &'a [Word],
    depth: usize,
}

impl Reader<'_> {
    fn or(&mut self) -> Result<Filter, ScimError> {
        let mut filter = self.and()?;
        while self.takes("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.and()?));
        }
        Ok(filter)
    }

    fn and(&mut self) -> Result<Filter, ScimError> {
        let mut filter = self.one()?;
        while self.takes("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, ScimError> {
        if self.takes("not") {
            return match self.next() {
                Some(Word::Open) => Ok(Filter::Not(Box::new(self.inside()?))),
                _ => Err(wrong("`not` is followed by a bracket")),
            };
        }
        match self.next() {
            Some(Word::Open) => self.inside(),
            Some(Word::Name(name)) => self.attribute(&name),
            _ => Err(wrong("the filter ends where an attribute is expected")),
        }
    }

    fn inside(&mut self) -> Result<Filter, ScimError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong("the filter is nested too deep"));
        }
        let filter = self.or()?;
        self.depth -= 1;
        match self.next() {
            Some(Word::Close) => Ok(filter),
            _ => Err(wrong("a bracket is not closed")),
        }
    }

    fn attribute(&mut self, name: &str) -> Result<Filter, ScimError> {
        let path = self.names.path(name).map_err(|error| wrong(error.detail))?;
        // `emails[type eq "work"]` alone says that there is such a value.
        if self.takes("pr") || (path.filter.is_some() && path.part.is_none()) {
            return Ok(Filter::Present(Box::new(path)));
        }
        let Some(Word::Name(operator)) = self.next() else {
            return Err(wrong(format_args!("`{name}` is followed by an operator")));
        };
        let compare = Compare::named(&operator).ok_or_else(|| wrong(format_args!("`{operator}` is no operator")))?;
        let value = match self.next() {
            Some(Word::Text(text)) => Value::String(text),
            Some(Word::Name(name)) => serde_json::from_str::<Value>(&name.to_ascii_lowercase())
                .map_err(|_| wrong(format_args!("`{name}` is no value: texts stand in quotation marks")))?,
            _ => return Err(wrong("a value is missing")),
        };
        Ok(Filter::Compare(Box::new(path), compare, value))
    }

    fn takes(&mut self, name: &str) -> bool {
        match self.words {
            [Word::Name(found), rest @ ..] if found.eq_ignore_ascii_case(name) => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self) -> Option<Word> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first.clone())
    }
}

/// Where the brackets end that were opened before `text`.
pub(crate) fn end_of_brackets(text: &str) -> Option<usize> {
    let (mut in_text, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            ']' if !in_text => return Some(at),
            _ => {}
        }
    }
    None
}
