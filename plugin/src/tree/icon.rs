//! The signs before a status.

use clap::builder::styling::AnsiColor;
use sluice_crds::{AnalysisPhase, RolloutPhase};

use super::text::Text;

/// How something stands, in one sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    /// As it should be.
    Ok,
    /// Ended badly.
    Bad,
    /// Under way.
    Progressing,
    /// Has not begun.
    Waiting,
    /// Held.
    Paused,
    /// Something went wrong that may pass.
    Warning,
    /// Nobody can tell.
    Unknown,
    /// Scaled down.
    Neutral,
    /// Nothing is said.
    None,
}

impl Icon {
    /// Of a Rollout.
    pub(crate) fn of_phase(phase: RolloutPhase) -> Self {
        match phase {
            RolloutPhase::Unset => Self::None,
            RolloutPhase::Healthy => Self::Ok,
            RolloutPhase::Progressing => Self::Progressing,
            RolloutPhase::Paused => Self::Paused,
            RolloutPhase::Degraded => Self::Bad,
        }
    }

    /// Of an AnalysisRun.
    pub(crate) fn of_analysis(phase: AnalysisPhase) -> Self {
        match phase {
            AnalysisPhase::Unset => Self::None,
            AnalysisPhase::Pending => Self::Waiting,
            AnalysisPhase::Running => Self::Progressing,
            AnalysisPhase::Successful => Self::Ok,
            AnalysisPhase::Failed => Self::Bad,
            AnalysisPhase::Error => Self::Warning,
            AnalysisPhase::Inconclusive => Self::Unknown,
        }
    }

    /// The sign in its colour.
    pub(crate) fn text(self) -> Text {
        let (sign, colour) = match self {
            Self::Ok => ('✔', Some(AnsiColor::Green)),
            Self::Bad => ('✖', Some(AnsiColor::Red)),
            Self::Progressing => ('◌', Some(AnsiColor::BrightBlue)),
            Self::Waiting => ('◷', Some(AnsiColor::Yellow)),
            Self::Paused => ('॥', None),
            Self::Warning => ('⚠', Some(AnsiColor::Red)),
            Self::Unknown => ('?', Some(AnsiColor::Yellow)),
            Self::Neutral => ('•', None),
            Self::None => (' ', None),
        };
        Text::coloured(sign, colour)
    }
}
