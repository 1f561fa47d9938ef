//! How one value is to be printed: flags, width and precision of a verb.

use crate::error::Failure;
use crate::limits::Growing;

#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // these are the flags of Go's verbs
pub(super) struct Spec {
    pub(super) verb: char,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Spec {
    pub(super) fn plain(verb: char) -> Self {
        let off = false;
        Spec { verb, plus: off, minus: off, sharp: off, space: off, zero: off, width: None, precision: None }
    }

    /// `%#v`: values in Go's syntax.
    pub(super) fn is_syntax(&self) -> bool {
        self.verb == 'v' && self.sharp
    }

    /// Whether numbers show their sign, which `%+v` does not mean.
    pub(super) fn signs(&self) -> bool {
        self.plus && self.verb != 'v'
    }

    /// `#` where it is not part of `%#v`.
    pub(super) fn alternate(&self) -> bool {
        self.sharp && self.verb != 'v'
    }

    pub(super) fn pad(&self, text: &str, out: &mut Growing) -> Result<(), Failure> {
        self.pad_by(text, if self.zero && !self.minus { "0" } else { " " }, out)
    }

    /// Pads by spaces even where zeros are asked for.
    pub(super) fn pad_spaces(&self, text: &str, out: &mut Growing) -> Result<(), Failure> {
        self.pad_by(text, " ", out)
    }

    fn pad_by(&self, text: &str, by: &str, out: &mut Growing) -> Result<(), Failure> {
        let lacking = self.width.unwrap_or_default().saturating_sub(text.chars().count());
        if !self.minus {
            out.repeat(by, lacking)?;
        }
        out.push(text)?;
        if self.minus { out.repeat(" ", lacking) } else { Ok(()) }
    }
}
