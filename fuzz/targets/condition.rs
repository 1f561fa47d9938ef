//! See `sluice_fuzz::condition`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice_fuzz::condition::try_one(data));
