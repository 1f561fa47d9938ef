//! One Application: observe, plan, apply, record.
//!
//! [`observed::Observed`] is everything one decision may look at, [`plan`] decides, [`change::Change`] is a write, [`fact::Fact`] is
//! what is so, and [`status::fold`] writes it down.

mod auto;
pub mod change;
mod compare;
pub mod delete;
mod due;
pub mod event;
pub mod fact;
pub mod observed;
mod operation;
pub mod plan;
pub mod prune;
pub mod release;
pub mod revert;
pub mod revision;
pub mod status;
mod step;
pub mod subject;
mod tasks;
mod unserved;

pub use operation::is_held;
pub use plan::{Plan, plan};
