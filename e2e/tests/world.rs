//! The world itself.

fn main() -> anyhow::Result<std::process::ExitCode> {
    use sluice_e2e::*;
    let t = std::time::Instant::now();
    let tools = tools::Tools::ensure()?;
    eprintln!("tools {:?}", t.elapsed());
    let Some(inside) = namespace::inside()? else {
        return namespace::run_inside(&["api"]);
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Runtime::new()?.block_on(async {
        let c = cluster::Cluster::start(&tools, &inside.run_dir).await?;
        eprintln!("started {:?}", t.elapsed());
        forward::open_inside("api", &inside.run_dir, cluster::API_ADDRESS.parse()?)?;
        c.write_outside_kubeconfig(
            std::path::Path::new("/tmp/gw/kc"),
            inside.door("api").unwrap(),
        )?;
        namespace::asked_to_end().await?;
        eprintln!("ending");
        Ok(std::process::ExitCode::SUCCESS)
    })
}
