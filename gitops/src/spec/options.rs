//! Sync options: words like `PruneLast=true`, of an Application, of one operation, or of a single object.
#![allow(clippy::struct_excessive_bools, reason = "the established options")]

/// What the words say together. The later one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Makes the destination's namespace.
    pub create_namespace: bool,
    /// Does not have fields checked that the schema does not know.
    pub skip_validation: bool,
    /// A kind that nobody knows yet is no mistake before anything is written.
    pub skip_dry_run_on_missing: bool,
    /// Leaves alone what is as git says.
    pub apply_out_of_sync_only: bool,
    /// Deletes what git no longer has after everything else.
    pub prune_last: bool,
    /// How an object's dependents go with it.
    pub propagation: Propagation,
    /// Whether what git no longer has may be deleted.
    pub prune: Leave,
    /// Whether it may be deleted with its Application.
    pub delete: Leave,
    /// Replaces instead of changing.
    pub replace: bool,
    /// Deletes and makes anew what cannot be changed.
    pub force: bool,
    /// Fails where another Application has an object already.
    pub fail_on_shared: bool,
    /// Does not write fields whose differences count as none.
    pub respect_ignore: bool,
    /// The wave of the Application's own object.
    pub wave: Option<i64>,
}

/// How an object's dependents go with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// Before it.
    #[default]
    Foreground,
    /// After it.
    Background,
    /// They stay.
    Orphan,
}

/// Whether something may be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    #[default]
    Given,
    /// It must not.
    Refused,
    /// Once a person says so.
    Asked,
}

/// What was thought of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It counts.
    Known,
    /// It is known and changes nothing here.
    Idle,
    /// It is no option.
    Unknown,
}

/// The annotation that people put among the options, although it belongs on the object.
const WAVE: &str = "argocd.argoproj.io/sync-wave";

impl Options {
    /// Takes in a word.
    pub fn take(&mut self, word: &str) -> Word {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        if name == WAVE {
            self.wave = value.parse().ok();
            return if self.wave.is_some() { Word::Known } else { Word::Unknown };
        }
        match (name, value) {
            ("PrunePropagationPolicy", "foreground") => self.propagation = Propagation::Foreground,
            ("PrunePropagationPolicy", "background") => self.propagation = Propagation::Background,
            ("PrunePropagationPolicy", "orphan") => self.propagation = Propagation::Orphan,
            ("Prune", value) if leave(value).is_some() => self.prune = leave(value).unwrap_or_default(),
            ("Delete", value) if leave(value).is_some() => self.delete = leave(value).unwrap_or_default(),
            // Everything is applied by the server here, and takes over what others applied before.
            ("ServerSideApply" | "ClientSideApplyMigration", "true" | "false") => return Word::Idle,
            (_, "true") => return self.switch(name, true),
            (_, "false") => return self.switch(name, false),
            _ => return Word::Unknown,
        }
        Word::Known
    }

    fn switch(&mut self, name: &str, on: bool) -> Word {
        let switch = match name {
            "CreateNamespace" => &mut self.create_namespace,
            "SkipDryRunOnMissingResource" => &mut self.skip_dry_run_on_missing,
            "ApplyOutOfSyncOnly" => &mut self.apply_out_of_sync_only,
            "PruneLast" => &mut self.prune_last,
            "Replace" => &mut self.replace,
            "Force" => &mut self.force,
            "FailOnSharedResource" => &mut self.fail_on_shared,
            "RespectIgnoreDifferences" => &mut self.respect_ignore,
            "Validate" => {
                self.skip_validation = !on;
                return Word::Known;
            }
            _ => return Word::Unknown,
        };
        *switch = on;
        Word::Known
    }

    /// The options of one object: the Application's, then its own.
    pub fn of<'a>(mut self, words: impl Iterator<Item = &'a str>) -> Self {
        words.for_each(|word| {
            self.take(word);
        });
        self
    }
}

fn leave(value: &str) -> Option<Leave> {
    match value {
        "true" => Some(Leave::Given),
        "false" => Some(Leave::Refused),
        "confirm" => Some(Leave::Asked),
        _ => None,
    }
}
