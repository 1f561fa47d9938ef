//! Templates and what becomes of them.
