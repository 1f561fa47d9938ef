//! What people may write into any field of our kinds, by mistake or by malice: every leaf of every schema, and for each
//! leaf values that are legal, at the edge, and wrong.
//!
//! Leaves come from the definitions themselves ([`leaf`]), so a new field is tried as soon as it is there. What a field
//! means ([`meaning`]) says which values are worth trying ([`trial`]).

pub mod leaf;
pub mod meaning;
pub mod path;
mod texts;
pub mod trial;
