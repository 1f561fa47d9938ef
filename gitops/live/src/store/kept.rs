//! An object that is kept: its text, without what nobody compares.

use std::sync::Arc;

use serde_json::Value;
use sluice_gitops::diff::released;
use sluice_gitops::tracking::Tracking;

use super::text::Text;
use crate::adopt;
use crate::watch::peek::Kind;

/// An object that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(super) text: Text,
    pub(super) version: Box<str>,
    pub(super) uid: Box<str>,
    pub(super) owner: Option<Arc<str>>,
    pub(super) is_made: bool,
    pub(super) to_adopt: bool,
    pub(super) is_released: bool,
}

impl Kept {
    /// Its UID.
    pub(crate) fn uid(&self) -> &str {
        &self.uid
    }

    /// The instance whose mark it bears.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// Whether fields of it belong to managers whose place is taken.
    pub(crate) fn to_adopt(&self) -> bool {
        self.to_adopt
    }

    /// Whether a release says something in it.
    pub(crate) fn is_released(&self) -> bool {
        self.is_released
    }
}

/// What is kept of an object that was read.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(super) text: Text,
    pub(super) to_adopt: bool,
    pub(super) is_released: bool,
}

impl Whole {
    /// Of an object's text. `None` of what is no object.
    pub(crate) fn read(text: &[u8], kind: &Kind, tracking: &Tracking) -> Option<Self> {
        Some(Self::of(serde_json::from_slice(text).ok()?, kind, tracking))
    }

    /// Of an object. In a list it does not say what it is.
    pub(crate) fn of(mut value: Value, kind: &Kind, tracking: &Tracking) -> Self {
        let to_adopt = adopt::is_needed(&value, tracking);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("apiVersion".to_owned(), kind.api_version.clone().into());
            fields.insert("kind".to_owned(), kind.name.clone().into());
        }
        let is_released = released::is_said(kind.api_version.split_once('/').map_or("", |(group, _)| group), &value);
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            // Often longer than the rest. Who needs it reads the object anew.
            metadata.remove("managedFields");
        }
        Self { text: Text::of(&value), to_adopt, is_released }
    }
}
