//! The answer of an HTTP/1 upstream, read as strictly as a request: an answer that two readers could take differently is
//! refused, and so is whatever stands behind it in the connection.

mod body;
mod broken;
mod head;

pub use body::{AnswerBody, AnswerPart};
pub use broken::BrokenAnswer;
pub use head::{ANSWER_LIMITS, AnswerFraming, AnswerHead, AnswerScanner, Question};
