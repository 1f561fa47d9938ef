//! What is known, not yet known, or cannot be.

/// What a cluster says, as far as it has been asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known<T> {
    /// It is being asked. Whoever waits is told.
    #[default]
    Pending,
    /// It cannot be told: this is why, and what to do.
    Failed(String),
    /// This is what it says.
    Ready(T),
}

impl<T> Known<T> {
    /// What is known.
    pub fn ready(self) -> Option<T> {
        match self {
            Self::Ready(known) => Some(known),
            Self::Pending | Self::Failed(_) => None,
        }
    }

    /// The same of what is made of it.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Pending => Known::Pending,
            Self::Failed(why) => Known::Failed(why),
            Self::Ready(known) => Known::Ready(make(known)),
        }
    }
}
