//! Functions of the caller.

use std::fmt;
use std::sync::Arc;

use super::Value;

type Run = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

/// A function of the caller, with a name for messages.
#[derive(Clone)]
pub struct Native {
    name: String,
    run: Arc<Run>,
}

impl Native {
    pub(super) fn new(
        name: impl Into<String>,
        run: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        Native { name: name.into(), run: Arc::new(run) }
    }

    /// Calls it.
    pub(crate) fn call(&self, args: &[Value]) -> Result<Value, String> {
        (self.run)(args).map_err(|message| format!("{}: {message}", self.name))
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "func {}", self.name)
    }
}
