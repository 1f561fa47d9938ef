//! What people say by annotations of an Application.

use kube::ResourceExt;
use sluice_crds::Application;
use sluice_crds::names::application::{DELETION_APPROVED, PRUNE_APPROVED, REFRESH, REVERT, SKIP_RECONCILE};
use sluice_gitops::application::observed::Words;
use sluice_gitops::go;

/// Reads them. That it was looked anew, only the look at the sources tells.
pub(super) fn read(application: &Application) -> Words {
    let said = |name: &str| application.annotations().get(name).map(|text| text.trim().to_owned());
    Words {
        frozen: is_frozen(application),
        refreshed: false,
        deletion_approved: said(DELETION_APPROVED).and_then(|text| text.parse().ok()),
        revert: said(REVERT).filter(|text| !text.is_empty()),
        prune_approved: said(PRUNE_APPROVED).filter(|text| !text.is_empty()),
    }
}

/// Whether it is to be left alone.
pub(crate) fn is_frozen(application: &Application) -> bool {
    application.annotations().get(SKIP_RECONCILE).is_some_and(|word| go::bool(word.trim()) == Some(true))
}

/// Whether somebody wants it looked at anew. `hard` is the same as `normal`: nothing that is kept rendered can be stale, as it is
/// kept by the hash of all that went in.
pub(super) fn asks(application: &Application) -> bool {
    application.annotations().contains_key(REFRESH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_frozen_by_every_word_that_go_takes_for_true() {
        let is_frozen = |word: &str| {
            let mut application = Application::default();
            application.metadata.annotations = Some([(SKIP_RECONCILE.to_owned(), word.to_owned())].into());
            read(&application).frozen
        };
        for (word, expected) in [
            ("true", true),
            ("True", true),
            ("TRUE", true),
            ("1", true),
            ("t", true),
            ("T", true),
            ("tRUE", false),
            ("yes", false),
            ("0", false),
            ("", false),
        ] {
            assert_eq!(is_frozen(word), expected, "{word:?}");
        }
    }
}
