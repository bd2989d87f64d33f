//! The macro that turns the table of settings into the type [`Configuration`](super::Configuration) and the list
//! [`SETTINGS`](super::SETTINGS).

/// Declares settings: `name: Type = [default] { … }`.
///
/// The default is `[required]`, `[value "TOML"]`, or `[unset "what happens then" "その場合の動作"]`; the type of an unset one is an
/// `Option`. `range` is left out when every value of the form is accepted.
macro_rules! settings {
    ($(
        $name:ident: $type:ty = $default:tt {
            form: $form:expr,
            takes: $takes:expr,
            $(range: ($shown:literal, $holds:expr, $must_be:literal),)?
            en: $en:literal,
            ja: $ja:literal,
        }
    )*) => {
        /// Everything that `sekisho up` needs to know before it starts.
        #[derive(Debug, Clone)]
        pub(crate) struct Configuration {
            $(#[doc = $en] pub $name: $type,)*
        }

        /// What a file names.
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            $(#[serde(default)] $name: Option<$type>,)*
        }

        impl Configuration {
            /// What `file` names, and the defaults of the rest.
            ///
            /// # Errors
            /// The name of a setting that the file must name and does not.
            fn complete(file: Written, defaults: Written) -> Result<Self, &'static str> {
                Ok(Self {
                    $($name: match file.$name.or(defaults.$name).or(settings!(@unset $default)) {
                        Some(value) => value,
                        None => return Err(stringify!($name)),
                    },)*
                })
            }
        }

        /// Every setting of the configuration file.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            form: $form,
            default: settings!(@default $default),
            takes: $takes,
            range: settings!(@range $(($shown, $holds, $must_be))?),
            text: ($en, $ja),
            differs: |one, other| one.$name != other.$name,
            copy: |to, from| to.$name.clone_from(&from.$name),
        },)*];
    };
    (@unset [unset $($rest:tt)*]) => { Some(None) };
    (@unset $other:tt) => { None };
    (@default [required]) => { DefaultValue::Required };
    (@default [value $value:literal]) => { DefaultValue::Value($value) };
    (@default [unset $en:literal $ja:literal]) => { DefaultValue::Unset($en, $ja) };
    (@range) => { Range { shown: "", holds: |_| true, must_be: "" } };
    (@range ($shown:literal, $holds:expr, $must_be:literal)) => {
        Range { shown: $shown, holds: $holds, must_be: $must_be }
    };
}
