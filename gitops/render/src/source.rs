//! One source of an Application: its files, and which tool renders them.

mod overrides;
mod reader;
mod tool;

pub(crate) use self::overrides::with_overrides;
pub(crate) use self::reader::{Origin, Reader};
pub use self::tool::Tool;
pub(crate) use self::tool::{KUSTOMIZATIONS, of};
