//! Turns bytes from health devices into readings.
