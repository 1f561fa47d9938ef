//! Writes the CustomResourceDefinitions to `crds/yaml/`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("yaml");
    fs::create_dir_all(&folder)?;
    for definition in sluice_crds::definitions() {
        let (name, yaml) = sluice_crds::manifest(&definition)?;
        fs::write(folder.join(&name), &yaml)?;
        println!("{name}: {} bytes", yaml.len());
    }
    Ok(())
}
