//! Has abigen read `bindings/abi/*.json`, and lists whatever it generated, so that no test can forget an item.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use ethers_contract_abigen::Abigen;
use ethers_contract_abigen::multi::MultiExpansion;
use quote::{format_ident, quote};
use syn::{Attribute, File, Ident, Item, ItemMod, Meta, Path as TypePath, Token, punctuated::Punctuated};

const ABI_DIR: &str = "../../bindings/abi";

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by OUT_DIR alone where to write"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={ABI_DIR}");
    let files = abi_files(Path::new(ABI_DIR))?;

    let abigens = files.iter().map(Abigen::from_file).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = abigens.iter().map(|abigen| abigen.name().to_string()).collect();
    let tokens = MultiExpansion::from_abigen(abigens)?.expand_inplace();

    let mut generated: File = syn::parse2(tokens)?;
    // Only the modules: abigen also re-exports everything from each of them, and the names collide.
    generated.items.retain(|item| matches!(item, Item::Mod(_)));
    generated.items.push(contracts_function(&generated.items, &names)?);

    let out = PathBuf::from(env::var("OUT_DIR")?).join("abigen.rs");
    fs::write(out, prettyplease::unparse(&generated))?;
    Ok(())
}

fn abi_files(directory: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    if files.is_empty() {
        return Err(format!("no ABI in {}", directory.display()).into());
    }
    files.sort();
    Ok(files)
}

/// `fn contracts()`, which names every call, error and event type that abigen generated.
fn contracts_function(items: &[Item], names: &[String]) -> Result<Item, Box<dyn Error>> {
    let contracts = names.iter().map(|name| {
        let abi = format_ident!("{}_ABI", name.to_uppercase());
        let module = items
            .iter()
            .find_map(|item| match item {
                Item::Mod(module) if declares_static(module, &abi) => Some(module),
                _ => None,
            })
            .ok_or_else(|| format!("abigen generated no module for {name}"))?;
        let module_name = &module.ident;
        let calls = deriving(module, "EthCall");
        let errors = deriving(module, "EthError");
        let events = deriving(module, "EthEvent");
        Ok(quote! {
            crate::Contract::new(#name, &#module_name::#abi)
                #(.function::<#module_name::#calls>())*
                #(.error::<#module_name::#errors>())*
                #(.event::<#module_name::#events>())*
        })
    });
    let contracts = contracts.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    Ok(syn::parse2(quote! {
        /// Every contract that abigen read, with every type that it generated.
        pub fn contracts() -> Vec<crate::Contract> {
            vec![#(#contracts),*]
        }
    })?)
}

fn declares_static(module: &ItemMod, name: &Ident) -> bool {
    let items = module.content.iter().flat_map(|(_, items)| items);
    items
        .into_iter()
        .any(|item| matches!(item, Item::Static(declared) if declared.ident == *name))
}

/// The names of the structs in `module` that derive `macro_name`.
fn deriving<'a>(module: &'a ItemMod, macro_name: &str) -> Vec<&'a Ident> {
    let items = module.content.iter().flat_map(|(_, items)| items);
    let structs = items.filter_map(|item| match item {
        Item::Struct(declared) => Some(declared),
        _ => None,
    });
    structs
        .filter(|declared| declared.attrs.iter().any(|attribute| derives(attribute, macro_name)))
        .map(|declared| &declared.ident)
        .collect()
}

fn derives(attribute: &Attribute, macro_name: &str) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    if !list.path.is_ident("derive") {
        return false;
    }
    let paths = list.parse_args_with(Punctuated::<TypePath, Token![,]>::parse_terminated);
    paths.is_ok_and(|paths| {
        paths
            .iter()
            .any(|path| path.segments.last().is_some_and(|last| last.ident == macro_name))
    })
}
