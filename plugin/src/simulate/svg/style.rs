//! The colours, for light and for dark.

/// The style sheet. Light colours stand first, so that readers that know no media queries show those.
pub(super) const STYLE: &str = "
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:11px;fill:#57606a}
.ground{fill:#ffffff}
.title{font-size:16px;font-weight:600;fill:#1f2328}
.strong{fill:#1f2328;font-weight:600}
.name{fill:#1f2328}
.ok{fill:#1a7f37}.bad{fill:#cf222e}.warn{fill:#9a6700}
.verdict{font-size:12px;font-weight:600}
.grid{stroke:#d8dee4;stroke-width:1}
.axis{stroke:#8c959f;stroke-width:1}
.weight{fill:none;stroke:#0969da;stroke-width:2;stroke-linejoin:round}
.under{fill:#0969da;fill-opacity:.10}
.desired{fill:none;stroke:#8250df;stroke-width:1.5;stroke-dasharray:4 3}
.new{fill:#54aeff}
.old{fill:#c4ccd4}
.pause{fill:#fae17d;fill-opacity:.35}
.dead{fill:#ffcecb;fill-opacity:.6}
.badge{fill:#eaeef2;stroke:#afb8c1;stroke-width:1}
.stem{stroke:#8c959f;stroke-width:1;stroke-dasharray:1 3}
.mark{stroke:#57606a;stroke-width:1;stroke-dasharray:2 2}
.mark-bad{stroke:#cf222e;stroke-width:1;stroke-dasharray:2 2}
.mark-ok{stroke:#1a7f37;stroke-width:1;stroke-dasharray:2 2}
.mark-warn{stroke:#9a6700;stroke-width:1;stroke-dasharray:2 2}
.dot{fill:#57606a}
.bar{fill:#afb8c1}.bar-ok{fill:#4ac26b}.bar-bad{fill:#ff8182}.bar-warn{fill:#d4a72c}
@media (prefers-color-scheme: dark){
text{fill:#8d96a0}
.ground{fill:#0d1117}
.title,.strong,.name{fill:#e6edf3}
.ok{fill:#3fb950}.bad{fill:#f85149}.warn{fill:#d29922}
.grid{stroke:#262c36}
.axis{stroke:#6e7681}
.weight{stroke:#4493f8}
.under{fill:#4493f8;fill-opacity:.14}
.desired{stroke:#ab7df8}
.new{fill:#1f6feb}
.old{fill:#3d444d}
.pause{fill:#bb8009;fill-opacity:.22}
.dead{fill:#da3633;fill-opacity:.3}
.badge{fill:#21262d;stroke:#3d444d}
.stem{stroke:#6e7681}
.mark{stroke:#8d96a0}.mark-bad{stroke:#f85149}.mark-ok{stroke:#3fb950}.mark-warn{stroke:#d29922}
.dot{fill:#8d96a0}
.bar{fill:#6e7681}.bar-ok{fill:#238636}.bar-bad{fill:#da3633}.bar-warn{fill:#9e6a03}
}
";
