//! Which lists are maps or sets, and which maps are one value: what merging and field ownership go by.

use super::catalog::Resource;
use super::schema::{self, List, Schema};

/// What is known of the values at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    /// Of a whole object, whose metadata is that of all; nothing more is known where its definition keeps everything.
    Root(Option<&'a Schema>),
    /// What a schema says.
    Known(&'a Schema),
    /// Nothing: maps are maps, lists are one value.
    Unknown,
}

impl<'a> Shape<'a> {
    /// Of whole objects of a kind.
    pub(crate) fn of(of: &'a Resource) -> Self {
        Self::Root(schema::of(of))
    }

    /// Of a field's value.
    pub(crate) fn field(self, name: &str) -> Self {
        let schema = match self {
            Self::Root(_) if name == "metadata" => schema::metadata(),
            _ => self.schema().and_then(|schema| schema.field(name)),
        };
        schema.map_or(Self::Unknown, Self::Known)
    }

    /// Of a list's items.
    pub(crate) fn items(self) -> Self {
        self.schema().and_then(Schema::items).map_or(Self::Unknown, Self::Known)
    }

    /// Whether fields of that name are of a struct, not of a map.
    pub(crate) fn knows(self, name: &str) -> bool {
        matches!(self, Self::Root(_)) && name == "metadata" || self.schema().is_some_and(|schema| schema.knows(name))
    }

    /// How the items of the list here are told apart.
    pub(crate) fn list(self) -> &'a List {
        self.schema().map_or(&List::Atomic, Schema::list)
    }

    /// Whether the map here is one value.
    pub(crate) fn is_atomic(self) -> bool {
        self.schema().is_some_and(Schema::is_atomic)
    }

    /// What patches tell the items of the list here apart by: none where they replace it, nothing where they add to it.
    pub(crate) fn merge_key(self) -> Option<&'a str> {
        self.schema().and_then(Schema::merge_key)
    }

    fn schema(self) -> Option<&'a Schema> {
        match self {
            Self::Root(schema) => schema,
            Self::Known(schema) => Some(schema),
            Self::Unknown => None,
        }
    }
}
