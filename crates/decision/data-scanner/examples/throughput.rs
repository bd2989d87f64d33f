//! How much text the scanner passes in a second of processor time, so that other work of the machine does not count (Linux): `cargo run --release -p sekisho-data-scanner --example throughput`.
#![expect(clippy::print_stdout, reason = "it prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads a clock")]

use std::hint::black_box;
use std::time::Duration;

use sekisho_data_scanner::{Decoder, Encoding, Format, Piece, Scanner};

const SIZE: usize = 64 * 1024 * 1024;

fn main() {
    let prose = "関係各位 いつもお世話になっております。下記のとおりご連絡いたします。管理番号は 20241130 です。\n";
    let log = "2024-11-30T23:55:01.123456Z INFO gateway served GET /index.html?page=12 for 10.0.0.7 in 0.001234 s, 48213 bytes\n";
    let table =
        ["100234", "佐藤", "123456789018", "090-1234-5678", "hanako@example.jp", "983205673214"].join("\t") + "\n";
    let json = "{\"id\":\"123456789018\",\"name\":\"sato\",\"myNumber\":\"123456789018\",\"note\":\"plain words in a row\"},\n";
    let head = ["社員番号", "氏名", "マイナンバー", "電話番号", "メール", "注文番号"].join("\t") + "\n";
    for (name, format, head, line) in [
        ("text in English", Format::Text, "", log),
        ("text in Japanese", Format::Text, "", prose),
        ("a table full of values", Format::Tsv, head.as_str(), table.as_str()),
        ("JSON", Format::Json, "[", json),
    ] {
        let text = head.to_owned() + &line.repeat(SIZE / line.len());
        measure(name, format, text.as_bytes());
        if name.ends_with("Japanese") {
            measure("the same in Shift_JIS", format, &Encoding::ShiftJis.encode(&text));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn measure(name: &str, format: Format, bytes: &[u8]) {
    let began = spent();
    let (mut decoder, mut scanner, mut found) = (Decoder::new(None), Scanner::new(format), 0_u64);
    let mut text = String::new();
    let mut take = |piece: Piece<'_>| match piece {
        Piece::Clean(text) => drop(black_box(text.len())),
        Piece::Found(..) => found += 1,
    };
    for part in bytes.chunks(64 * 1024) {
        text.clear();
        if decoder.push(part, &mut text).is_err() {
            println!("{name}: no text");
            return;
        }
        scanner.push(&text, &mut take);
    }
    scanner.finish(&mut take);
    let speed = bytes.len() as f64 / 1_048_576.0 / spent().saturating_sub(began).as_secs_f64();
    println!("{name}: {speed:.0} MiB/s, {found} values");
}

/// The processor time that this thread has used.
fn spent() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(said.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}
