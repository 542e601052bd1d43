//! Reads the arguments and runs one command; for the kiosk it joins shell and window.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use health_hut::commands::{self, WrongUse, say};

#[cfg(feature = "kiosk")]
use health_hut::commands::screens::ScreensFault;

#[cfg(feature = "kiosk")]
mod client;

/// The client of a self-service health check point (健康小屋).
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[cfg(feature = "kiosk")]
    #[command(flatten)]
    kiosk: Option<Kiosk>,
}

#[cfg(feature = "kiosk")]
#[derive(clap::Args)]
struct Kiosk {
    /// The configuration file; seeds/config.example.toml describes every key.
    #[arg(long)]
    config: PathBuf,
    /// A window of so many pixels instead of the whole screen.
    #[arg(long, value_name = "WxH", value_parser = commands::screens::size)]
    windowed: Option<(u32, u32)>,
    /// Prints a JSON line for each screen entered and each commit; nothing personal.
    #[arg(long)]
    trace: bool,
}

#[derive(Subcommand)]
enum Command {
    /// The client of residents and staff, in a window; the default command.
    #[cfg(feature = "kiosk")]
    #[command(after_help = "Example:\n  health-hut kiosk --config hut.toml --windowed 1280x800 --trace")]
    Kiosk(Kiosk),
    /// Everything on one machine with no hardware: emulated devices, a fresh store, a local platform.
    #[cfg(feature = "kiosk")]
    #[command(after_help = "Example:\n  health-hut demo --headless --out pictures")]
    Demo {
        /// Without a window: plays two residents and a doctor, prints what happened, leaves pictures.
        #[arg(long)]
        headless: bool,
        /// The folder that receives the pictures.
        #[arg(long, default_value = "target/demo")]
        out: PathBuf,
        /// A window of so many pixels instead of the whole screen.
        #[arg(long, value_name = "WxH", value_parser = commands::screens::size)]
        windowed: Option<(u32, u32)>,
    },
    /// Judges cases: one a line in (JSON Lines), one result a line out.
    #[command(
        after_help = "Example:\n  echo '{\"id\": \"a\", \"age\": 50, \"bp\": [{\"sbp\": 145, \"dbp\": 91}]}' | health-hut assess"
    )]
    Assess {
        /// A county's folder of rules, laid over the shipped tables.
        #[arg(long, value_name = "DIR", value_parser = folder)]
        county: Option<PathBuf>,
    },
    /// Draws every screen in its normal, empty and fault states as PNG files, without a display.
    #[cfg(feature = "kiosk")]
    #[command(
        after_help = "Examples:\n  health-hut screens --out pictures --size 1280x800 --lang zh-CN --only R20\n  health-hut screens --check --size 800x480 --text-scale 1.7"
    )]
    Screens {
        /// The folder that receives the pictures.
        #[arg(long, required_unless_present = "check")]
        out: Option<PathBuf>,
        /// Looks at every text and every target instead: names what is cut, too small, too faint, too near or off the
        /// screen, and ends with 1 if there is any.
        #[arg(long)]
        check: bool,
        /// Pixels of the panel; may be given several times [default: the five formats].
        #[arg(long = "size", value_name = "WxH", value_parser = commands::screens::size)]
        sizes: Vec<(u32, u32)>,
        /// Step of the large text: 1.0, 1.35 or 1.7; may be given several times.
        #[arg(long = "text-scale", default_value = "1.0", value_parser = commands::screens::text_scale)]
        text_scales: Vec<f32>,
        /// Diagonal of the panel in inches: what would be too small for fingers is enlarged.
        #[arg(long)]
        inches: Option<f32>,
        /// An upright panel is used in its lower half.
        #[arg(long)]
        low: bool,
        /// Language: zh-CN or en; all if not given.
        #[arg(long, value_parser = commands::screens::lang)]
        lang: Option<health_hut::kiosk::pictures::Lang>,
        /// One screen by the beginning of its id or name, such as R20.
        #[arg(long)]
        only: Option<String>,
    },
    /// One round to the platform now: what went, what waits, what was refused and why.
    #[cfg(feature = "online")]
    #[command(after_help = "Example:\n  health-hut sync --config hut.toml --once --json")]
    Sync {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// One round; the default, since the kiosk does all others.
        #[arg(long)]
        once: bool,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Devices, store, clock, key class and outbox; reads beside a running kiosk.
    #[cfg(feature = "sqlite")]
    #[command(after_help = "Example:\n  health-hut status --config hut.toml --json")]
    Status {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Reads the configuration, opens the store, looks at ports, platform and clock; says what to do.
    #[cfg(feature = "online")]
    #[command(after_help = "Example:\n  health-hut check --config hut.toml")]
    Check {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Why a stored finding says what it says: value, rule, document, edition, quality of the readings. Names nobody.
    #[cfg(feature = "sqlite")]
    #[command(
        after_help = "Examples:\n  health-hut why --config hut.toml\n  health-hut why --config hut.toml 019a9c00-1963-76df-80f8-e371dcf4fdd5"
    )]
    Why {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
        /// An evaluation's id, its visit's, or that of a Fact of the visit (--trace tells those); none: lists the newest.
        id: Option<uuid::Uuid>,
    },
    /// Another edition over the stored measurements: who would change class. Rewrites nothing.
    #[cfg(feature = "sqlite")]
    #[command(after_help = "Example:\n  health-hut reassess --config hut.toml --edition 2027-03 --dry-run")]
    Reassess {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// An edition that comes into force at some day, or a profile.
        #[arg(long)]
        edition: String,
        /// Must be given: stored findings are never rewritten.
        #[arg(long, required = true)]
        dry_run: bool,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// What the stored records give evidence for: each indicator as numerator and denominator.
    #[cfg(feature = "sqlite")]
    #[command(
        after_help = "Example:\n  health-hut indicators --config hut.toml --from 2026-01-01 --to 2026-12-31 --json"
    )]
    Indicators {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// First day.
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: chrono::NaiveDate,
        /// Last day, included.
        #[arg(long, value_name = "YYYY-MM-DD")]
        to: chrono::NaiveDate,
        /// As one JSON object, with the records behind every count.
        #[arg(long)]
        json: bool,
    },
    /// Who may sign in at the desk.
    #[cfg(feature = "sqlite")]
    #[command(subcommand)]
    Staff(Staff),
    /// For authors of rule files.
    #[command(subcommand)]
    Rules(Rules),
}

