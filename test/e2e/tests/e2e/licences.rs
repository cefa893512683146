//! Every crate in the tree is under a licence that `deny.toml` allows.

use cargo_metadata::{CargoOpt, MetadataCommand};
use spdx::{Expression, LicenseReq, ParseMode};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_crate_is_under_an_allowed_licence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let allowed = allowed_licences(&root);
    for manifest in ["Cargo.toml", "test/abi-parity/Cargo.toml"] {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join(manifest))
            .features(CargoOpt::AllFeatures)
            .other_options(["--locked".into()])
            .exec()
            .expect("cargo metadata");
        let refused: Vec<String> = metadata
            .packages
            .iter()
            .filter(|package| !is_allowed(package.license.as_deref(), &allowed))
            .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
            .collect();
        assert!(metadata.packages.len() > 100, "the whole tree of {manifest} was read");
        assert_eq!(refused, [""; 0], "licences in {manifest} that deny.toml does not allow");
    }
}

fn is_allowed(licence: Option<&str>, allowed: &BTreeSet<String>) -> bool {
    licence
        .and_then(|text| Expression::parse_mode(text, ParseMode::LAX).ok())
        .is_some_and(|expression| {
            expression.evaluate(|requirement: &LicenseReq| allowed.contains(&requirement.to_string()))
        })
}

fn allowed_licences(root: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root.join("deny.toml")).expect("deny.toml");
    let document: toml::Table = text.parse().expect("deny.toml is TOML");
    let list = document["licenses"]["allow"].as_array().expect("licenses.allow");
    list.iter()
        .map(|entry| entry.as_str().expect("a licence").to_owned())
        .collect()
}
