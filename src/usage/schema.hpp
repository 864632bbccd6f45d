// The tables of usage.db, and how an older file becomes one of today. Its version is SQLite's own `user_version`: how
// many of the steps it has gone through.
#pragma once

#include <span>

#include "usage/sqlite.hpp"

namespace plntry::usage {

// Each makes the tables of one version into those of the next. Never changed once released: a change is a further step.
std::span<const char* const> schema_steps();

// Goes through the steps that are missing, each whole or not at all. Refuses a file that has gone through more.
std::expected<void, Failure> migrate(Sqlite& sqlite, std::span<const char* const> steps = schema_steps());

// Steps gone through; 0 in an empty file.
std::expected<std::size_t, Failure> schema_version(Sqlite& sqlite);

}  // namespace plntry::usage
