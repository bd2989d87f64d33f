//! Whether the clock is kept right, as systemd knows it of whatever program does it.

use std::time::Duration;

use super::command::output;

const LIMIT: Duration = Duration::from_secs(5);

/// Whether it is; `None` where systemd cannot be asked.
pub(super) async fn synchronised() -> Option<bool> {
    let (answer, _) = output("timedatectl", &["show", "--property=NTPSynchronized", "--value"], LIMIT).await?;
    by_answer(&answer)
}

fn by_answer(answer: &str) -> Option<bool> {
    match answer.trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_is_one() {
        assert_eq!(by_answer("yes\n"), Some(true));
        assert_eq!(by_answer("no\n"), Some(false));
        assert_eq!(by_answer(""), None);
    }
}
