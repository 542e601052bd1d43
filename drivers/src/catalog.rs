//! All known models: the built-in descriptors, and a folder given at run time.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::descriptor::{Descriptor, DescriptorFault, parse_usb};

/// Descriptors by model id.
#[derive(Clone, Debug)]
pub struct Catalog {
    descriptors: Vec<Descriptor>,
}

/// A folder of descriptors that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogFault {
    /// A folder cannot be read.
    #[error("cannot read the folder of descriptors `{path}`")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file is written in another encoding.
    #[error("`{path}` is not written in UTF-8; save it as UTF-8 in the editor")]
    Encoding {
        /// Which.
        path: PathBuf,
    },
    /// A descriptor is wrong.
    #[error(transparent)]
    Descriptor(#[from] DescriptorFault),
}

impl CatalogFault {
    /// Its words and those of every cause below it, with this between two of them.
    pub fn in_full(&self, between: &str) -> String {
        let causes = std::iter::successors(Some(self as &dyn std::error::Error), |fault| fault.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(between)
    }
}

static BUILT_IN: LazyLock<Catalog> = LazyLock::new(|| {
    let texts: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/devices.rs"));
    let mut catalog = Catalog { descriptors: Vec::new() };
    for (file, text) in texts {
        // Every built-in descriptor is read by the test `every_descriptor_is_sound`.
        catalog
            .add(Descriptor::parse(&format!("built-in {file}"), text).expect("built-in descriptors are sound"))
            .expect("built-in models have different ids");
    }
    catalog
});

impl Catalog {
    /// Returns the models built into this crate.
    pub fn built_in() -> &'static Catalog {
        &BUILT_IN
    }

    /// Adds every `*.toml` of a folder.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), CatalogFault> {
        let read = |cause| CatalogFault::Folder { path: folder.to_owned(), cause };
        for entry in fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|end| end == "toml") {
                let text = fs::read_to_string(&path).map_err(|cause| unread(&path, cause))?;
                self.add(Descriptor::parse(&path.display().to_string(), &text)?)?;
            }
        }
        Ok(())
    }

    /// Files of a folder that [`add_folder`](Catalog::add_folder) passes over and that look like descriptors: `scale.toml.txt`.
    pub fn passed_over(folder: &Path) -> Vec<PathBuf> {
        let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        files.filter(|path| is_misnamed(path)).collect()
    }

    /// Adds one descriptor; its id must be new.
    pub fn add(&mut self, descriptor: Descriptor) -> Result<(), DescriptorFault> {
        if let Some(first) = self.descriptors.iter().find(|known| known.model == descriptor.model) {
            let (first, second) = (first.file.clone(), descriptor.file);
            return Err(DescriptorFault::Twice { model: descriptor.model, first, second });
        }
        self.descriptors.push(descriptor);
        Ok(())
    }

    /// Returns the model with this id; failing that, the first that speaks the protocol of this name.
    pub fn find(&self, name: &str) -> Option<&Descriptor> {
        let by_model = self.descriptors.iter().find(|descriptor| descriptor.model == name);
        by_model.or_else(|| self.descriptors.iter().find(|descriptor| descriptor.protocol == name))
    }

    /// Returns the models that show this USB id.
    pub fn with_usb(&self, vendor: u16, product: u16) -> impl Iterator<Item = &Descriptor> {
        self.descriptors
            .iter()
            .filter(move |descriptor| descriptor.usb.iter().any(|id| parse_usb(id) == Some((vendor, product))))
    }

    /// Returns the models as a table in Markdown: what the README of this crate shows.
    pub fn table(&self) -> String {
        let mut table = "| model | device | for | connection | known from |\n|---|---|---|---|---|\n".to_owned();
        let word = |value: serde_json::Result<serde_json::Value>| {
            // Unit variants become strings.
            let word = value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
            word.replace(['_', '-'], " ")
        };
        for model in &self.descriptors {
            let kind = word(serde_json::to_value(model.kind));
            let evidence = word(serde_json::to_value(model.evidence));
            let experimental = if model.experimental { ", experimental" } else { "" };
            let connection = model.connection();
            // Writing to a string never fails.
            writeln!(
                table,
                "| `{}` | {} | {kind} | {connection} | {evidence}{experimental} |",
                model.model, model.name
            )
            .expect("writing to a string");
        }
        table
    }

    /// Returns all models, ordered by file name within their kind.
    pub fn all(&self) -> &[Descriptor] {
        &self.descriptors
    }
}

fn unread(path: &Path, cause: io::Error) -> CatalogFault {
    let path = path.to_owned();
    match cause.kind() {
        io::ErrorKind::InvalidData => CatalogFault::Encoding { path },
        _ => CatalogFault::Read { path, cause },
    }
}

/// Some editors hide the ending that they add. Files that begin with a dot are an editor's own.
fn is_misnamed(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.contains(".toml") && !name.starts_with('.') && path.extension().is_none_or(|end| end != "toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_descriptor_is_sound() {
        assert!(Catalog::built_in().all().len() >= 5);
    }
}
