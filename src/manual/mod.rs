//! How-to pages and recorded decisions; read them with `cargo doc --open`.

#[doc = include_str!("acceptance_checks.md")]
pub mod acceptance_checks {}
#[doc = include_str!("add_a_station.md")]
pub mod add_a_station {}
#[doc = include_str!("change_a_rule.md")]
pub mod change_a_rule {}
#[doc = include_str!("draw_a_screen.md")]
pub mod draw_a_screen {}
#[doc = include_str!("decisions/0001-ui-is-a-crate.md")]
pub mod decision_0001_ui_is_a_crate {}
#[doc = include_str!("decisions/0002-when-a-visit-is-concluded.md")]
pub mod decision_0002_when_a_visit_is_concluded {}
#[doc = include_str!("decisions/0003-software-renderer.md")]
pub mod decision_0003_software_renderer {}
#[doc = include_str!("decisions/0004-words-and-fonts.md")]
pub mod decision_0004_words_and_fonts {}
#[doc = include_str!("decisions/0005-a-step-is-a-row.md")]
pub mod decision_0005_a_step_is_a_row {}
