//! Finds sensitive values in a stream of text: My Number, corporate number, payment cards, e-mail addresses, telephone numbers, secrets.
//!
//! - [`Decoder`]: bytes as they are stored (gzip or not, UTF-8 or Shift_JIS) to text;
//! - [`Scanner`]: text to [`Piece`]s, in order and complete: what holds nothing, and each value that was found;
//! - [`mask`]: what is shown in the place of a value.
//!
//! A check digit alone proves nothing: one in ten random numbers has a right one. A number counts when what stands near it (a label, the
//! head of its column, the key of its field) says what it is. Memory is bounded: a window of the text, whatever its length.
//!
//! A value that was found is [`Sensitive`]: it cannot be printed, and is wiped when it is dropped.

mod candidate;
mod card;
mod check_digit;
mod classes;
mod context;
mod data_kinds;
mod decoder;
mod email;
mod finding;
mod fold;
mod format;
mod labels;
mod mask;
mod number;
mod pass;
mod scanner;
mod secret;
mod secret_form;
mod sensitive;
mod shape;
mod table;
mod window;

pub use check_digit::{is_corporate_number, is_luhn, is_my_number};
pub use data_kinds::DataKinds;
pub use decoder::{Decoder, Encoding, Undecodable};
pub use finding::Finding;
pub use format::Format;
pub use mask::mask;
pub use scanner::{Piece, Scanner};
pub use sekisho_model::DataKind;
pub use sensitive::Sensitive;
