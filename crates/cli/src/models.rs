//! `chatstream models`: what can be asked.

use std::io::{self, IsTerminal as _, Write};

use crate::args::ModelsArgs;
use crate::failure::Failure;
use crate::provider::Model;
use crate::render::{Form, Renderer};
use crate::settings::{Environment, Settings};
use crate::visible::visible;

pub(crate) async fn models(args: ModelsArgs, env: &Environment<'_>) -> Result<(), Failure> {
    let settings = Settings::resolve(&args.provider, chatstream::TransportConfig::default(), env)?;
    if let Some(notice) = &settings.notice {
        Renderer::standard(Form::Text).notice(notice);
    }
    let connected = settings.connect().await?;
    let models = tokio::select! {
        () = crate::cancelled() => return Err(Failure::Cancelled),
        models = connected.client.models() => models?,
    };
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    if args.json {
        for model in &models {
            serde_json::to_writer(&mut stdout, model).map_err(io::Error::from)?;
            stdout.write_all(b"\n")?;
        }
    } else {
        // Only people need to be told what the columns are.
        stdout.write_all(table(&models, io::stdout().is_terminal()).as_bytes())?;
    }
    stdout.flush()?;
    Ok(())
}

const HEADER: [&str; 6] = ["MODEL", "CONTEXT", "IN $/M", "OUT $/M", "ALIASES", "NAME"];

/// The models in columns as wide as they need to be; numbers stand to the right.
fn table(models: &[Model], with_header: bool) -> String {
    let header = with_header.then(|| HEADER.map(str::to_owned));
    let rows: Vec<[String; 6]> = header.into_iter().chain(models.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    let mut table = String::new();
    for [id, context, input, output, aliases, name] in &rows {
        let line = format!(
            "{id:w0$}  {context:>w1$}  {input:>w2$}  {output:>w3$}  {aliases:w4$}  {name}",
            w0 = widths[0],
            w1 = widths[1],
            w2 = widths[2],
            w3 = widths[3],
            w4 = widths[4],
        );
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

fn row(model: &Model) -> [String; 6] {
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let price = |price: Option<f64>| known(price.map(|price| format!("{price:.2}")));
    let aliases = Some(model.aliases.join(", ")).filter(|aliases| !aliases.is_empty());
    [
        visible(&model.id).into_owned(),
        known(model.context_length.map(|tokens| tokens.to_string())),
        price(model.input_usd_per_million),
        price(model.output_usd_per_million),
        visible(&known(aliases)).into_owned(),
        visible(&known(model.name.clone())).into_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_what_is_unknown_is_a_dash() {
        let priced = Model {
            aliases: vec!["grok-latest".to_owned(), "grok-4".to_owned()],
            context_length: Some(256_000),
            input_usd_per_million: Some(1.25),
            output_usd_per_million: Some(10.0),
            ..Model::new("grok-4.3")
        };
        let expected = "\
grok-4.3  256000  1.25  10.00  grok-latest, grok-4  -
m              -     -      -  -                    A model
";
        assert_eq!(table(&[priced, Model { name: Some("A model".to_owned()), ..Model::new("m") }], false), expected);
        assert!(table(&[], true).starts_with("MODEL  CONTEXT"));
    }
}
