//! How the roles of revisions are told.

use clap::builder::styling::AnsiColor;
use sluice_orders::role::Role;

use super::text::Text;

/// The one that gives a revision its colour.
pub(super) fn main(roles: &[Role]) -> Option<Role> {
    roles.iter().rfind(|role| !matches!(role, Role::Ping | Role::Pong)).copied()
}

/// A role's name in its colour.
pub(super) fn text(role: Role) -> Text {
    Text::coloured(role.name(), Some(colour(role)))
}

/// The colour of what has this role.
pub(super) fn colour(role: Role) -> AnsiColor {
    match role {
        Role::Stable | Role::Active => AnsiColor::Green,
        Role::Canary => AnsiColor::Yellow,
        Role::Preview => AnsiColor::BrightBlue,
        Role::Ping | Role::Pong => AnsiColor::Cyan,
    }
}