#[cfg(feature = "sqlite")]
#[derive(Subcommand)]
enum Staff {
    /// Adds an account; the PIN is asked for, or read from a file.
    #[command(after_help = "Example:\n  health-hut staff add --config hut.toml --name 李建国 --role doctor")]
    Add {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Full name.
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        name: String,
        /// What the person may do.
        #[arg(long, value_parser = commands::staff::ROLES)]
        role: String,
        /// A file that holds the PIN.
        #[arg(long)]
        pin_file: Option<PathBuf>,
    },
    /// Lists the accounts.
    #[command(after_help = "Example:\n  health-hut staff list --config hut.toml")]
    List {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Disables an account; what the person decided stays.
    #[command(
        after_help = "Example:\n  health-hut staff disable --config hut.toml 019a9c00-1963-76df-80f8-e371dcf4fdd5"
    )]
    Disable {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The account's id, as `staff list` prints it.
        staff: uuid::Uuid,
    },
}

#[derive(Subcommand)]
enum Rules {
    /// Says what is wrong in a rules folder, and where, and what a county's does; holds the rules against its worked cases.
    #[command(after_help = "Example:\n  health-hut rules check county-rules")]
    Check {
        /// The folder that holds in_force.toml, or a county's with county.toml.
        #[arg(value_parser = folder)]
        dir: PathBuf,
    },
    /// Prints worked cases for the limits of a rules folder that have none, to be read, completed and kept.
    #[command(after_help = "Example:\n  health-hut rules cases county-rules >> county-rules/high_risk.cases.toml")]
    Cases {
        /// The folder.
        #[arg(value_parser = folder)]
        dir: PathBuf,
    },
    /// Tells a row in words: its source, from when to when it counts, who switched it on.
    #[command(after_help = "Example:\n  health-hut rules explain bp.grade1")]
    Explain {
        /// The row's id.
        row: String,
        /// A county's folder of rules, laid over the shipped tables.
        #[arg(long, value_name = "DIR", value_parser = folder)]
        county: Option<PathBuf>,
    },
    /// Lists the shipped rule and guidance files, or prints one of them, to be copied.
    #[command(after_help = "Example:\n  health-hut rules shipped body/2026-11.toml > county-rules/body/2027-03.toml")]
    Shipped {
        /// The file, as the list names it.
        file: Option<String>,
    },
}

