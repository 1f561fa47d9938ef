//! What Applications may have done in git about commits whose releases were taken back.

use std::collections::BTreeSet;

use crate::application::revert::Manner;
use crate::check::Checker;

/// The ways that are allowed: a revert is pushed with a repository's credentials, which whoever writes Applications may not have.
/// `None`: whatever those credentials permit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reverts(Option<BTreeSet<Manner>>);

impl Reverts {
    pub(super) fn read(check: &mut Checker, spec: Option<&[String]>) -> Self {
        let mut read = |(at, text): (usize, &String)| {
            Manner::read(text).map_err(|why| check.wrong(&format!("spec.reverts[{at}]"), why)).ok()
        };
        Self(spec.map(|ways| ways.iter().enumerate().filter_map(&mut read).collect()))
    }

    pub(super) fn has(&self, manner: Manner) -> bool {
        self.0.as_ref().is_none_or(|ways| ways.contains(&manner))
    }
}
