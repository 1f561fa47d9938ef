//! The kinds that have pages of their own.

/// A kind with a list, and a page for each of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rollouts.
    Rollout,
    /// Applications.
    Application,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollout => "Rollout",
            Self::Application => "Application",
        }
    }

    /// The name of several.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Rollout => "Rollouts",
            Self::Application => "Applications",
        }
    }

    /// Its resource in the API, which is also where its pages are.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Rollout => "rollouts",
            Self::Application => "applications",
        }
    }

    /// The address of the list's events.
    pub fn events(self) -> &'static str {
        match self {
            Self::Rollout => "/events",
            Self::Application => "/applications/events",
        }
    }

    /// The address of an object's page.
    pub fn page(self, namespace: &str, name: &str) -> String {
        format!("/{}/{namespace}/{name}", self.resource())
    }
}
