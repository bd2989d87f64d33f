//! Documents as organisations have them, each with the values that stand in it. A third holds only what looks like one: numbers of
//! orders with right check digits, times, counters, pictures, passwords of examples.

use sekisho_data_scanner::DataKind;

use crate::numbers::Source;

/// A document, and what stands in it: normal forms.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) holds: Vec<(DataKind, String)>,
}

impl Document {
    fn add(&mut self, kind: DataKind, value: &str) {
        let is_number = !matches!(kind, DataKind::Email | DataKind::Secret);
        let normal = if is_number { value.chars().filter(char::is_ascii_digit).collect() } else { value.to_owned() };
        self.holds.push((kind, normal));
    }
}

pub(crate) fn document(source: &mut Source) -> Document {
    let make = [letter, form, table, record, letter_english, log, orders, configuration];
    let mut document = Document { text: String::new(), holds: Vec::new() };
    make[source.below(make.len())](source, &mut document);
    document
}

/// As people write digits: in groups, in full width.
fn written(source: &mut Source, digits: &str) -> String {
    let grouped = match source.below(3) {
        0 => digits
            .as_bytes()
            .chunks(4)
            .map(|part| std::str::from_utf8(part).expect("digits"))
            .collect::<Vec<_>>()
            .join("-"),
        1 if digits.len() != 13 => digits
            .as_bytes()
            .chunks(4)
            .map(|part| std::str::from_utf8(part).expect("digits"))
            .collect::<Vec<_>>()
            .join(" "),
        _ => digits.to_owned(),
    };
    let grouped = if digits.len() == 13 { digits.to_owned() } else { grouped };
    if source.chance(30) { full_width(&grouped) } else { grouped }
}

fn full_width(text: &str) -> String {
    let wide = |character: char| match character {
        '0'..='9' => char::from_u32(u32::from(character) - u32::from('0') + u32::from('０')).expect("a digit"),
        '-' => '－',
        other => other,
    };
    text.chars().map(wide).collect()
}

/// A letter in Japanese: labels before the numbers, sometimes far before, sometimes behind.
fn letter(source: &mut Source, document: &mut Document) {
    document.text.push_str("関係各位\n\nいつもお世話になっております。下記のとおりご連絡いたします。\n");
    for _ in 0..1 + source.below(4) {
        let number = source.my_number();
        let shown = written(source, &number);
        let label = source.one(&["マイナンバー", "個人番号", "ﾏｲﾅﾝﾊﾞｰ", "マイナンバーカード番号"]);
        let line = match source.below(4) {
            0 => format!("{label}：{shown}\n"),
            1 => format!("{label}は {shown} です。\n"),
            2 => format!(
                "{label}については以下のとおりです。{}なお、{shown}を使います。\n",
                "よろしくお願いいたします。".repeat(12)
            ),
            _ => format!("・{shown}（{label}）\n"),
        };
        document.text.push_str(&line);
        document.add(DataKind::MyNumber, &number);
    }
    if source.chance(50) {
        let (telephone, email) = (source.telephone(), source.email());
        document.text.push_str(&format!("電話：{telephone}　メール：{email}\n"));
        document.add(DataKind::Telephone, &telephone);
        document.add(DataKind::Email, &email);
    }
    let order = source.my_number();
    document.text.push_str(&format!("注文番号：{order}\n以上\n"));
}

/// A form with one value in each line.
fn form(source: &mut Source, document: &mut Document) {
    let (corporate, card, telephone) = (source.corporate_number(), source.card(), source.telephone());
    let shown = written(source, &card);
    document
        .text
        .push_str(&format!("会社名: 株式会社サンプル\n法人番号: {corporate}\nカード番号: {shown}\nTEL: {telephone}\n"));
    document.add(DataKind::CorporateNumber, &corporate);
    document.add(DataKind::PaymentCard, &card);
    document.add(DataKind::Telephone, &telephone);
    let (receipt, time) = (source.corporate_number(), source.digits(13));
    document.text.push_str(&format!("受付番号: {receipt}\n更新時刻: {time}\n"));
    let issuer = source.corporate_number();
    document.text.push_str(&format!("登録番号 T{issuer}\n"));
    document.add(DataKind::CorporateNumber, &issuer);
}

