//! `sekisho agent open`: opens the portal and proves this device to the browser's session by a code.

use std::io::{BufRead as _, stdin};
use std::path::Path;

use sekisho_agent::BrowserCode;
use sekisho_model::{Language, Text};
use sekisho_terminal::language;
use serde_json::json;

use crate::browser;
use crate::client::runtime;
use crate::output::{note, one_line};
use crate::{Failure, Output};

/// Asks for the code where none was given, shows whose browser it is, and sends what the person answers.
///
/// # Errors
/// When the folder holds no enrolment, or the platform cannot be reached or refuses.
pub fn run(folder: &Path, code: Option<String>, output: &Output) -> Result<(), Failure> {
    let browser = BrowserCode::new(folder).map_err(Failure::failed)?;
    let code = match code {
        Some(code) => code,
        None => asked_for(&browser.page())?,
    };
    let runtime = runtime()?;
    let asks = runtime.block_on(browser.look(&code)).map_err(Failure::failed)?;
    let (portal, person) = (one_line(&asks.portal_origin), format!("{} ({})", one_line(&asks.name), asks.user));
    let program = one_line(asks.browser.in_language(language()));
    let (address, asked_at) = (one_line(&asks.address), output.times().at(asks.asked_at));
    let elsewhere = if asks.elsewhere { say(ELSEWHERE) } else { "" };
    note(&match language() {
        Language::English => format!(
            "\n  portal   {portal}\n  person   {person}\n  browser  {program}\n  from     {address}{elsewhere}\n  asked    {asked_at}\n"
        ),
        Language::Japanese => format!(
            "\n  ポータル    {portal}\n  ユーザー    {person}\n  ブラウザー  {program}\n  接続元      {address}{elsewhere}\n  要求の時刻  {asked_at}\n"
        ),
    });
    let confirmed = is_yes(&typed(say(CONFIRM))?);
    let user = asks.user.clone();
    let taken = runtime.block_on(browser.answer(&code, asks, confirmed)).map_err(Failure::failed)?;
    let value = json!({ "confirmed": taken.confirmed, "user": user, "portal": portal });
    output.show_line(&value, say(if taken.confirmed { CONFIRMED } else { REFUSED })).map(drop)
}

type Said = (&'static str, &'static str);

const ELSEWHERE: Said = (
    "   NOT the address that this computer comes from: refuse unless you know why",
    "   このコンピューターの接続元アドレスと異なります。理由が分からない場合は拒否してください",
);
const CONFIRM: Said = (
    "Is this your browser, on this computer, and did you ask for the code yourself? Type yes to confirm:",
    "このコンピューターの、ご自身のブラウザーですか。ご自身でコードを表示した場合だけ、yes と入力してください：",
);
const CONFIRMED: Said = ("confirmed; go back to the browser", "確認しました。ブラウザーに戻ってください");
const REFUSED: Said = ("refused; the browser got nothing", "拒否しました。ブラウザーには何も許可していません");

fn say((english, japanese): Said) -> &'static str {
    match language() {
        Language::English => english,
        Language::Japanese => japanese,
    }
}

/// Opens the page that shows a code, and asks for what it shows.
fn asked_for(page: &str) -> Result<String, Failure> {
    let page = one_line(page);
    // Where there is none, the person opens it.
    let _ = browser::show(&page);
    let text = Text::new(
        &format!("Open this page in a browser, and let it show a code:\n\n  {page}\n\nThe code:"),
        &format!("次のページをブラウザーで開き、コードを表示してください。\n\n  {page}\n\nコード："),
    );
    typed(text.in_language(language()))
}

/// A line that the person types. The end of the input is an empty answer.
fn typed(prompt: &str) -> Result<String, Failure> {
    note(prompt);
    let mut line = String::new();
    stdin().lock().read_line(&mut line).map_err(Failure::failed)?;
    Ok(line.trim().to_owned())
}

fn is_yes(typed: &str) -> bool {
    typed.eq_ignore_ascii_case("yes") || typed == "はい"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_yes_confirms() {
        for yes in ["yes", "YES", "はい"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "y", "yes please", "no", "いいえ"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
