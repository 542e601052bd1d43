//! Reads the arguments and runs one command.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use health_hut::commands;

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judges cases: one a line in (JSON Lines), one result a line out.
    #[command(
        after_help = "Example:\n  echo '{\"id\": \"a\", \"age\": 50, \"bp\": [{\"sbp\": 145, \"dbp\": 91}]}' | health-hut assess"
    )]
    Assess,
    /// For authors of rule files.
    #[command(subcommand)]
    Rules(Rules),
    /// Draws every screen in its normal, empty and fault states as PNG files, without a display.
    #[cfg(feature = "kiosk")]
    #[command(after_help = "Example:\n  health-hut screens --out pictures --size 1280x800 --lang zh-CN --only R20")]
    Screens {
        /// The folder that receives the pictures.
        #[arg(long)]
        out: PathBuf,
        /// Pixels of the panel; may be given several times.
        #[arg(long = "size", value_name = "WxH", value_parser = commands::screens::size)]
        sizes: Vec<(u32, u32)>,
        /// Step of the large text: 1.0, 1.35 or 1.7.
        #[arg(long, default_value = "1.0", value_parser = commands::screens::text_scale)]
        text_scale: f32,
        /// Language: zh-CN or en; both if not given.
        #[arg(long, value_parser = commands::screens::lang)]
        lang: Option<health_hut::kiosk::pictures::Lang>,
        /// One screen by the beginning of its id or name, such as R20.
        #[arg(long)]
        only: Option<String>,
    },
}

#[derive(Subcommand)]
enum Rules {
    /// Says what is wrong in a rules folder, and where.
    #[command(after_help = "Example:\n  health-hut rules check seeds/rules")]
    Check {
        /// The folder that holds in_force.toml.
        dir: PathBuf,
    },
    /// Tells a row in words, with its source.
    #[command(after_help = "Example:\n  health-hut rules explain bp.grade1")]
    Explain {
        /// The row's id.
        row: String,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Assess => commands::assess::run(io::stdin().lock(), io::stdout().lock()).map_err(|fault| told(&fault)),
        Command::Rules(Rules::Check { dir }) => commands::rules::check(&dir)
            .map(|rows| println!("{rows} rows, nothing wrong"))
            .map_err(|fault| told(&fault)),
        Command::Rules(Rules::Explain { row }) => match commands::rules::explain(&row) {
            Ok(Some(words)) => {
                print!("{words}");
                Ok(())
            }
            Ok(None) => Err(format!("no edition has a row `{row}`; the ids stand in seeds/rules")),
            Err(fault) => Err(told(&fault)),
        },
        #[cfg(feature = "kiosk")]
        Command::Screens { out, sizes, text_scale, lang, only } => {
            let wishes = commands::screens::Wishes { out, sizes, text_scale, lang, only };
            commands::screens::run(&wishes, |file| println!("{}", file.display())).map_err(|fault| told(&fault))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(says) => {
            eprintln!("health-hut: {says}");
            ExitCode::FAILURE
        }
    }
}

/// A fault and its causes, in one line.
fn told(fault: &dyn std::error::Error) -> String {
    let mut says = fault.to_string();
    let mut cause = fault.source();
    while let Some(deeper) = cause {
        says = format!("{says}: {deeper}");
        cause = deeper.source();
    }
    says
}
