//! The passes of one loop, by the names that other controllers of this API have.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::register::{add, established, times};
use super::{InNamespace, Tally};

/// How long passes took, and how many failed. A clone is the same series.
#[derive(Clone, Debug)]
pub struct Passes {
    /// Seconds of a pass.
    pub seconds: Family<InNamespace, Histogram>,
    /// Passes that failed.
    pub errors: Family<InNamespace, Tally>,
}

impl Passes {
    pub(super) fn new(page: &mut Registry, name: &str, what: &str) -> Self {
        let seconds = format!("Seconds of a pass over {what}");
        let errors = format!("Passes over {what} that failed");
        Self {
            seconds: times(page, &format!("{name}_reconcile"), &seconds, established),
            errors: add(page, &format!("{name}_reconcile_error"), &errors),
        }
    }
}
