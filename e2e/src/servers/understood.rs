//! What a server took for a request, as its application wrote it down: a line of fields with tabs in between, the body in
//! hexadecimal digits.

/// A request as a server understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// Its method.
    pub method: String,
    /// Its target, as it came.
    pub target: String,
    /// The value of `Host`.
    pub host: String,
    /// The value of `Sekisho-Assertion`; several, if the server saw several.
    pub assertion: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Understood {
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let wrong = || format!("{:?} is no request", line.chars().take(200).collect::<String>());
        let [method, target, host, assertion, body] =
            <[&str; 5]>::try_from(line.split('\t').collect::<Vec<_>>()).map_err(|_| wrong())?.map(str::to_owned);
        let body = hex::decode(body).map_err(|_| wrong())?;
        Ok(Self { method, target, host, assertion, body })
    }

    pub(super) fn write(&self) -> String {
        let Self { method, target, host, assertion, body } = self;
        format!("{method}\t{target}\t{host}\t{assertion}\t{}\n", hex::encode(body))
    }
}
