//! The words that say what a value near them is, or that it is something else, and the beginnings of keys and tokens.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::DataKind;
use crate::secret_form::Secret;

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// A value of this kind follows.
    Of(DataKind),
    /// A value of no kind that is looked for: an order, a time, a counter.
    Other,
    /// A secret begins here, or follows.
    Secret(Secret),
}

/// A word in the window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) label: Label,
}

const MY_NUMBER: &[&str] = &[
    "マイナンバー",
    "マイナンバーカード",
    "個人番号",
    "個人ナンバー",
    "my number",
    "mynumber",
    "my_number",
    "my-number",
    "individual number",
    "individual_number",
    "kojin_bango",
    "kojinbango",
];
const CORPORATE_NUMBER: &[&str] = &[
    "法人番号",
    "登録番号",
    "インボイス番号",
    "適格請求書発行事業者",
    "corporate number",
    "corporate_number",
    "corporatenumber",
    "houjin",
    "hojin",
];
const PAYMENT_CARD: &[&str] = &[
    "カード番号",
    "クレジット",
    "クレジットカード",
    "クレジットカード番号",
    "credit card",
    "credit_card",
    "creditcard",
    "card",
    "pan",
    "visa",
    "mastercard",
    "jcb",
    "amex",
];
const TELEPHONE: &[&str] = &["電話", "携帯", "連絡先", "ファックス", "tel", "telephone", "phone", "mobile", "fax"];
const OTHER: &[&str] = &[
    "注文",
    "受注",
    "発注",
    "伝票",
    "受付番号",
    "管理番号",
    "会員番号",
    "お客様番号",
    "顧客番号",
    "社員番号",
    "学籍番号",
    "予約番号",
    "追跡番号",
    "製造番号",
    "証明書番号",
    "口座",
    "免許証番号",
    "保険証番号",
    "旅券番号",
    "問い合わせ番号",
    "請求書番号",
    "商品コード",
    "連番",
    "通番",
    "時刻",
    "日時",
    "カウンタ",
    "シリアル",
    "ロット",
    "order",
    "invoice",
    "tracking",
    "serial",
    "counter",
    "seq",
    "sequence",
    "timestamp",
    "epoch",
    "created_at",
    "updated_at",
    "date",
    "item",
    "sku",
    "jan",
    "isbn",
    "customer",
    "member",
    "employee",
    "account",
    "id",
    "lot",
    "version",
    "checksum",
    "size",
    "bytes",
    "offset",
];

/// One search for all words. ASCII letters of either case are the same.
static SEARCH: LazyLock<(AhoCorasick, Vec<Label>)> = LazyLock::new(|| {
    let of = |kind| move |word: &&'static str| (*word, Label::Of(kind));
    let words: Vec<(&str, Label)> = (MY_NUMBER.iter().map(of(DataKind::MyNumber)))
        .chain(CORPORATE_NUMBER.iter().map(of(DataKind::CorporateNumber)))
        .chain(PAYMENT_CARD.iter().map(of(DataKind::PaymentCard)))
        .chain(TELEPHONE.iter().map(of(DataKind::Telephone)))
        .chain(OTHER.iter().map(|word| (*word, Label::Other)))
        .chain(Secret::beginnings().map(|(word, secret)| (word, Label::Secret(secret))))
        .collect();
    let search = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(words.iter().map(|(word, _)| *word));
    #[expect(clippy::expect_used, reason = "the words are constants, and every test of this crate builds the search")]
    let search = search.expect("a search for constants");
    (search, words.into_iter().map(|(_, label)| label).collect())
});

/// Finds the words of a text, in order.
pub(crate) fn find(text: &[u8], marks: &mut Vec<Mark>) {
    marks.clear();
    let (search, labels) = &*SEARCH;
    for found in search.find_iter(text) {
        let Some(label) = labels.get(found.pattern().as_usize()) else { continue };
        let is_token = matches!(label, Label::Secret(Secret::Token(..) | Secret::Jwt | Secret::Pem));
        if stands_alone(text, found.start(), found.end(), is_token) {
            marks.push(Mark { start: found.start(), end: found.end(), label: *label });
        }
    }
}

/// Whether an ASCII word is no part of a longer one: `tel` in `hotel` is not, in `homeTel` and `tel_no` it is. A token goes on behind its
/// beginning.
fn stands_alone(text: &[u8], start: usize, end: usize, is_token: bool) -> bool {
    let at = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(b' ');
    let (before, first) = (at(start.checked_sub(1)), at(Some(start)));
    let (last, after, next) = (at(end.checked_sub(1)), at(Some(end)), at(end.checked_add(1)));
    let begins = !first.is_ascii_alphabetic()
        || !before.is_ascii_alphabetic()
        || (before.is_ascii_lowercase() && first.is_ascii_uppercase());
    let ends = !last.is_ascii_alphabetic()
        || !after.is_ascii_alphabetic()
        || (last.is_ascii_lowercase() && after.is_ascii_uppercase())
        || (after.eq_ignore_ascii_case(&b's') && !next.is_ascii_alphabetic());
    begins && (ends || is_token || end - start >= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<Label> {
        let mut marks = Vec::new();
        find(text.as_bytes(), &mut marks);
        marks.into_iter().map(|mark| mark.label).collect()
    }

    #[test]
    fn words_are_found_where_they_stand_alone() {
        assert_eq!(labels("マイナンバーカード番号"), [Label::Of(DataKind::MyNumber)]);
        assert_eq!(labels("homeTel, tel_no, TEL:"), [Label::Of(DataKind::Telephone); 3]);
        assert_eq!(labels("cards"), [Label::Of(DataKind::PaymentCard)]);
        assert_eq!(labels("hotel discard panda video paid border"), []);
        assert_eq!(labels("orderId"), [Label::Other; 2]);
    }
}
