//! Authentication methods and the set of them that a session has used.

use serde::{Deserialize, Serialize};

/// One way to authenticate. Names follow RFC 8176 (`amr`) where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A memorised secret (`pwd`).
    Password,
    /// A time-based one-time password, RFC 6238 (`otp`).
    Totp,
    /// A WebAuthn credential with user verification.
    Passkey,
    /// A single-use recovery code.
    RecoveryCode,
    /// An identity provider of the organisation vouched for the person.
    Federated,
    /// That provider also vouched for more than one factor (`mfa`).
    FederatedMfa,
    /// That provider also vouched for a phishing-resistant authenticator (`phr`).
    FederatedPhishingResistant,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 7] = [
        Self::Password,
        Self::Totp,
        Self::Passkey,
        Self::RecoveryCode,
        Self::Federated,
        Self::FederatedMfa,
        Self::FederatedPhishingResistant,
    ];

    /// The method's name in `context.session.methods`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery-code",
            Self::Federated => "federated",
            Self::FederatedMfa => "federated-mfa",
            Self::FederatedPhishingResistant => "federated-phishing-resistant",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The methods a session has used, and what they amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MethodSet(u8);

impl MethodSet {
    /// No method: nobody has authenticated.
    pub const EMPTY: Self = Self(0);

    /// The set with one more method.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        Self(self.0 | method.bit())
    }

    /// Whether the method is in the set.
    #[must_use]
    pub const fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// The methods in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.contains(*method))
    }

    /// The authenticator assurance level reached, after NIST SP 800-63B: 1 one factor, 2 two factors,
    /// 3 a phishing-resistant cryptographic authenticator with user verification. 0 when the set is empty.
    #[must_use]
    pub const fn assurance(self) -> u8 {
        if self.phishing_resistant() {
            3
        } else if self.contains(Method::FederatedMfa)
            || (self.contains(Method::Password) && (self.contains(Method::Totp) || self.contains(Method::RecoveryCode)))
        {
            2
        } else if self.0 != 0 {
            1
        } else {
            0
        }
    }

    /// Whether a method in the set resists phishing (verifier name binding, NIST SP 800-63B section 5.2.5).
    #[must_use]
    pub const fn phishing_resistant(self) -> bool {
        self.contains(Method::Passkey) || self.contains(Method::FederatedPhishingResistant)
    }

    /// The methods that stand for a provider's word at this assurance; levels above 3 count as 3.
    #[must_use]
    pub const fn federated(assurance: u8) -> Self {
        let vouched = Self::EMPTY.with(Method::Federated);
        match assurance {
            0 | 1 => vouched,
            2 => vouched.with(Method::FederatedMfa),
            _ => vouched.with(Method::FederatedPhishingResistant),
        }
    }
}

impl FromIterator<Method> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        methods.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Serialize for MethodSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for MethodSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Method>::deserialize(deserializer).map(|methods| methods.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assurance_follows_the_methods() {
        let level = |methods: &[Method]| methods.iter().copied().collect::<MethodSet>().assurance();
        assert_eq!(level(&[]), 0);
        assert_eq!(level(&[Method::Password]), 1);
        assert_eq!(level(&[Method::Totp]), 1);
        assert_eq!(level(&[Method::Password, Method::Totp]), 2);
        assert_eq!(level(&[Method::Passkey]), 3);
        for assurance in 1..=3 {
            let vouched = MethodSet::federated(assurance);
            assert_eq!((vouched.assurance(), vouched.phishing_resistant()), (assurance, assurance == 3));
        }
    }
}
