//! Which lists are maps or sets, and which maps are one value: what merging and field ownership go by.

use super::catalog::Resource;
use super::schema::Schema;

/// How the items of a list are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// They are not: the list is one value.
    Atomic,
    /// By what they are.
    Set,
    /// By these fields, with what a missing one counts as.
    Map(&'static [(&'static str, &'static str)]),
}

/// What is known of the values at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    /// Of a built-in kind.
    BuiltIn(&'a Resource),
    /// What a definition says.
    Schema(&'a Schema),
    /// Nothing: maps are maps, lists are one value.
    Unknown,
}

impl<'a> Shape<'a> {
    /// Of whole objects of a kind.
    pub(crate) fn of(of: &'a Resource) -> Self {
        match super::schema::of(of) {
            Some(schema) => Self::Schema(schema),
            None if of.custom => Self::Unknown,
            None => Self::BuiltIn(of),
        }
    }

    /// Of a field's value.
    pub(crate) fn field(self, name: &str) -> Self {
        match self {
            Self::BuiltIn(of) => Self::BuiltIn(of),
            Self::Schema(schema) => schema.field(name).map_or(Self::Unknown, Self::Schema),
            Self::Unknown => Self::Unknown,
        }
    }

    /// Whether fields of that name are of a struct, not of a map.
    pub(crate) fn knows(self, name: &str) -> bool {
        match self {
            Self::BuiltIn(_) => true,
            Self::Schema(schema) => schema.knows(name),
            Self::Unknown => false,
        }
    }

    /// Of the list at a path.
    pub(crate) fn list(self, path: &[&str]) -> ListKind {
        match (self, path) {
            (_, ["metadata", "finalizers"]) => ListKind::Set,
            (_, ["metadata", "ownerReferences"]) => ListKind::Map(&[("uid", "")]),
            (Self::BuiltIn(of), path) => built_in_list(of, path),
            _ => ListKind::Atomic,
        }
    }

    /// Whether the map at a path is one value.
    pub(crate) fn is_atomic(self, path: &[&str]) -> bool {
        if path == ["metadata", "ownerReferences"] {
            return true;
        }
        let Self::BuiltIn(of) = self else { return false };
        matches!(
            (of.kind, path),
            ("ReplicaSet" | "Deployment" | "Job" | "Service" | "PodDisruptionBudget", ["spec", "selector"])
                | ("Event", ["regarding" | "related"])
                | (
                    _,
                    [
                        ..,
                        "nodeSelector"
                            | "labelSelector"
                            | "fieldRef"
                            | "resourceFieldRef"
                            | "secretKeyRef"
                            | "configMapKeyRef"
                            | "targetRef"
                    ]
                )
        )
    }
}

/// Of a list of a built-in kind.
pub(crate) fn built_in_list(of: &Resource, path: &[&str]) -> ListKind {
    match (of.kind, path) {
        (_, ["metadata", "finalizers"]) => ListKind::Set,
        (_, ["metadata", "ownerReferences"]) => ListKind::Map(&[("uid", "")]),
        ("Service", ["spec", "ports"]) => ListKind::Map(&[("port", ""), ("protocol", "TCP")]),
        (_, [.., "containers" | "initContainers" | "ephemeralContainers", "ports"]) => {
            ListKind::Map(&[("containerPort", ""), ("protocol", "TCP")])
        }
        (_, [.., "containers" | "initContainers" | "ephemeralContainers" | "env" | "volumes" | "imagePullSecrets"]) => {
            ListKind::Map(&[("name", "")])
        }
        (_, [.., "volumeMounts"]) => ListKind::Map(&[("mountPath", "")]),
        (_, [.., "hostAliases"] | ["status", "podIPs" | "hostIPs"]) => ListKind::Map(&[("ip", "")]),
        (_, ["status", "conditions"]) => ListKind::Map(&[("type", "")]),
        _ => ListKind::Atomic,
    }
}
