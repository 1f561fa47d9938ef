//! Which bug is at work in this copy of the program; `cargo teeth` adds this file to its copies only.

use std::sync::LazyLock;

static NAME: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("SLUICE_PLANTED").ok());

/// Whether it is that one.
pub(crate) fn planted(bug: &str) -> bool {
    NAME.as_deref() == Some(bug)
}
