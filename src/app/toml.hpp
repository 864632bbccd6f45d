// toml++, with the settings that it is compiled with here: the one header through which it is included. As a header
// alone: what reads a file at start is not mapped into a server that has none, as a shared library would be.
#pragma once

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1

#include <toml++/toml.h>
