//! What each screen shows, as a picture of the state: pure functions, one file a screen, all wording made here.
//!
//! Resident screens name nobody but by the masked name and the last four (ux.md 5); the staff's name people in full.

pub mod bar;
pub mod before;
pub mod between;
pub mod body;
pub mod chart;
pub mod choose;
pub mod class;
pub mod confirm;
pub mod consent;
pub mod cuff;
pub mod decide;
pub mod desk;
pub mod entry;
pub mod fault;
pub mod finding;
pub mod glucose;
pub mod glucose_context;
pub mod goodbye;
pub mod guest;
pub mod icon;
pub mod id_pad;
pub mod identify;
pub mod idle;
pub mod measuring;
pub mod note;
pub mod others;
pub mod path;
pub mod pin;
pub mod posture;
pub mod question;
pub mod queue;
pub mod rest;
pub mod result;
pub mod say;
pub mod slip;
pub mod top;
pub mod trend;
pub mod urgent;
pub mod waist;
