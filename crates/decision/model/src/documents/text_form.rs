//! Conversions of a value that documents write as a text, by what it parses from and how it is shown.

/// Implements the conversions that serde's `try_from` and `into` need, for a type with `FromStr<Err = String>` and `Display`.
macro_rules! text_form {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

pub(super) use text_form;
