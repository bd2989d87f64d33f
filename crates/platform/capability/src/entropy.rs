//! Random bytes, as an argument: the one place above the store that asks the operating system for them.

use std::fmt;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

/// Gives random bytes: the system's in a running platform. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Entropy(fn(&mut [u8]) -> Result<(), NoEntropy>);

/// There are no random bytes. What needs them must not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoEntropy;

impl Entropy {
    /// The operating system's.
    #[must_use]
    pub const fn system() -> Self {
        Self(|bytes| rand::fill(bytes).map_err(|_| NoEntropy))
    }

    /// Entropy from this function, which fills the bytes or leaves them: for tests of what happens without.
    #[must_use]
    pub const fn new(fill: fn(&mut [u8]) -> Result<(), NoEntropy>) -> Self {
        Self(fill)
    }

    /// Fills these bytes.
    ///
    /// # Errors
    /// [`NoEntropy`]; the bytes must not be used then.
    pub fn fill(self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        (self.0)(bytes)
    }

    /// That many random bytes, which are erased when they are dropped.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn bytes<const N: usize>(self) -> Result<Zeroizing<[u8; N]>, NoEntropy> {
        let mut bytes = Zeroizing::new([0; N]);
        self.fill(bytes.as_mut_slice())?;
        Ok(bytes)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_gives_other_bytes_each_time() {
        let entropy = Entropy::system();
        assert_ne!(*entropy.bytes::<32>().expect("bytes"), *entropy.bytes::<32>().expect("bytes"));
    }

    #[test]
    fn without_entropy_there_are_no_bytes() {
        assert_eq!(Entropy::new(|_| Err(NoEntropy)).bytes::<32>(), Err(NoEntropy));
    }
}
