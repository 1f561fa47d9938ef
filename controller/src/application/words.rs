//! What people say by annotations of an Application.

use kube::ResourceExt;
use sluice_crds::Application;
use sluice_crds::names::application::{DELETION_APPROVED, PRUNE_APPROVED, REFRESH, REVERT, SKIP_RECONCILE};
use sluice_gitops::application::observed::Words;

/// Reads them. That it was looked anew, only the look at the sources tells.
pub(super) fn read(application: &Application) -> Words {
    let said = |name: &str| application.annotations().get(name).map(|text| text.trim().to_owned());
    Words {
        frozen: said(SKIP_RECONCILE).as_deref() == Some("true"),
        refreshed: false,
        deletion_approved: said(DELETION_APPROVED).and_then(|text| text.parse().ok()),
        revert: said(REVERT).filter(|text| !text.is_empty()),
        prune_approved: said(PRUNE_APPROVED).filter(|text| !text.is_empty()),
    }
}

/// Whether somebody wants it looked at anew. `hard` is the same as `normal`: nothing that is kept rendered can be stale, as it is
/// kept by the hash of all that went in.
pub(super) fn asks(application: &Application) -> bool {
    application.annotations().contains_key(REFRESH)
}
