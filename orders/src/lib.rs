//! Orders given by hand, and what each means for an object as it stands. Pure: an object comes in, what is to be written or a
//! refusal goes out.
//!
//! `kubectl sluice` and the dashboard both ask here, so that the same order does the same wherever it is given. What is written
//! is what the established plugin and command line write: fields of the status for orders about a release, fields of the spec for
//! what is to run, the operation and annotations of an Application.
//!
//! *Never*: a client, a clock, a word about who may do it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::needless_raw_string_hashes))]

pub mod application;
pub mod own;
pub mod release;
pub mod role;
pub mod spec;
pub mod standing;
pub mod template;
mod write;

use std::borrow::Cow;

pub use write::{Meant, NOT_APPLICABLE, Part, Patch, Request, Write, is_overtaken};

/// What an order comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// This is to be written.
    Write(Write),
    /// It is so already.
    Nothing(Cow<'static, str>),
    /// It would not do what was meant.
    Refused(Cow<'static, str>),
}

impl Verdict {
    fn nothing(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Nothing(why.into())
    }

    fn refused(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(why.into())
    }
}

#[cfg(test)]
mod tests;
