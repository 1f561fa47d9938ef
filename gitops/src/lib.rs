//! The brain of the sync loop: what an Application asks for, whether its project lets it, and what is to be done about it.
//!
//! Pure: no client, no clock, no file, no process. Objects come in as they were rendered and as they were seen; what is to be
//! written comes out.

pub mod application;
pub mod cel;
mod check;
pub mod diff;
pub mod glob;
pub mod go;
pub mod health;
pub mod object;
pub mod paths;
pub mod policies;
pub mod project;
pub mod repo_url;
pub mod spec;
pub mod summary;
pub mod tracking;
pub mod validate;
pub mod waves;
pub mod windows;

pub use object::{Key, Object};