type Done = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    match run(command(Arguments::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads our output has seen enough.
        Err(fault) if fault.downcast_ref().is_some_and(|io: &io::Error| io.kind() == io::ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("health-hut: {}", commands::with_causes(&*fault));
            ExitCode::from(if fault.is::<WrongUse>() { 2 } else { 1 })
        }
    }
}

/// Without a command it is the kiosk.
fn command(arguments: Arguments) -> Command {
    #[cfg(feature = "kiosk")]
    let command = arguments.command.or(arguments.kiosk.map(Command::Kiosk));
    #[cfg(not(feature = "kiosk"))]
    let command = arguments.command;
    command.unwrap_or_else(|| Arguments::command().error(ErrorKind::MissingSubcommand, "a command is needed").exit())
}

fn folder(path: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(path);
    if path.is_dir() { Ok(path) } else { Err("there is no such folder".to_owned()) }
}

fn run(command: Command) -> Done {
    match command {
        #[cfg(feature = "kiosk")]
        Command::Kiosk(Kiosk { config, windowed, trace }) => client::kiosk(&config, windowed, trace)?,
        #[cfg(feature = "kiosk")]
        Command::Demo { headless: true, out, .. } => {
            health_hut::demo::story::play(&out, &mut |line| say(line))?;
            say(format!("The pictures are in {}.", out.display()));
        }
        #[cfg(feature = "kiosk")]
        Command::Demo { windowed, .. } => client::demo(windowed)?,
        Command::Assess { county } => {
            let rules = health_hut::seeds::rule_book(county.as_deref())?;
            commands::assess::run(&rules, io::stdin().lock(), io::stdout().lock())?;
        }
        #[cfg(feature = "kiosk")]
        Command::Screens { out, check, sizes, text_scales, inches, low, lang, only } => {
            let glass = health_hut::kiosk::Glass { inches, low };
            let wishes = commands::screens::Wishes { out, check, sizes, text_scales, glass, lang, only };
            commands::screens::run(&wishes, |line| say(line)).map_err(|fault| match fault {
                ScreensFault::Unknown(wrong) => Box::<dyn Error>::from(wrong),
                fault => fault.into(),
            })?;
        }
        #[cfg(feature = "online")]
        Command::Sync { config, json, .. } => commands::sync::run(&config, json)?,
        #[cfg(feature = "sqlite")]
        Command::Status { config, json } => commands::status::run(&config, json)?,
        #[cfg(feature = "online")]
        Command::Check { config } => commands::check::run(&config)?,
        #[cfg(feature = "sqlite")]
        Command::Why { config, json, id } => commands::why::run(&config, id, json)?,
        #[cfg(feature = "sqlite")]
        Command::Reassess { config, edition, json, .. } => {
            use commands::reassess::ReassessFault;
            commands::reassess::run(&config, &edition, json).map_err(|fault| match fault {
                ReassessFault::Unknown(wrong) => Box::<dyn Error>::from(wrong),
                ReassessFault::Setup(fault) => fault.into(),
            })?;
        }
        #[cfg(feature = "sqlite")]
        Command::Indicators { config, from, to, json } => commands::indicators::run(&config, from, to, json)?,
        #[cfg(feature = "sqlite")]
        Command::Staff(Staff::Add { config, name, role, pin_file }) => {
            commands::staff::add(&config, &name, &role, pin_file.as_deref())?;
        }
        #[cfg(feature = "sqlite")]
        Command::Staff(Staff::List { config }) => commands::staff::list(&config)?,
        #[cfg(feature = "sqlite")]
        Command::Staff(Staff::Disable { config, staff }) => commands::staff::disable(&config, staff)?,
        Command::Rules(Rules::Check { dir }) => {
            let found = commands::rules::check(&dir)?;
            found.does.iter().for_each(say);
            say(format!("{} rows, {} worked cases, nothing wrong", found.rows, found.cases));
        }
        Command::Rules(Rules::Cases { dir }) => say(commands::rules::cases(&dir)?.trim_end()),
        Command::Rules(Rules::Explain { row, county }) => {
            use commands::rules::ExplainFault;
            let told = commands::rules::explain(&row, county.as_deref()).map_err(|fault| match fault {
                ExplainFault::Unknown(wrong) => Box::<dyn Error>::from(wrong),
                ExplainFault::Seeds(fault) => fault.into(),
            })?;
            say(told.trim_end());
        }
        Command::Rules(Rules::Shipped { file }) => say(commands::rules::shipped(file.as_deref())?.trim_end()),
    }
    Ok(())
}