/// A table whose head says what its columns hold. The column of orders has right check digits too.
fn table(source: &mut Source, document: &mut Document) {
    let delimiter = if source.chance(70) { "," } else { "\t" };
    let head = ["社員番号", "氏名", "マイナンバー", "電話番号", "メール", "注文番号"];
    document.text.push_str(&head.join(delimiter));
    for row in 0..5 + source.below(60) {
        let (number, telephone, email, order) =
            (source.my_number(), source.telephone(), source.email(), source.my_number());
        let name = if source.chance(20) { format!("\"佐藤{delimiter} 花子\"") } else { "鈴木 一郎".to_owned() };
        let shown = if source.chance(20) { full_width(&number) } else { number.clone() };
        let row = [(100_000 + row).to_string(), name, shown, telephone.clone(), email.clone(), order].join(delimiter);
        document.text.push_str(&format!("\n{row}"));
        document.add(DataKind::MyNumber, &number);
        document.add(DataKind::Telephone, &telephone);
        document.add(DataKind::Email, &email);
    }
    document.text.push('\n');
}

/// JSON of an interface.
fn record(source: &mut Source, document: &mut Document) {
    let (number, card, email, order) = (source.my_number(), source.card(), source.email(), source.my_number());
    let (time, counter) = (source.corporate_number(), source.corporate_number());
    document.text = format!(
        "{{\"orderId\":\"{order}\",\"createdAt\":{time},\"person\":{{\"myNumber\":\"{number}\",\"email\":\"{email}\"}},\"payment\":{{\"cardNumber\":\"{card}\"}},\"counter\":{counter}}}"
    );
    document.add(DataKind::MyNumber, &number);
    document.add(DataKind::Email, &email);
    document.add(DataKind::PaymentCard, &card);
}

fn letter_english(source: &mut Source, document: &mut Document) {
    let (number, card, email) = (source.my_number(), source.card(), source.email());
    let shown =
        card.as_bytes().chunks(4).map(|part| std::str::from_utf8(part).expect("digits")).collect::<Vec<_>>().join(" ");
    document.text = format!(
        "Dear Sir or Madam,\nmy individual number is {number} and you may charge {shown}.\nPlease answer to {email}.\nYour tracking number {} has left.\n",
        source.card()
    );
    document.add(DataKind::MyNumber, &number);
    document.add(DataKind::PaymentCard, &card);
    document.add(DataKind::Email, &email);
}

/// Nothing: a log with times and counters, many of them with right check digits.
fn log(source: &mut Source, document: &mut Document) {
    for _ in 0..20 + source.below(40) {
        let (time, counter, decimal) = (source.corporate_number(), source.my_number(), source.digits(12));
        let (address, card) = (source.below(256), source.card());
        document.text.push_str(&format!(
            "{time} INFO served 10.0.0.{address} in 0.{decimal} s, {counter} bytes, trace 4f{card} icon@2x.png\n"
        ));
    }
}

/// Nothing: orders, in a table without names of people.
fn orders(source: &mut Source, document: &mut Document) {
    document.text.push_str("注文番号,JANコード,数量,伝票番号,更新日時\n");
    for _ in 0..10 + source.below(60) {
        let (order, item, card) = (source.my_number(), source.corporate_number(), source.card());
        document.text.push_str(&format!("{order},{item},{},{card},202411302355\n", source.below(100)));
    }
}

/// A configuration: one real token among other text.
fn configuration(source: &mut Source, document: &mut Document) {
    let token = source.token();
    let password = source.letters(14, "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789");
    document.text = format!(
        "[service]\nurl = \"https://api.example.jp/v1\"\npassword_file = \"/run/secrets/db\"\nkey = \"{token}\"\npassword: {{{{ vault }}}}\npassword = \"${{DB_PASSWORD}}\"\naws = AKIAIOSFODNN7EXAMPLE\nclone = git@git.example.jp:team/project.git\n"
    );
    document.add(DataKind::Secret, &token);
    if password.bytes().any(|byte| byte.is_ascii_digit()) {
        document.text.push_str(&format!("db_password = \"{password}\"\n"));
        document.add(DataKind::Secret, &password);
    }
}
