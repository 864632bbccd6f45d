#include "app/option_table.hpp"

#include "app/option_sources.hpp"

namespace plntry::app {
namespace {

std::string environment_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return "PLNTRY_" + name;
}

// An RTCIceServer may hold a password, and errors go into journals.
std::string shown(const std::string& value) {
  return value.find('{') == std::string::npos ? "\"" + value + "\"" : "this JSON";
}

}  // namespace

void Options::one(const std::string& name, std::string allowed, std::string fallback, std::string help,
                  const Setter& set) {
  auto* option = app_.add_option_function<std::string>(
      "--" + name, [=](const std::string& value) { check(name, value, shown(value), allowed, set); }, help);
  describe(option, name, std::move(allowed), std::move(fallback), std::move(help));
}

void Options::many(const std::string& name, std::string allowed, std::string fallback, std::string help,
                   const std::function<void()>& clear, const Setter& set) {
  auto* option = list(name, allowed, help, clear, set, false);
  describe(option, name, std::move(allowed) + "; repeatable", std::move(fallback), std::move(help));
}

void Options::secret(const std::string& name, std::string allowed, std::string help, const std::function<void()>& clear,
                     const Setter& set) {
  auto* option = list(name, allowed, help, clear, set, true);
  describe(option, name, std::move(allowed) + "; repeatable", "", std::move(help));
}

CLI::Option* Options::list(const std::string& name, const std::string& allowed, const std::string& help,
                           const std::function<void()>& clear, const Setter& set, bool is_secret) {
  auto* option = app_.add_option_function<std::vector<std::string>>(
      "--" + name,
      [=](const std::vector<std::string>& values) {
        clear();
        for (const std::string& value : values) {
          if (is_secret) {
            check(name, value, "this value", allowed, set);
            continue;
          }
          for (const std::string& item : split_list(value)) check(name, item, shown(item), allowed, set);
        }
      },
      help);
  option->type_size(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return option;
}

void Options::prefixes(const std::string& name, std::vector<Prefix>& field, std::string help) {
  many(
      name, "an address or a range, like 10.0.0.0/8 or fd00::/8", "", std::move(help), [&field] { field.clear(); },
      [&field](const std::string& text) {
        const auto prefix = Prefix::parse(text);
        if (prefix) field.push_back(*prefix);
        return prefix.has_value();
      });
}

void Options::duration(const std::string& name, Duration& field, Duration min, Duration max, std::string help) {
  one(name, "a time from " + print_duration(min) + " to " + print_duration(max), print_duration(field), std::move(help),
      [&field, min, max](const std::string& text) {
        const auto value = parse_duration(text);
        if (!value || *value < min || *value > max) return false;
        field = *value;
        return true;
      });
}

void Options::check(const std::string& name, const std::string& value, const std::string& shown,
                    const std::string& allowed, const Setter& set) {
  if (set(value)) return;
  throw NotAllowed(name, shown + " is not allowed: give " + allowed);
}

void Options::describe(CLI::Option* option, const std::string& name, std::string allowed, std::string fallback,
                       std::string help) {
  option->type_name("");
  option->description(help + " (" + allowed + (fallback.empty() ? "" : "; default " + fallback) + "; " +
                      environment_name(name) + ')');
  descriptions_.push_back({name, environment_name(name), std::move(allowed), std::move(fallback), std::move(help)});
}

}  // namespace plntry::app
