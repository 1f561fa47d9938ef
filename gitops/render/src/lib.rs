//! The hands of the sync loop: sources are fetched, and manifests rendered. Beside the Kubernetes API this is the only I/O of
//! the GitOps half; what to do with the objects is decided elsewhere.

mod address;
mod child;
pub mod credentials;
mod error;
mod git;
mod hidden;
pub mod jail;
mod jsonnet;
mod limits;
mod path;
mod tree;
mod version;

pub use self::error::{Kind, RenderError};
pub use self::git::Programs;
pub use self::hidden::Hidden;
pub use self::limits::Limits;
