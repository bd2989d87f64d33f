//! Checks a target without cargo-fuzz: with every file of its corpus, and with random mutations of them.
//!
//! An ordinary test run makes a few, always the same ones. `SEKISHO_FUZZ_SECONDS=60 cargo test corpus_of` goes on for that long with each
//! target, with others each time.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant, SystemTime};

/// So many mutations make an ordinary run, and so long it may take.
const MUTATIONS: u64 = 3_000;
const AWHILE: Duration = Duration::from_secs(3);
/// No input grows longer.
const LONGEST: usize = 4096;
/// Bytes that mean something to one parser or another.
const TELLING: &[u8] = b"\0\t\n\r \"#%&'()*+,-./0:;<=>?@[\\]_`{|}~\x7f\x80\xbf\xc0\xe2\xff";

/// Checks every file of the corpus in that folder, and mutations of them. An input that fails is printed.
pub(crate) fn replay(target: &str, check: fn(&[u8])) {
    let folder = format!("{}/../../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(corpus.len() >= 8, "{} inputs for {target}: the corpus is not there", corpus.len());
    for (input, path) in corpus.iter().zip(&paths) {
        checked(input, check, &path.display().to_string());
    }
    let asked = std::env::var("SEKISHO_FUZZ_SECONDS").ok().map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let (began, mut count) = (Instant::now(), 0);
    let mut random = Random(0x5e_c1_50);
    if asked.is_some() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        random = Random(u64::try_from(now.as_nanos() % u128::from(u64::MAX)).unwrap() | 1);
    }
    while began.elapsed() < asked.unwrap_or(AWHILE) && (asked.is_some() || count < MUTATIONS) {
        count += 1;
        checked(&random.mutation(&corpus), check, "a mutation");
    }
    println!("fuzz {target}: {} inputs and {count} mutations", corpus.len());
}

fn checked(input: &[u8], check: fn(&[u8]), what: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        println!("{what} fails: {}", input.escape_ascii());
        resume_unwind(panic);
    }
}

/// Xorshift: whoever has the seed has the inputs.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// One of the corpus, altered a few times.
    fn mutation(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus.get(self.below(corpus.len())).unwrap().clone();
        for _ in 0..=self.below(6) {
            let (at, other) = (self.below(input.len() + 1), self.below(input.len() + 1));
            let (from, to) = (at.min(other), at.max(other));
            match self.below(7) {
                0 => input.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (other % 8)),
                1 => input
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|byte| *byte = *TELLING.get(other % TELLING.len()).unwrap()),
                2 => input.insert(at, *TELLING.get(self.below(TELLING.len())).unwrap()),
                3 => drop(input.drain(from..to.min(from + 16))),
                4 => {
                    let part = input.get(from..to).unwrap().to_vec();
                    drop(input.splice(to..to, part));
                }
                5 => {
                    let donor = corpus.get(self.below(corpus.len())).unwrap();
                    let part = donor.get(self.below(donor.len() + 1)..).unwrap().to_vec();
                    drop(input.splice(at.., part));
                }
                _ => input.truncate(at.max(1)),
            }
        }
        input.truncate(LONGEST);
        input
    }
}
