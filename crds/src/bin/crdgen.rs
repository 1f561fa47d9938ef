//! Writes the CustomResourceDefinitions to `crds/yaml/`, and to the chart, which cannot look outside its folder; and their schemas to
//! the cluster in memory.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("yaml"), here.join("../charts/sluice/files/crds")];
    let definitions = sluice_crds::definitions();
    for definition in &definitions {
        let (name, yaml) = sluice_crds::manifest(definition)?;
        for folder in &folders {
            fs::create_dir_all(folder)?;
            fs::write(folder.join(&name), &yaml)?;
        }
        println!("{name}: {} bytes", yaml.len());
    }
    fs::write(here.join("../e2e/world/src/api/schema/definitions.json"), sluice_crds::json_schemas(&definitions)?)?;
    Ok(())
}
