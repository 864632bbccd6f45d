#include "app/option_sources.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include <unistd.h>

#include "app/suggestion.hpp"
#include "app/toml.hpp"

namespace plntry::app {
namespace {

constexpr std::string_view kPrefix = "PLNTRY_";
constexpr const char* kAboveSections = "\" is out of place: options stand above all sections.";

std::vector<std::string> names_of(const std::vector<OptionDescription>& options,
                                  std::string OptionDescription::* member) {
  std::vector<std::string> names;
  std::ranges::transform(options, std::back_inserter(names), member);
  return names;
}

void take(CLI::Option& option, std::vector<std::string> values, const std::string& where) {
  const bool is_list = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (values.empty()) throw BadSource(where + " is empty: leave it out instead");
  if (!is_list && values.size() > 1) throw BadSource(where + " takes one value, not several");
  try {
    option.add_result(std::move(values));
    option.run_callback();
  } catch (const NotAllowed& refused) {
    throw BadSource(where + ": " + refused.what());
  }
}

bool is_of_kubernetes(std::string_view name) {
  name.remove_prefix(kPrefix.size());
  return name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_");
}

std::string as_text(const toml::node& node) {
  std::ostringstream out;
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* table = node.as_table()) {
    out << toml::json_formatter{*table};
  } else {
    node.visit([&out](const auto& value) { out << value; });
  }
  return out.str();
}

std::vector<std::string> values_of(const toml::node& node) {
  const auto* array = node.as_array();
  if (!array) return {as_text(node)};
  std::vector<std::string> values;
  for (const toml::node& each : *array) values.push_back(as_text(each));
  return values;
}

std::string place_of(const std::string& path, const toml::source_region& source) {
  return path + ", line " + std::to_string(source.begin.line);
}

// An option below [[ice-server]] is a key of that server to TOML.
void refuse_strays(const std::string& path, const toml::node& node, const std::vector<std::string>& known) {
  if (const auto* array = node.as_array()) {
    for (const toml::node& each : *array) refuse_strays(path, each, known);
  }
  const auto* table = node.as_table();
  if (!table) return;
  for (const auto& [key, value] : *table) {
    if (std::ranges::find(known, key.str()) == known.end()) continue;
    throw BadSource(place_of(path, key.source()) + ": \"" + std::string{key.str()} + kAboveSections);
  }
}

toml::table parse(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw BadSource("--config " + path + ": " + std::strerror(errno));
  if (std::filesystem::is_directory(path)) throw BadSource("--config " + path + ": " + std::strerror(EISDIR));
  try {
    return toml::parse(file, path);
  } catch (const toml::parse_error& error) {
    throw BadSource(place_of(path, error.source()) + ", column " + std::to_string(error.source().begin.column) + ": " +
                    std::string{error.description()});
  }
}

}  // namespace

void read_environment(CLI::App& app, const std::vector<OptionDescription>& options) {
  for (const OptionDescription& each : options) {
    CLI::Option& option = *app.get_option("--" + each.name);
    const char* value = std::getenv(each.environment.c_str());
    if (value && *value != '\0' && option.count() == 0) take(option, {value}, each.environment);
  }
}

std::vector<std::string> unknown_variables(const std::vector<OptionDescription>& options) {
  std::vector<std::string> known = names_of(options, &OptionDescription::environment);
  known.emplace_back("PLNTRY_CONFIG");
  std::vector<std::string> unknown;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view variable{*each};
    const std::string_view name = variable.substr(0, variable.find('='));
    if (!name.starts_with(kPrefix) || is_of_kubernetes(name) || std::ranges::find(known, name) != known.end()) continue;
    unknown.push_back(std::string{name} + " is no option." + suggest(name, known));
  }
  return unknown;
}

void read_file(CLI::App& app, const std::vector<OptionDescription>& options, const std::string& path) {
  const std::vector<std::string> known = names_of(options, &OptionDescription::name);
  for (const auto& [key, node] : parse(path)) {
    const std::string name{key.str()};
    if (std::ranges::find(known, name) == known.end()) {
      throw BadSource(place_of(path, key.source()) + ": \"" + name +
                      (node.is_table() ? kAboveSections : "\" is no option." + suggest(name, known)) +
                      " `plntry --help` lists them.");
    }
    refuse_strays(path, node, known);
    CLI::Option& option = *app.get_option("--" + name);
    if (option.count() == 0) take(option, values_of(node), place_of(path, key.source()) + ": " + name);
  }
}

}  // namespace plntry::app
