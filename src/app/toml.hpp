// toml++, with the settings that it is compiled with here: the one header through which it is included.
#pragma once

#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_UNRELEASED_FEATURES 0

#include <toml++/toml.h>
