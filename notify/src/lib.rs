//! Who is told what about a release, and the services that carry it.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::needless_pass_by_value,
        clippy::needless_raw_string_hashes,
        reason = "a test may stop at the first surprise, reads best with plain arguments, and expect-test writes r#"
    )
)]

mod builtin;
pub mod config;
mod hidden;
mod id;
pub mod release;
pub mod render;
mod selector;
pub mod send;
pub mod slack;
pub mod subscribe;
#[cfg(test)]
mod tests;
mod text;
pub mod trigger;

pub use hidden::Hidden;
pub use id::Id;
