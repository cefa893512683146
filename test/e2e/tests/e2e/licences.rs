//! Every crate in the tree is under a licence that `deny.toml` allows.

use cargo_metadata::{CargoOpt, MetadataCommand};
use spdx::{Expression, LicenseReq, ParseMode};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_crate_is_under_an_allowed_licence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let allowed = allowed_licences(&root);
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".into()])
        .exec()
        .expect("cargo metadata");
    let refused: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| {
            let expression = package
                .license
                .as_deref()
                .and_then(|text| Expression::parse_mode(text, ParseMode::LAX).ok());
            !expression.is_some_and(|e| e.evaluate(|requirement| allowed.contains(&normal(requirement))))
        })
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(metadata.packages.len() > 100, "the whole tree was read");
    assert_eq!(refused, [""; 0], "licences that deny.toml does not allow");
}

fn allowed_licences(root: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root.join("deny.toml")).expect("deny.toml");
    let document: toml::Table = text.parse().expect("deny.toml is TOML");
    let list = document["licenses"]["allow"].as_array().expect("licenses.allow");
    list.iter()
        .map(|entry| entry.as_str().expect("a licence").to_owned())
        .collect()
}

fn normal(requirement: &LicenseReq) -> String {
    requirement.to_string()
}
