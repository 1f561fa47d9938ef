//! What tests of findings share.

use kube::core::Status;

/// An API server's refusal.
pub(super) fn refused(code: u16) -> kube::Error {
    let status = Status { code, reason: "Refused".to_owned(), message: "no luck".to_owned(), ..Status::default() };
    kube::Error::Api(status.boxed())
}
