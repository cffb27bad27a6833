//! Which objects of a file were met already: none counts twice, so that a hostile file can't be read without end.

/// A bit for each stretch of a file. Two honest objects never begin in the same stretch.
#[derive(Clone, Debug)]
pub struct Claims {
    bits: Vec<u64>,
    grain: u32,
}

impl Claims {
    /// None yet, of a file of `len` bytes whose objects are at least `grain` bytes long.
    #[must_use]
    pub fn new(len: u64, grain: u32) -> Self {
        let stretches = len.min(u64::from(u32::MAX)) / u64::from(grain.max(1)) + 1;
        Self { bits: vec![0; usize::try_from(stretches / 64 + 1).unwrap_or(0)], grain: grain.max(1) }
    }

    /// Claims the object at `offset`; false if that was done before, or the file has no such place.
    pub fn claim(&mut self, offset: u32) -> bool {
        let stretch = offset / self.grain;
        let Some(word) = self.bits.get_mut(stretch as usize / 64) else { return false };
        let bit = 1 << (stretch % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether the object at `offset` was claimed.
    #[must_use]
    pub fn holds(&self, offset: u32) -> bool {
        let stretch = offset / self.grain;
        self.bits.get(stretch as usize / 64).is_some_and(|word| word & (1 << (stretch % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_claimed_once_and_nothing_beyond_the_file() {
        let mut claims = Claims::new(0x1000, 0x200);
        assert!(claims.claim(0x210) && !claims.claim(0x210) && !claims.claim(0x3FF) && claims.claim(0x420));
        assert!(claims.holds(0x210) && !claims.holds(0x800));
        assert!(!claims.claim(u32::MAX));
        assert!(Claims::new(u64::MAX, 16).claim(u32::MAX));
    }
}
