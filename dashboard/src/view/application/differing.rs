//! Where objects are not as git says, field by field: told by whoever compares them.

use super::words::kind;
use super::{ApplicationView, ObjectView};

/// The most fields that are shown of an Application.
const MOST: usize = 200;

/// An object of an Application that is not as git says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differing {
    /// Its API group; empty for the core.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where it is in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The first fields that differ. Never what is in a Secret.
    pub fields: Vec<Field>,
    /// How many more do.
    pub more: usize,
}

/// A field that is not as git says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which, as a JSON pointer.
    pub path: String,
    /// What is in the cluster.
    pub here: String,
    /// What git says.
    pub wanted: String,
}

impl ApplicationView {
    /// The same with the fields by which its objects are told to differ; of many the first, so that a page stays short.
    #[must_use]
    pub fn telling(mut self, differing: &[Differing]) -> Self {
        let mut left = MOST;
        let objects = self.waves.iter_mut().flat_map(|(_, all)| all).filter(|one| one.differs());
        for object in objects {
            let Some(told) = differing.iter().find(|one| one.is_about(object)) else { continue };
            object.fields = told.fields.iter().take(left).cloned().collect();
            object.more_fields = told.more + told.fields.len() - object.fields.len();
            left -= object.fields.len();
        }
        self
    }
}

impl Differing {
    fn is_about(&self, object: &ObjectView) -> bool {
        object.kind == kind(&self.group, &self.kind) && object.namespace == self.namespace && object.name == self.name
    }
}
