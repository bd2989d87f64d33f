//! A seeded source of numbers, right ones and wrong ones, for generated documents.

/// A source that gives the same for the same seed (SplitMix64).
pub(crate) struct Source(u64);

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("small")).expect("small")
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).expect("a digit"))).collect()
    }

    pub(crate) fn letters(&mut self, count: usize, of: &str) -> String {
        let of: Vec<char> = of.chars().collect();
        (0..count).map(|_| of[self.below(of.len())]).collect()
    }

    pub(crate) fn my_number(&mut self) -> String {
        self.until(|source| source.digits(12), |digits| sekisho_data_scanner::is_my_number(digits.as_bytes()))
    }

    pub(crate) fn corporate_number(&mut self) -> String {
        self.until(|source| source.digits(13), |digits| sekisho_data_scanner::is_corporate_number(digits.as_bytes()))
    }

    pub(crate) fn card(&mut self) -> String {
        let beginning = self.one(&["4", "51", "3528", "62"]);
        let rest = 16 - beginning.len();
        let make = |source: &mut Self| format!("{beginning}{}", source.digits(rest));
        self.until(make, |digits| sekisho_data_scanner::is_luhn(digits.as_bytes()))
    }

    pub(crate) fn telephone(&mut self) -> String {
        match self.below(3) {
            0 => format!("090-{}-{}", self.digits(4), self.digits(4)),
            1 => format!("03-{}-{}", self.digits(4), self.digits(4)),
            _ => format!("0120-{}-{}", self.digits(3), self.digits(3)),
        }
    }

    pub(crate) fn email(&mut self) -> String {
        let name = self.letters(6, "abcdefghijklmnopqrstuvwxyz");
        format!("{name}@{}", self.one(&["example.jp", "example.co.jp", "mail.example.com"]))
    }

    pub(crate) fn token(&mut self) -> String {
        let all = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        match self.below(3) {
            0 => format!("AKIA{}", self.letters(16, all)),
            1 => format!("ghp_{}", self.letters(36, &format!("{all}abcdefghijklmnopqrstuvwxyz"))),
            _ => format!("glpat-{}", self.letters(20, &format!("{all}abcdefghijklmnopqrstuvwxyz"))),
        }
    }

    fn until(&mut self, make: impl Fn(&mut Self) -> String, fits: impl Fn(&str) -> bool) -> String {
        loop {
            let made = make(self);
            if fits(&made) {
                return made;
            }
        }
    }
}
