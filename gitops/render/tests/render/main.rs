//! Rendering real repositories with real programs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::format_push_string, clippy::format_collect, reason = "tests are told as text")]

mod bench;
mod bookverse;
mod directories;
mod guide;
mod helm;
mod hostile;
mod jail;
mod kept;
mod kustomize;
mod many;
mod promotion;
mod repositories;
mod reverts;
mod servers;
mod signatures;
