-- What devices told once and need not tell again: nothing of a person. Lost, it is told anew.
CREATE TABLE device_memory (
  -- The role the device plays at this station.
  role TEXT PRIMARY KEY,
  -- As its decoder wants it back.
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
