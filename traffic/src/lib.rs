//! What routes should say, and whether a router does what its route says.
//!
//! Pure: a live object in, a patch or `None` out; an answer of the router's API in, a verdict out.
//! Sends nothing and reads no clock.

pub mod traefik;
pub mod waited;
