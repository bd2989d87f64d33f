//! What is wrong with a value, in both languages. A fault never holds the value.

use sekisho_model::{Text, is_shown};

/// Where in a request something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

/// The longest name of a place, in characters: parts of it are a stranger's words.
const LONGEST: usize = 120;

impl Place {
    /// A parameter: `query limit`.
    pub(crate) fn parameter(location: &str, name: &str) -> Self {
        Self::shown(&format!("{location} {name}"))
    }

    /// The body, or a part of it by its JSON pointer.
    pub(crate) fn body(pointer: &str) -> Self {
        Self::shown(&format!("body{pointer}"))
    }

    /// A part of this place.
    pub(crate) fn part(&self, pointer: &str) -> Self {
        Self::shown(&format!("{}{pointer}", self.0))
    }

    /// A place that is named so.
    pub(crate) fn named(name: &str) -> Self {
        Self::shown(name)
    }

    fn shown(text: &str) -> Self {
        Self(text.chars().filter(|letter| is_shown(*letter) && *letter != '`').take(LONGEST).collect())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It has another type than these.
    Type(String),
    /// It must be there and is not.
    Missing,
    /// It is there and the document does not name it.
    Unexpected,
    /// It stands twice.
    Twice,
    /// The document lists the values, and this one is not among them.
    Choice,
    /// It is less than this.
    Less(String),
    /// It is more than this.
    More(String),
    /// It is no multiple of this.
    Multiple(String),
    /// It has fewer characters, items or members than this.
    Fewer(u64),
    /// It has more characters, items or members than this.
    Longer(u64),
    /// It does not have the form that the document describes.
    Pattern,
    /// It is not written in this format.
    Format(&'static str),
    /// Two of its items are the same.
    Same,
    /// It fits none of the alternatives, or not exactly one.
    Alternative,
    /// It is what the document excludes.
    Excluded,
    /// It cannot be checked within the bounds.
    TooComplex,
    /// It is no JSON.
    NotJson,
    /// A name of an object stands twice.
    NameTwice,
    /// It can be read in two ways.
    TwoReadings,
}

impl Fault {
    /// What to write instead, in both languages.
    #[must_use]
    pub fn text(&self, place: &Place) -> Text {
        let (english, japanese) = self.says();
        let place = place.as_str();
        Text::new(&format!("`{place}`: {english}."), &format!("「{place}」: {japanese}。"))
    }

    fn says(&self) -> (String, String) {
        let fixed = |english: &str, japanese: &str| (english.to_owned(), japanese.to_owned());
        match self {
            Self::Type(types) => {
                (format!("write a value of the type {types}"), format!("{types} 型の値を指定してください"))
            }
            Self::Missing => fixed("it is required; add it", "必須です。追加してください"),
            Self::Unexpected => {
                fixed("the API does not have it; leave it out", "この API にはありません。取り除いてください")
            }
            Self::Twice => fixed("it stands there twice; write it once", "重複しています。一度だけ指定してください"),
            Self::Choice => {
                fixed("write one of the values that the API names", "API が定める値のいずれかを指定してください")
            }
            Self::Less(limit) => (format!("write {limit} or more"), format!("{limit} 以上の値を指定してください")),
            Self::More(limit) => (format!("write {limit} or less"), format!("{limit} 以下の値を指定してください")),
            Self::Multiple(of) => (format!("write a multiple of {of}"), format!("{of} の倍数を指定してください")),
            Self::Fewer(least) => (
                format!("it is too short; write {least} characters or items at least"),
                format!("短すぎます。{least} 文字（または {least} 件）以上にしてください"),
            ),
            Self::Longer(most) => (
                format!("it is too long; write {most} characters or items at most"),
                format!("長すぎます。{most} 文字（または {most} 件）以下にしてください"),
            ),
            Self::Pattern => {
                fixed("it does not have the form that the API describes", "API が定める形式で指定してください")
            }
            Self::Format(name) => {
                (format!("write it in the format {name}"), format!("{name} の形式で指定してください"))
            }
            Self::Same => fixed("two items are the same; write each once", "重複する項目を取り除いてください"),
            Self::Alternative => fixed(
                "it must fit exactly the alternatives that the API describes",
                "API が定める選択肢に合うように指定してください",
            ),
            Self::Excluded => {
                fixed("the API excludes this value", "この値は API で除外されています。別の値を指定してください")
            }
            Self::TooComplex => {
                fixed("it is too complex to be checked; write less", "複雑すぎて検査できません。内容を減らしてください")
            }
            Self::NotJson => fixed("write valid JSON in UTF-8", "正しい JSON を UTF-8 で記述してください"),
            Self::NameTwice => fixed(
                "a name stands twice in one object; write it once",
                "オブジェクトの中で名前が重複しています。一度だけ指定してください",
            ),
            Self::TwoReadings => fixed(
                "servers can read it in different ways; encode it as UTF-8 with `&` between parameters",
                "サーバーによって解釈が異なります。UTF-8 でエンコードし、パラメーターは「&」で区切ってください",
            ),
        }
    }
}
