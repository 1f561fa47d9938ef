//! Packs the schemas: every program with the cluster in memory has them, and as text they are ten times as large.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for name in ["definitions", "openapi"] {
        let from = format!("src/api/schema/{name}.json");
        println!("cargo::rerun-if-changed={from}");
        let packed = File::create(Path::new(&out).join(format!("{name}.json.deflate")))?;
        let mut packed = DeflateEncoder::new(packed, Compression::best());
        packed.write_all(&fs::read(&from)?)?;
        packed.finish()?;
    }
    Ok(())
}
