//! Versions and constraints of versions, as Masterminds/semver v3 reads and compares them.

mod constraint;
mod version;

pub(crate) use constraint::Constraint;
pub(crate) use version::Bump;
pub use version::Version;
