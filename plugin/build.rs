//! How the program is linked as people install it (`--profile plugin`): for size.
//!
//! What aborts where it panics never unwinds: the tables for that are left out, a ninth of the program. Functions that came out the
//! same are one. And it stays where it was linked to be, as programs in Go do: that takes no relocations, which are half a megabyte
//! and part of its start. (Packed they would be as small, but need glibc 2.36.)

use std::env;

/// The linker that comes with Rust for this target takes all of these; those of others may not.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// What leaves out the tables.
const SCRIPT: &str = "link.ld";

fn main() {
    println!("cargo::rerun-if-changed={SCRIPT}");
    // No variable tells the profile's name, nor how it panics. This is the only one for size.
    let says = |name: &str, word: &str| env::var(name).is_ok_and(|said| said == word);
    if !says("TARGET", TARGET) || !says("OPT_LEVEL", "z") {
        return;
    }
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let script = format!("-Wl,-T,{folder}/{SCRIPT}");
    for arg in ["-no-pie", "-Wl,--icf=all", "-Wl,--no-eh-frame-hdr", &script] {
        println!("cargo::rustc-link-arg-bins={arg}");
    }
}
