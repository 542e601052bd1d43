//! The screens of health-hut.
