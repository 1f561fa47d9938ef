//! When a field is left out of the JSON: what is zero or off is what leaving it out means.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands predicates a reference")]

/// A flag that is off.
pub(crate) fn off(flag: &bool) -> bool {
    !*flag
}

/// A count of nothing.
pub(crate) fn zero<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}
