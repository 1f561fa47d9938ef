//! The hands of the sync loop: sources are fetched, and manifests rendered. Beside the Kubernetes API this is the only I/O of
//! the GitOps half; what to do with the objects is decided elsewhere.
//!
//! [`Workshop::render`] goes through these, in this order:
//!
//! 1. `render` – all sources of an Application; `render::open` – a source's commit or chart.
//! 2. `git` – repositories: what they have, and object stores that are never checked out; `helm::Shop` – charts.
//! 3. `tree` – the files of a commit as a list, in which links are followed by us and never lead out.
//! 4. `directory`, `helm`, `kustomize`, `jsonnet` – what is made of them, by programs in the `jail`.
//! 5. `cache` – by the hash of all that went in.

#![cfg_attr(test, allow(clippy::format_push_string, clippy::format_collect, reason = "tests are told as text"))]

mod address;
mod cache;
mod child;
pub mod credentials;
mod directory;
mod environment;
mod error;
mod git;
mod given;
mod helm;
mod hidden;
pub mod jail;
mod jsonnet;
mod kustomize;
mod limits;
mod objects;
mod path;
mod render;
mod request;
mod revert;
mod seats;
mod signature;
mod source;
mod tree;
mod version;
pub mod webhook;
mod witness;
mod workshop;
mod yaml;

pub use self::address::server;
pub use self::error::{Kind, RenderError};
pub use self::git::{GitRequest, Meter, Programs};
pub use self::given::given;
pub use self::hidden::Hidden;
pub use self::kustomize::Builds;
pub use self::limits::Limits;
pub use self::request::{Cluster, Rendered, RenderedSource, Request};
pub use self::revert::Reverted;
pub use self::seats::{Seat, Seats};
pub use self::signature::Keyring;
pub use self::source::Tool;
pub use self::workshop::Workshop;
