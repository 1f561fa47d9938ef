//! Writes the CustomResourceDefinitions to `crds/yaml/`, and to the chart, which cannot look outside its folder.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("yaml"), here.join("../charts/sluice/files/crds")];
    for definition in sluice_crds::definitions() {
        let (name, yaml) = sluice_crds::manifest(&definition)?;
        for folder in &folders {
            fs::create_dir_all(folder)?;
            fs::write(folder.join(&name), &yaml)?;
        }
        println!("{name}: {} bytes", yaml.len());
    }
    Ok(())
}
