//! A planted bug: a few edits of the sources, made in a copy of them.

/// One bug.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bug {
    /// What it is called.
    pub(crate) name: &'static str,
    /// How real controllers came to have it.
    pub(crate) why: &'static str,
    /// What it changes.
    pub(crate) edits: &'static [Edit],
}

/// What storms are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storms {
    /// Releases, storm by storm and crash plan by crash plan.
    Rollouts,
    /// Applications.
    Applications,
}

impl Storms {
    /// Every kind.
    pub(crate) const ALL: [Self; 2] = [Self::Rollouts, Self::Applications];
}

/// A piece of text, and what stands there in the copy. In the new text `planted()` tells whether the bug is at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    /// In which file.
    pub(crate) file: &'static str,
    /// What is there exactly once.
    pub(crate) find: &'static str,
    /// What takes its place.
    pub(crate) put: &'static str,
}
