//! What befalls a pass: nothing, or a crash, a conflict, a lost status write.

/// Decides what befalls each pass, from one seed.
#[derive(Clone)]
pub(crate) struct Fate(Option<u64>);

impl Fate {
    /// Nothing ever goes wrong.
    pub(crate) fn kind() -> Self {
        Self(None)
    }

    /// Things go wrong by that seed, in about half of all passes.
    pub(crate) fn cruel(seed: u64) -> Self {
        Self(Some(seed))
    }

    /// How many of the changes of this pass are made, and whether its status is written.
    pub(crate) fn pass(&mut self, changes: usize) -> (usize, bool) {
        match self.below(8) {
            // Died between two writes.
            Some(0 | 1) => (self.below(changes as u64 + 1).map_or(changes, |kept| kept as usize), false),
            // The first write met a conflict; what was found out is still recorded.
            Some(2) => (0, true),
            // Died before the status was written.
            Some(3) => (changes, false),
            _ => (changes, true),
        }
    }

    /// The next number below a bound (splitmix64, Steele, Lea and Flood 2014).
    fn below(&mut self, bound: u64) -> Option<u64> {
        let state = self.0.as_mut()?;
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some((mixed ^ (mixed >> 31)) % bound)
    }
}
