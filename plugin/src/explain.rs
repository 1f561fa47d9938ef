//! Errors as users read them.

use anyhow::Error;

/// What we were doing and what stood against it, in one line.
///
/// Of an API server's refusal only its message is told; what carries it adds nothing but noise.
pub(crate) fn explain(error: &Error) -> String {
    let mut parts = Vec::new();
    for cause in error.chain() {
        if let Some(kube::Error::Api(status)) = cause.downcast_ref::<kube::Error>() {
            parts.push(status.message.clone());
            break;
        }
        parts.push(cause.to_string());
    }
    // Many libraries repeat their source's text in their own.
    parts.dedup_by(|later, earlier| earlier.contains(later.as_str()));
    parts.join(": ")
}
