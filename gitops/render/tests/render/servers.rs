//! Repositories behind servers: https is spoken to as http here, which git and reqwest tell apart only by the TLS.

mod charts;
pub(crate) mod git;
mod hanging;
pub(crate) mod http;
mod ssh;
