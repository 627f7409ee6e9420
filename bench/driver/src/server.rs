use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use crate::cases::Carrier;
use crate::{Result, failed};

/// The running server. It ends with its input, at the latest when this program does.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    addresses: Addresses,
    root: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Addresses {
    plain: String,
    tls: String,
    http2: String,
}

impl Server {
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let root = folder.join("root.pem");
        let mut child = Command::new(program)
            .arg(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed(program.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).map_err(failed("the server"))?;
        let addresses = serde_json::from_str(&line).map_err(failed("the server"))?;
        Ok(Self { child, addresses, root })
    }

    pub(crate) fn address(&self, carrier: Carrier) -> &str {
        match carrier {
            Carrier::Plain => &self.addresses.plain,
            Carrier::Tls => &self.addresses.tls,
            Carrier::Http2 => &self.addresses.http2,
        }
    }

    /// The file with the root of its certificate.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
